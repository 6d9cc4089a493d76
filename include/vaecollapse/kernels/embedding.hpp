// Gathering columns of a table by symbol, summing them by tag, spreading what belongs to a row
// over its steps; and the scatter-adds that are their gradients.
#pragma once

#include <algorithm>
#include <span>

#include <vaecollapse/core/at.hpp>
#include <vaecollapse/core/sequence.hpp>
#include <vaecollapse/kernels/chunk.hpp>
#include <vaecollapse/kernels/gemm.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI::kernels {

/// Column n of `out` becomes, or gains, the table's column ids[n]; `no_symbol` counts as zeros.
/// \shape table [E x V], out [E x N]
template <class Scalar>
void embedding_forward(View<const Scalar> table, std::span<const Symbol> ids, View<Scalar> out,
                       Output output) {
  for (Index n = 0; n < out.columns; ++n) {
    const Symbol id = at(ids, n);
    if (output == Output::accumulate) {
      if (id != no_symbol) add(table.rows, table.column(id), out.column(n));
    } else if (id != no_symbol) {
      std::copy_n(table.column(id), table.rows, out.column(n));
    } else {
      std::fill_n(out.column(n), out.rows, Scalar(0));
    }
  }
}

/// The table's column ids[n] gains column n of `dout`.
template <class Scalar>
void embedding_backward(std::span<const Symbol> ids, View<const Scalar> dout, View<Scalar> dtable) {
  for (Index n = 0; n < dout.columns; ++n) {
    const Symbol id = at(ids, n);
    if (id != no_symbol) add(dout.rows, dout.column(n), dtable.column(id));
  }
}

/// The table's column ids[n] becomes column n of `columns`. \pre no id is `no_symbol`
template <class Scalar>
void embedding_replace(std::span<const Symbol> ids, View<const Scalar> columns,
                       View<Scalar> table) {
  for (Index n = 0; n < columns.columns; ++n) {
    std::copy_n(columns.column(n), columns.rows, table.column(at(ids, n)));
  }
}

/// Column r of `out` is the sum of the table's columns of row r's tags.
/// \shape table [E x M], out [E x B]
template <class Scalar>
void tag_sum_forward(View<const Scalar> table, const TagSets& tags, View<Scalar> out) {
  for (Index row = 0; row < out.columns; ++row) {
    std::fill_n(out.column(row), out.rows, Scalar(0));
    for (const Symbol tag : tags.of(row)) add(table.rows, table.column(tag), out.column(row));
  }
}

/// Adds each row's gradient to the table's columns of its tags.
template <class Scalar>
void tag_sum_backward(const TagSets& tags, View<const Scalar> dout, View<Scalar> dtable) {
  for (Index row = 0; row < dout.columns; ++row) {
    for (const Symbol tag : tags.of(row)) add(dout.rows, dout.column(row), dtable.column(tag));
  }
}

/// Every step of a row gains that row's column.
/// \shape per_row [K x B] in canonical order, out [K x N]
template <class Scalar>
void spread_rows_forward(const SequencePlan& plan, View<const Scalar> per_row, View<Scalar> out) {
  for (Index step = 0; step < plan.steps(); ++step) {
    for (Index j = 0; j < plan.active(step); ++j) {
      add(out.rows, per_row.column(at(plan.order(), j)), out.column(plan.offset(step) + j));
    }
  }
}

/// Adds to each row's gradient those of its columns.
template <class Scalar>
void spread_rows_backward(const SequencePlan& plan, View<const Scalar> dout,
                          View<Scalar> dper_row) {
  for (Index step = 0; step < plan.steps(); ++step) {
    for (Index j = 0; j < plan.active(step); ++j) {
      add(dout.rows, dout.column(plan.offset(step) + j), dper_row.column(at(plan.order(), j)));
    }
  }
}

namespace naive {

/// The reference of `embedding_forward`.
template <class Scalar>
void embedding_forward(View<const Scalar> table, std::span<const Symbol> ids, View<Scalar> out) {
  for (Index n = 0; n < out.columns; ++n) {
    const Symbol id = at(ids, n);
    for (Index i = 0; i < out.rows; ++i) out(i, n) = id == no_symbol ? Scalar(0) : table(i, id);
  }
}

/// The reference of `tag_sum_forward`.
template <class Scalar>
void tag_sum_forward(View<const Scalar> table, const TagSets& tags, View<Scalar> out) {
  for (Index row = 0; row < out.columns; ++row) {
    for (Index i = 0; i < out.rows; ++i) {
      out(i, row) = 0;
      for (const Symbol tag : tags.of(row)) out(i, row) += table(i, tag);
    }
  }
}

/// The reference of `embedding_backward`.
template <class Scalar>
void embedding_backward(std::span<const Symbol> ids, View<const Scalar> dout, View<Scalar> dtable) {
  for (Index id = 0; id < dtable.columns; ++id) {
    for (Index n = 0; n < dout.columns; ++n) {
      if (at(ids, n) != id) continue;
      for (Index i = 0; i < dout.rows; ++i) dtable(i, id) += dout(i, n);
    }
  }
}

/// The reference of `tag_sum_backward`.
template <class Scalar>
void tag_sum_backward(const TagSets& tags, View<const Scalar> dout, View<Scalar> dtable) {
  for (Index row = 0; row < dout.columns; ++row) {
    for (const Symbol tag : tags.of(row)) {
      for (Index i = 0; i < dout.rows; ++i) dtable(i, tag) += dout(i, row);
    }
  }
}

/// The reference of `spread_rows_forward`.
template <class Scalar>
void spread_rows_forward(const SequencePlan& plan, View<const Scalar> per_row, View<Scalar> out) {
  for (Index row = 0; row < plan.batch(); ++row) {
    for (Index step = 0; step < plan.length(row); ++step) {
      for (Index i = 0; i < out.rows; ++i) out(i, plan.column(row, step)) += per_row(i, row);
    }
  }
}

/// The reference of `spread_rows_backward`.
template <class Scalar>
void spread_rows_backward(const SequencePlan& plan, View<const Scalar> dout,
                          View<Scalar> dper_row) {
  for (Index row = 0; row < plan.batch(); ++row) {
    for (Index step = 0; step < plan.length(row); ++step) {
      for (Index i = 0; i < dout.rows; ++i) dper_row(i, row) += dout(i, plan.column(row, step));
    }
  }
}

}  // namespace naive

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI::kernels
