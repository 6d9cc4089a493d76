// A cell whose state is more than its output, through the node that all cells share: both
// directions, with attention, two directions at once.
#include <array>
#include <span>
#include <vector>

#include <doctest/doctest.h>

#include <vaecollapse/nn/attention.hpp>
#include <vaecollapse/nn/cell.hpp>
#include <vaecollapse/nn/embedding.hpp>

#include "support.hpp"
#include "support/leaky_cell.hpp"

using namespace gradcheck_test;
using vaecollapse_test::BiLeaky;
using vaecollapse_test::Leaky;

namespace {

constexpr Index cell_hidden = 3;

/// Inputs of every kind, whole first states, and cells that read one of them and all of them.
struct LeakyNetwork {
  using Contribution = vc::Contribution<double>;
  Ragged batch;
  vc::Layout layout;
  vc::Slot<2> steps = matrix(layout, "steps", 2, Ragged::columns);
  vc::Slot<2> table = matrix(layout, "table", 2, Ragged::symbols);
  vc::Slot<2> rows = matrix(layout, "rows", 2, Ragged::rows);
  vc::Slot<2> start = matrix(layout, "start", 2 * cell_hidden, Ragged::rows);
  vc::Embedding tags{layout, "tags", {Ragged::tags, 2}};
  vc::TagAttention attention{layout, "attention", {cell_hidden, 2, 3}};
  Leaky two, six;

  explicit LeakyNetwork(vc::Direction direction)
      : two(layout, "two", {2, cell_hidden}, direction),
        six(layout, "six", {2 + 2, cell_hidden, 2}, direction) {}

  vc::Var<double, 2> first_state(Tape& t, bool given) const {
    return given ? t.parameter(start) : vc::Var<double, 2>{};
  }
  Contribution symbols(Tape& t) const {
    return Contribution::per_symbol({t.parameter(table), batch.symbols_of_plan()});
  }
  auto alone(Tape& t, bool from_start) const {
    const std::array inputs{Contribution::per_step(t.parameter(steps))};
    return two.sequence(t, inputs, batch.plan, first_state(t, from_start));
  }
  auto all(Tape& t) const {
    const std::array inputs{symbols(t), Contribution::per_step(t.parameter(steps)),
                            Contribution::per_row(t.parameter(rows))};
    return six.sequence(t, inputs, batch.plan, t.parameter(start));
  }
  auto attending(Tape& t, bool from_start) const {
    const auto embedded = t.parameter(tags.table());
    const std::array inputs{symbols(t), Contribution::attended(embedded, batch.tag_sets()),
                            Contribution::per_row(t.parameter(rows))};
    return six.sequence(t, attention(t, embedded), inputs, batch.plan, first_state(t, from_start));
  }
};

/// Outputs, last outputs and last states, each alone, so that each has to carry all gradients.
template <class Run>
void check_each_result(const vc::Layout& layout, Run&& run) {
  check(layout, [&](Tape& t) { return run(t).states.columns; });
  check(layout, [&](Tape& t) { return run(t).last(); });
  check(layout, [&](Tape& t) { return run(t).last_state(); });
}

}  // namespace

TEST_CASE("gradcheck: a cell with a state of its own, both directions, with and without a start") {
  for (const vc::Direction direction : {vc::Direction::forward, vc::Direction::backward}) {
    const LeakyNetwork network(direction);
    for (const bool from_start : {false, true}) {
      CAPTURE(from_start);
      check_each_result(network.layout, [&](Tape& t) { return network.alone(t, from_start); });
    }
    check_each_result(network.layout, [&](Tape& t) { return network.all(t); });
  }
}

TEST_CASE("gradcheck: a cell with a state of its own attends to tags") {
  for (const vc::Direction direction : {vc::Direction::forward, vc::Direction::backward}) {
    const LeakyNetwork network(direction);
    for (const bool from_start : {false, true}) {
      check_each_result(network.layout, [&](Tape& t) { return network.attending(t, from_start); });
      check(network.layout, [&](Tape& t) { return network.attending(t, from_start).weights; });
    }
  }
}

TEST_CASE("gradcheck: a last state is where another sequence starts") {
  const LeakyNetwork network(vc::Direction::forward);
  check(network.layout, [&](Tape& t) {
    const auto first = network.alone(t, true);
    const std::array inputs{vc::Contribution<double>::per_step(t.parameter(network.steps))};
    return network.two.sequence(t, inputs, network.batch.plan, first.last_state()).last_state();
  });
}

TEST_CASE("gradcheck: both directions of a cell with a state of its own") {
  const Ragged batch;
  vc::Layout layout;
  const vc::Embedding embedding(layout, "embedding", {Ragged::symbols, 2});
  const BiLeaky both(layout, "both", {2, cell_hidden});
  check_each_result(layout,
                    [&](Tape& t) { return both(t, embedding(t, batch.symbols_of_plan())); });
}
