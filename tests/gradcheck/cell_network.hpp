// A network for the gradient checks of recurrent cells, and what the cells are called.
#pragma once

#include <array>
#include <cstddef>

#include <doctest/doctest.h>

#include <vaecollapse/nn/attention.hpp>
#include <vaecollapse/nn/embedding.hpp>
#include <vaecollapse/nn/gru.hpp>
#include <vaecollapse/nn/lstm.hpp>

#include "support.hpp"
#include "support/leaky_cell.hpp"

namespace gradcheck_test {

inline constexpr Index cell_hidden = 3;

/// Inputs of every kind, a whole first state, and cells that read one of them and all of them.
template <class Cell>
struct CellNetwork {
  using Contribution = vc::Contribution<double>;

  Ragged batch;
  vc::Layout layout;
  vc::Slot<2> steps = matrix(layout, "steps", 2, Ragged::columns);
  vc::Slot<2> table = matrix(layout, "table", 2, Ragged::symbols);
  vc::Slot<2> rows = matrix(layout, "rows", 2, Ragged::rows);
  vc::Embedding tags{layout, "tags", {Ragged::tags, 2}};
  vc::TagAttention attention{layout, "attention", {cell_hidden, 2, 3}};
  Cell two, six, on_outputs;
  vc::Slot<2> start = matrix(layout, "start", two.state_size(), Ragged::rows);

  explicit CellNetwork(vc::Direction direction)
      : two(layout, "two", {2, cell_hidden}, direction),
        six(layout, "six", {2 + 2, cell_hidden, 2}, direction),
        on_outputs(layout, "on_outputs", {cell_hidden, cell_hidden, cell_hidden}, direction) {}

  Contribution input(Tape& t, std::size_t kind) const {
    if (kind == 0) return Contribution::per_step(t.parameter(steps));
    if (kind == 1) return Contribution::per_symbol({t.parameter(table), batch.symbols_of_plan()});
    return Contribution::per_row(t.parameter(rows));
  }
  auto run(Tape& t, std::size_t kind, const vc::Var<double, 2>& from) const {
    const std::array inputs{input(t, kind)};
    return two.sequence(t, inputs, batch.plan, from);
  }
  auto attending(Tape& t, bool from_start) const {
    const auto embedded = t.parameter(tags.table());
    const std::array inputs{input(t, 1), Contribution::attended(embedded, batch.tag_sets()),
                            input(t, 2)};
    return six.sequence(t, attention(t, embedded), inputs, batch.plan, first_state(t, from_start));
  }
  vc::Var<double, 2> first_state(Tape& t, bool given) const {
    return given ? t.parameter(start) : vc::Var<double, 2>{};
  }
};

}  // namespace gradcheck_test

TYPE_TO_STRING_AS("GRU", vaecollapse::Gru);
TYPE_TO_STRING_AS("LSTM", vaecollapse::Lstm);
TYPE_TO_STRING_AS("own cell", vaecollapse_test::Leaky);
