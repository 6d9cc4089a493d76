// Sums of all numbers, of each column and of each row, and means: sums divided by how many there
// are.
#pragma once

#include <algorithm>

#include <vaecollapse/core/view.hpp>
#include <vaecollapse/kernels/elementwise.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI::kernels {

/// The sum of n numbers, divided by `divisor`. \cost as long as it takes to read them
template <class Scalar>
Scalar sum_forward(Index n, const Scalar* x, Index divisor) {
  const double total = total_of<Scalar>(
      n, [&](const Chunk<Scalar>& chunk) VAECOLLAPSE_INLINE_LAMBDA { return chunk.load(x); });
  return static_cast<Scalar>(total / static_cast<double>(divisor));
}

/// dx += dy / divisor.
template <class Scalar>
void sum_backward(Index n, Scalar dy, Index divisor, Scalar* dx, Team& team) {
  const auto share = simd::broadcast<Scalar>(dy / static_cast<Scalar>(divisor));
  split_by(team, elementwise_grain, n, [&](Index first, Index count) {
    for_each_chunk<Scalar>(count, [&](Chunk<Scalar> chunk)
                                      VAECOLLAPSE_INLINE_LAMBDA { chunk.add(dx + first, share); });
  });
}

/// y[j] = the sum of column j, divided by `divisor`. \shape x [I x N], y [N]
template <class Scalar>
void sum_rows_forward(View<const Scalar> x, Index divisor, Scalar* y, Team& team) {
  split_by(team, column_grain(x.rows), x.columns, [&](Index first, Index count) {
    for (Index j = first; j < first + count; ++j) {
      y[j] = sum_forward(x.rows, x.column(j), divisor);
    }
  });
}

/// dx(i, j) += dy[j] / divisor. \shape dy [N], dx [I x N]
template <class Scalar>
void sum_rows_backward(const Scalar* dy, Index divisor, View<Scalar> dx, Team& team) {
  const auto count_of_rows = static_cast<Scalar>(divisor);
  split_by(team, column_grain(dx.rows), dx.columns, [&](Index first, Index count) {
    for (Index j = first; j < first + count; ++j) {
      const auto share = simd::broadcast<Scalar>(dy[j] / count_of_rows);
      for_each_chunk<Scalar>(dx.rows, [&](Chunk<Scalar> chunk) VAECOLLAPSE_INLINE_LAMBDA {
        chunk.add(dx.column(j), share);
      });
    }
  });
}

/// y[i] = the sum of row i, divided by `divisor`. \shape x [I x N], y [I]
template <class Scalar>
void sum_columns_forward(View<const Scalar> x, Index divisor, Scalar* y, Team& team) {
  const auto count_of_columns = simd::broadcast<Scalar>(static_cast<Scalar>(divisor));
  split_rows<Scalar>(team, x.rows, x.columns, [&](Index row, Index count) {
    std::fill_n(y + row, count, Scalar(0));
    Index j = 0;
    for (; j + 4 <= x.columns; j += 4) {
      for_each_chunk<Scalar>(count, [&](Chunk<Scalar> chunk) VAECOLLAPSE_INLINE_LAMBDA {
        chunk.add(y + row,
                  (chunk.load(x.column(j) + row) + chunk.load(x.column(j + 1) + row)) +
                      (chunk.load(x.column(j + 2) + row) + chunk.load(x.column(j + 3) + row)));
      });
    }
    for (; j < x.columns; ++j) add(count, x.column(j) + row, y + row);
    for_each_chunk<Scalar>(count, [&](Chunk<Scalar> chunk) VAECOLLAPSE_INLINE_LAMBDA {
      chunk.store(y + row, simd::divide<Scalar>(chunk.load(y + row), count_of_columns));
    });
  });
}

/// dx(i, j) += dy[i] / divisor. \shape dy [I], dx [I x N]
template <class Scalar>
void sum_columns_backward(const Scalar* dy, Index divisor, View<Scalar> dx, Team& team) {
  const auto share = simd::broadcast<Scalar>(1 / static_cast<Scalar>(divisor));
  split_by(team, column_grain(dx.rows), dx.columns, [&](Index first, Index count) {
    for (Index j = first; j < first + count; ++j) {
      for_each_chunk<Scalar>(dx.rows, [&](Chunk<Scalar> chunk) VAECOLLAPSE_INLINE_LAMBDA {
        chunk.add_product(dx.column(j), share, chunk.load(dy));
      });
    }
  });
}

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI::kernels
