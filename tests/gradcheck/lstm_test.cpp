// The LSTM op and its layers against central differences.
#include <array>
#include <vector>

#include <doctest/doctest.h>

#include <vaecollapse/autodiff/ops/lstm.hpp>
#include <vaecollapse/nn/attention.hpp>
#include <vaecollapse/nn/embedding.hpp>
#include <vaecollapse/nn/lstm.hpp>

#include "support.hpp"

using namespace gradcheck_test;

namespace {

/// Inputs of every kind, a first state [h; c], and an LSTM that reads one of them and one that
/// reads all.
struct LstmNetwork {
  using Contribution = vc::Contribution<double>;
  static constexpr Index hidden = 3;

  Ragged batch;
  vc::Layout layout;
  vc::Slot<2> steps = matrix(layout, "steps", 2, Ragged::columns);
  vc::Slot<2> table = matrix(layout, "table", 2, Ragged::symbols);
  vc::Slot<2> rows = matrix(layout, "rows", 2, Ragged::rows);
  vc::Slot<2> start = matrix(layout, "start", 2 * hidden, Ragged::rows);
  vc::Lstm two, six;

  explicit LstmNetwork(vc::Direction direction)
      : two(layout, "two", {2, hidden}, direction),
        six(layout, "six", {2 + 2, hidden, 2}, direction) {}

  Contribution input(Tape& t, std::size_t kind) const {
    if (kind == 0) return Contribution::per_step(t.parameter(steps));
    if (kind == 1) return Contribution::per_symbol({t.parameter(table), batch.symbols_of_plan()});
    return Contribution::per_row(t.parameter(rows));
  }
};

/// Outputs, last outputs and last states, each alone, so that each has to carry all gradients.
template <class Run>
void check_lstm_results(const vc::Layout& layout, Run&& run) {
  check(layout, [&](Tape& t) { return run(t).states.columns; });
  check(layout, [&](Tape& t) { return run(t).last(); });
  check(layout, [&](Tape& t) { return run(t).last_state(); });
}

}  // namespace

TEST_CASE("gradcheck: LSTM, each kind of input, both directions, with and without a first state") {
  for (const vc::Direction direction : {vc::Direction::forward, vc::Direction::backward}) {
    const LstmNetwork network(direction);
    for (std::size_t kind = 0; kind < 3; ++kind) {
      for (const bool with_start : {false, true}) {
        CAPTURE(kind);
        CAPTURE(with_start);
        check_lstm_results(network.layout, [&](Tape& t) {
          const std::array inputs{network.input(t, kind)};
          return network.two.sequence(
              t, inputs, network.batch.plan,
              with_start ? t.parameter(network.start) : vc::Var<double, 2>{});
        });
      }
    }
  }
}

TEST_CASE("gradcheck: LSTM, all inputs at once") {
  for (const vc::Direction direction : {vc::Direction::forward, vc::Direction::backward}) {
    const LstmNetwork network(direction);
    check_lstm_results(network.layout, [&](Tape& t) {
      const std::array inputs{network.input(t, 1), network.input(t, 0), network.input(t, 2)};
      return network.six.sequence(t, inputs, network.batch.plan, t.parameter(network.start));
    });
  }
}

TEST_CASE("gradcheck: LSTM, a first state in between, and outputs that are used") {
  LstmNetwork network(vc::Direction::forward);
  const vc::Lstm on_outputs(network.layout, "on_outputs",
                            {LstmNetwork::hidden, LstmNetwork::hidden, LstmNetwork::hidden});
  check(network.layout, [&](Tape& t) {
    const std::array inputs{network.input(t, 0)};
    const auto first =
        network.two.sequence(t, inputs, network.batch.plan, t.parameter(network.start));
    const auto second = network.two.sequence(t, inputs, network.batch.plan, first.last_state());
    const std::array outputs{LstmNetwork::Contribution::per_step(first.states.columns),
                             LstmNetwork::Contribution::per_row(first.last())};
    return on_outputs.sequence(t, outputs, network.batch.plan, second.last_state()).last_state();
  });
}

TEST_CASE("gradcheck: LSTM step") {
  vc::Layout layout;
  const auto x = matrix(layout, "x", 4, 5), state = matrix(layout, "state", 6, 5);
  const vc::Lstm lstm(layout, "lstm", {4, 3});
  check(layout, [&](Tape& t) {
    const std::array inputs{vc::Contribution<double>::per_step(t.parameter(x))};
    return lstm.step(t, inputs, lstm.step(t, inputs, t.parameter(state)));
  });
}

TEST_CASE("gradcheck: LSTM attends to tags") {
  for (const vc::Direction direction : {vc::Direction::forward, vc::Direction::backward}) {
    const Ragged batch;
    vc::Layout layout;
    const auto table = matrix(layout, "table", 2, Ragged::symbols);
    const auto start = matrix(layout, "start", 6, Ragged::rows);
    const vc::Embedding tags(layout, "tags", {Ragged::tags, 2});
    const vc::TagAttention attention(layout, "attention", {3, 2, 3});
    const vc::Lstm lstm(layout, "lstm", {2 + 2, 3}, direction);
    const auto run = [&](Tape& t) {
      const auto embedded = t.parameter(tags.table());
      const std::array inputs{
          vc::Contribution<double>::per_symbol({t.parameter(table), batch.symbols_of_plan()}),
          vc::Contribution<double>::attended(embedded, batch.tag_sets())};
      return lstm.sequence(t, attention(t, embedded), inputs, batch.plan, t.parameter(start));
    };
    check_lstm_results(layout, run);
    check(layout, [&](Tape& t) { return run(t).weights; });
  }
}

TEST_CASE("gradcheck: LSTM of two directions on embedded symbols") {
  const Ragged batch;
  vc::Layout layout;
  const vc::Embedding embedding(layout, "embedding", {Ragged::symbols, 2});
  const vc::BiLstm both(layout, "both", {2, 3});
  check_lstm_results(layout,
                     [&](Tape& t) { return both(t, embedding(t, batch.symbols_of_plan())); });
}
