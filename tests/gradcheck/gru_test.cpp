// The GRU op and the recurrent layers against central differences.
#include <array>
#include <span>
#include <vector>

#include <doctest/doctest.h>

#include <vaecollapse/autodiff/ops/gru.hpp>
#include <vaecollapse/nn/embedding.hpp>
#include <vaecollapse/nn/gru.hpp>
#include <vaecollapse/nn/linear.hpp>

#include "support.hpp"

using namespace gradcheck_test;
using Contribution = vc::Contribution<double>;
using vc::Direction;

namespace {

constexpr Index hidden = 3;

/// Inputs of every kind, a first state, and a GRU that reads one of them and a GRU that reads all.
struct Network {
  Ragged batch;
  vc::Layout layout;
  vc::Slot<2> steps = matrix(layout, "steps", 2, Ragged::columns);
  vc::Slot<2> table = matrix(layout, "table", 2, Ragged::symbols);
  vc::Slot<2> rows = matrix(layout, "rows", 2, Ragged::rows);
  vc::Slot<2> h0 = matrix(layout, "h0", hidden, Ragged::rows);
  vc::Gru two;
  vc::Gru six;

  explicit Network(Direction direction)
      : two(layout, "two", {2, hidden}, direction),
        six(layout, "six", {2 + 2, hidden, 2}, direction) {}

  Contribution input(Tape& t, std::size_t kind) const {
    if (kind == 0) return Contribution::per_step(t.parameter(steps));
    if (kind == 1) return Contribution::per_symbol({t.parameter(table), batch.symbols_of_plan()});
    return Contribution::per_row(t.parameter(rows));
  }
};

/// A check of all states and of the last ones.
template <class Run>
void check_states(const vc::Layout& layout, Run&& run) {
  check(layout, [&](Tape& t) { return run(t).states.columns; });
  check(layout, [&](Tape& t) { return run(t).last(); });
}

}  // namespace

TEST_CASE("gradcheck: GRU, each kind of input, both directions, with and without h0") {
  for (const Direction direction : {Direction::forward, Direction::backward}) {
    const Network network(direction);
    for (std::size_t kind = 0; kind < 3; ++kind) {
      for (const bool with_h0 : {false, true}) {
        CAPTURE(kind);
        CAPTURE(with_h0);
        check_states(network.layout, [&](Tape& t) {
          const std::array inputs{network.input(t, kind)};
          return network.two.sequence(t, inputs, network.batch.plan,
                                      with_h0 ? t.parameter(network.h0) : vc::Var<double, 2>{});
        });
      }
    }
  }
}

TEST_CASE("gradcheck: GRU, all inputs at once") {
  for (const Direction direction : {Direction::forward, Direction::backward}) {
    const Network network(direction);
    check_states(network.layout, [&](Tape& t) {
      const std::array inputs{network.input(t, 1), network.input(t, 0), network.input(t, 2)};
      return network.six.sequence(t, inputs, network.batch.plan, t.parameter(network.h0));
    });
  }
}

TEST_CASE("gradcheck: GRU, states and last ones are both used, and h0 is a value in between") {
  const Network network(Direction::forward);
  check(network.layout, [&](Tape& t) {
    const std::array inputs{network.input(t, 0)};
    const auto first = network.two.sequence(t, inputs, network.batch.plan, t.parameter(network.h0));
    const auto second = network.two.sequence(t, inputs, network.batch.plan, first.last());
    const auto third = network.six.sequence(t,
                                            std::array{Contribution::per_step(first.states.columns),
                                                       Contribution::per_row(first.last())},
                                            network.batch.plan, second.last());
    return third.last();
  });
}

TEST_CASE("gradcheck: GRU step") {
  vc::Layout layout;
  const auto x = matrix(layout, "x", 4, 5), h = matrix(layout, "h", hidden, 5);
  const vc::Gru gru(layout, "gru", {4, hidden});
  check(layout, [&](Tape& t) {
    const std::array inputs{Contribution::per_step(t.parameter(x))};
    return gru.step(t, inputs, gru.step(t, inputs, t.parameter(h)));
  });
}

TEST_CASE("gradcheck: GRU and two-directional GRU on embedded symbols") {
  const Ragged batch;
  vc::Layout layout;
  const vc::Embedding embedding(layout, "embedding", {Ragged::symbols, 2});
  const vc::Gru gru(layout, "gru", {2, hidden});
  const vc::Gru on_vectors(layout, "vectors", {2, hidden}, Direction::backward);
  const vc::Gru with_context(layout, "context", {2, hidden, 2});
  const vc::BiGru both(layout, "both", {2, hidden});
  const auto context = matrix(layout, "rows", 2, Ragged::rows);
  const auto x = [&](Tape& t) { return embedding(t, batch.symbols_of_plan()); };
  check_states(layout, [&](Tape& t) { return gru(t, x(t)); });
  check_states(layout, [&](Tape& t) {
    return on_vectors(t, embedding.columns(t, batch.symbols_of_plan()));
  });
  check_states(layout, [&](Tape& t) { return with_context(t, x(t), t.parameter(context)); });
  check_states(layout, [&](Tape& t) { return both(t, x(t)); });
}

TEST_CASE(
    "gradcheck: GRU and affine sum, of a table projected as a whole and of one gathered from") {
  const Ragged batch;
  for (const Index symbols : {3, 9}) {
    CAPTURE(symbols);
    CHECK(vc::detail::gathers_columns(symbols, Ragged::columns) == (symbols == 9));
    // Column 1 of the large table is taken by none, one column by many.
    std::vector<Symbol> ids = batch.ids;
    for (Symbol& id : ids) {
      if (id != vc::no_symbol) id = static_cast<Symbol>(id % 3 * (symbols / 3));
    }
    const vc::Symbols of{&batch.plan, ids};
    vc::Layout layout;
    const vc::Embedding embedding(layout, "embedding", {symbols, 2});
    const vc::BiGru both(layout, "both", {2, hidden});
    const vc::Linear output(layout, "output", {2 + 2 * hidden, 4});
    check(layout, [&](Tape& t) {
      const auto x = embedding(t, of);
      const std::array inputs{Contribution::per_symbol(x),
                              Contribution::per_step(both(t, x).states.columns)};
      return output(t, inputs, batch.plan).columns;
    });
  }
}
