// Recurrent cells and their layers against central differences: a GRU, an LSTM, and a cell of the
// tests' own, whose state is more than its output.
#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include <vaecollapse/nn/bidirectional.hpp>
#include <vaecollapse/nn/cell.hpp>
#include <vaecollapse/nn/embedding.hpp>
#include <vaecollapse/nn/gru.hpp>
#include <vaecollapse/nn/linear.hpp>
#include <vaecollapse/nn/lstm.hpp>

#include "cell_network.hpp"
#include "support.hpp"
#include "support/cell_of_ops.hpp"
#include "support/leaky_cell.hpp"

using namespace gradcheck_test;
using vaecollapse_test::Leaky;

namespace {

constexpr std::array both_directions{vc::Direction::forward, vc::Direction::backward};

/// Outputs, last outputs and last states, each alone, so that each has to carry all gradients.
template <class Run>
void check_each_result(const vc::Layout& layout, Run&& run) {
  check(layout, [&](Tape& t) { return run(t).states.columns; });
  check(layout, [&](Tape& t) { return run(t).last(); });
  check(layout, [&](Tape& t) { return run(t).last_state(); });
}

}  // namespace

TEST_CASE_TEMPLATE("gradcheck: each kind of input, both directions, with and without a first state",
                   Cell, vc::Gru, vc::Lstm, Leaky) {
  for (const vc::Direction direction : both_directions) {
    const CellNetwork<Cell> network(direction);
    for (std::size_t kind = 0; kind < 3; ++kind) {
      for (const bool from_start : {false, true}) {
        CAPTURE(kind);
        CAPTURE(from_start);
        check_each_result(network.layout, [&](Tape& t) {
          return network.run(t, kind, network.first_state(t, from_start));
        });
      }
    }
  }
}

TEST_CASE_TEMPLATE("gradcheck: all inputs of a cell at once", Cell, vc::Gru, vc::Lstm, Leaky) {
  for (const vc::Direction direction : both_directions) {
    const CellNetwork<Cell> network(direction);
    check_each_result(network.layout, [&](Tape& t) {
      const std::array inputs{network.input(t, 1), network.input(t, 0), network.input(t, 2)};
      return network.six.sequence(t, inputs, network.batch.plan, t.parameter(network.start));
    });
  }
}

TEST_CASE_TEMPLATE("gradcheck: a last state is where another sequence starts, outputs are inputs",
                   Cell, vc::Gru, vc::Lstm, Leaky) {
  const CellNetwork<Cell> network(vc::Direction::forward);
  check(network.layout, [&](Tape& t) {
    const auto first = network.run(t, 0, t.parameter(network.start));
    const auto second = network.run(t, 0, first.last_state());
    const std::array outputs{vc::Contribution<double>::per_step(first.states.columns),
                             vc::Contribution<double>::per_row(first.last())};
    return network.on_outputs.sequence(t, outputs, network.batch.plan, second.last_state())
        .last_state();
  });
}

TEST_CASE_TEMPLATE("gradcheck: steps of a cell", Cell, vc::Gru, vc::Lstm, Leaky) {
  vc::Layout layout;
  const Cell cell(layout, "cell", {4, cell_hidden});
  const auto x = matrix(layout, "x", 4, 5), state = matrix(layout, "state", cell.state_size(), 5);
  check(layout, [&](Tape& t) {
    const std::array inputs{vc::Contribution<double>::per_step(t.parameter(x))};
    return cell.step(t, inputs, cell.step(t, inputs, t.parameter(state)));
  });
}

TEST_CASE_TEMPLATE("gradcheck: a cell with a state of its own attends to tags", Cell, vc::Lstm,
                   Leaky) {
  for (const vc::Direction direction : both_directions) {
    const CellNetwork<Cell> network(direction);
    for (const bool from_start : {false, true}) {
      check_each_result(network.layout, [&](Tape& t) { return network.attending(t, from_start); });
      check(network.layout, [&](Tape& t) { return network.attending(t, from_start).weights; });
    }
  }
}

TEST_CASE_TEMPLATE("gradcheck: one and both directions of a cell on embedded symbols", Cell,
                   vc::Gru, vc::Lstm, Leaky) {
  const Ragged batch;
  vc::Layout layout;
  const vc::Embedding embedding(layout, "embedding", {Ragged::symbols, 2});
  const Cell cell(layout, "cell", {2, cell_hidden});
  const Cell on_vectors(layout, "vectors", {2, cell_hidden}, vc::Direction::backward);
  const Cell with_context(layout, "context", {2, cell_hidden, 2});
  const vc::Bidirectional<Cell> both(layout, "both", {2, cell_hidden});
  const auto context = matrix(layout, "rows", 2, Ragged::rows);
  const auto x = [&](Tape& t) { return embedding(t, batch.symbols_of_plan()); };
  check_each_result(layout, [&](Tape& t) { return cell(t, x(t)); });
  check_each_result(layout, [&](Tape& t) {
    return on_vectors(t, embedding.columns(t, batch.symbols_of_plan()));
  });
  check_each_result(layout, [&](Tape& t) { return with_context(t, x(t), t.parameter(context)); });
  check_each_result(layout, [&](Tape& t) { return both(t, x(t)); });
}

TEST_CASE("gradcheck: a cell that is made of ops") {
  for (const vc::Direction direction : both_directions) {
    const CellNetwork<vaecollapse_test::CellOfOps> network(direction);
    for (const bool from_start : {false, true}) {
      check_each_result(network.layout, [&](Tape& t) {
        const std::array inputs{network.input(t, 1), network.input(t, 0), network.input(t, 2)};
        return network.six.sequence(t, inputs, network.batch.plan,
                                    network.first_state(t, from_start));
      });
    }
  }
}

TEST_CASE("a cell that is made of ops is the cell of kernels") {
  const CellNetwork<Leaky> kernels(vc::Direction::backward);
  const CellNetwork<vaecollapse_test::CellOfOps> ops(vc::Direction::backward);
  // The same numbers under other names, in another order.
  vc::Parameters<double> of_kernels(kernels.layout, vc::Seed{3}), of_ops(ops.layout, vc::Seed{3});
  const auto copy = [&](const auto& from, const auto& to) {
    std::copy_n(of_kernels.values().begin() + from.offset, from.shape.size(),
                of_ops.values().begin() + to.offset);
  };
  const auto copy_of = [&](const std::string& kernel, const std::string& op) {
    copy(*kernels.layout.find(kernel), *ops.layout.find(op));
  };
  copy_of("two.weight_ih_l0_reverse", "two.inputs_reverse.weight");
  copy_of("two.bias_ih_l0_reverse", "two.inputs_reverse.bias");
  copy_of("two.weight_hh_l0_reverse", "two.recurrent_reverse.weight");
  copy_of("two.bias_hh_l0_reverse", "two.recurrent_reverse.bias");
  copy_of("steps", "steps");
  copy_of("start", "start");
  Tape one(of_kernels), other(of_ops);
  const auto expected = kernels.run(one, 0, kernels.first_state(one, true));
  const auto found = ops.run(other, 0, ops.first_state(other, true));
  const auto check_equal = [](const auto& a, const auto& b) {
    REQUIRE(a.shape() == b.shape());
    for (Index i = 0; i < a.size(); ++i) CHECK(a.data()[i] == doctest::Approx(b.data()[i]));
  };
  check_equal(found.states.columns, expected.states.columns);
  check_equal(found.last_state(), expected.last_state());
}

TEST_CASE(
    "gradcheck: GRU and affine sum, of a table projected as a whole and of one gathered from") {
  using Contribution = vc::Contribution<double>;
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
    const vc::BiGru both(layout, "both", {2, cell_hidden});
    const vc::Linear output(layout, "output", {2 + 2 * cell_hidden, 4});
    check(layout, [&](Tape& t) {
      const auto x = embedding(t, of);
      const std::array inputs{Contribution::per_symbol(x),
                              Contribution::per_step(both(t, x).states.columns)};
      return output(t, inputs, batch.plan).columns;
    });
  }
}
