// Sums of all numbers, of each column and of each row, and means: sums divided by how many there
// are.
#pragma once

#include <algorithm>
#include <cstddef>

#include <vaecollapse/core/view.hpp>
#include <vaecollapse/kernels/elementwise.hpp>

VAECOLLAPSE_BEGIN_QUIET

namespace vaecollapse::inline VAECOLLAPSE_ABI::kernels {

/// The sum of n numbers, divided by `divisor`. \cost as long as it takes to read them
template <class Scalar>
Scalar sum_forward(Index n, const Scalar* x, Index divisor) {
  const double total = total_of<Scalar>(
      n, [x](const Chunk<Scalar>& chunk) VAECOLLAPSE_INLINE_LAMBDA { return chunk.load(x); });
  return static_cast<Scalar>(total / static_cast<double>(divisor));
}

/// dx += dy / divisor.
template <class Scalar>
void sum_backward(Index n, Scalar dy, Index divisor, Scalar* dx, Team& team) {
  const auto share = simd::broadcast<Scalar>(dy / static_cast<Scalar>(divisor));
  split_by(team, elementwise_grain, n, [=](Index first, Index count) {
    for_each_chunk<Scalar>(count, [share, to = dx + first](Chunk<Scalar> chunk)
                                      VAECOLLAPSE_INLINE_LAMBDA { chunk.add(to, share); });
  });
}

namespace detail {

/// x /= divisor.
template <class Scalar>
void divide(Index n, Index divisor, Scalar* x) {
  if (divisor == 1) return;
  const auto by = simd::broadcast<Scalar>(static_cast<Scalar>(divisor));
  for_each_chunk<Scalar>(n, [x, by](Chunk<Scalar> chunk) VAECOLLAPSE_INLINE_LAMBDA {
    chunk.store(x, simd::divide<Scalar>(chunk.load(x), by));
  });
}

/// The sums of so many columns, of at most one vector of them, from `first` on.
template <class Scalar>
void sum_some_columns(View<const Scalar> x, Index first, Index count, Scalar* y) {
  const auto sums = sums_of_columns<Scalar>(count, [x, first](Index c) VAECOLLAPSE_INLINE_LAMBDA {
    const Scalar* column = x.column(first + c);
    return lane_sums<Scalar>(0, x.rows,
                             [column](const Chunk<Scalar>& chunk)
                                 VAECOLLAPSE_INLINE_LAMBDA { return chunk.load(column); });
  });
  simd::store_partial(y + first, count, sums);
}

}  // namespace detail

/// y[j] = the sum of column j, divided by `divisor`. \shape x [I x N], y [N]
template <class Scalar>
void sum_rows_forward(View<const Scalar> x, Index divisor, Scalar* y, Team& team) {
  split_by(team, column_grain(x.rows), x.columns, [=](Index first, Index count) {
    if (x.rows <= sum_block<Scalar>) {
      for (Index j = first; j < first + count; j += simd::lanes<Scalar>) {
        detail::sum_some_columns(x, j, std::min(simd::lanes<Scalar>, first + count - j), y);
      }
    } else {
      for (Index j = first; j < first + count; ++j) y[j] = sum_forward(x.rows, x.column(j), 1);
    }
    detail::divide(count, divisor, y + first);
  });
}

/// dx(i, j) += dy[j] / divisor. \shape dy [N], dx [I x N]
template <class Scalar>
void sum_rows_backward(const Scalar* dy, Index divisor, View<Scalar> dx, Team& team) {
  const auto count_of_rows = static_cast<Scalar>(divisor);
  split_by(team, column_grain(dx.rows), dx.columns, [=](Index first, Index count) {
    const Index rows = dx.rows, leading = dx.leading;
    const Scalar* seeds = dy + first;
    const Scalar by = count_of_rows;
    Scalar* to = dx.column(first);
    for (Index j = 0; j < count; ++j, to += leading) {
      const auto share = simd::broadcast<Scalar>(seeds[j] / by);
      for_each_chunk<Scalar>(rows, [share, to](Chunk<Scalar> chunk)
                                       VAECOLLAPSE_INLINE_LAMBDA { chunk.add(to, share); });
    }
  });
}

/// y[i] = the sum of row i, divided by `divisor`. \shape x [I x N], y [I]
template <class Scalar>
void sum_columns_forward(View<const Scalar> x, Index divisor, Scalar* y, Team& team) {
  using Pack = simd::Pack<Scalar>;
  const Pack by = simd::broadcast<Scalar>(static_cast<Scalar>(divisor));
  split_rows<Scalar>(team, x.rows, x.columns, [=](Index row, Index count) {
    for_each_sum_of_columns<Scalar>(
        count, x.columns,
        [x, row](const Chunk<Scalar>& chunk, Index j)
            VAECOLLAPSE_INLINE_LAMBDA { return chunk.load(x.column(j) + row); },
        [by, to = y + row](const Chunk<Scalar>& chunk, Pack total)
            VAECOLLAPSE_INLINE_LAMBDA { chunk.store(to, simd::divide<Scalar>(total, by)); });
  });
}

/// dx(i, j) += dy[i] / divisor. \shape dy [I], dx [I x N]
template <class Scalar>
void sum_columns_backward(const Scalar* dy, Index divisor, View<Scalar> dx, Team& team) {
  split_by(team, column_grain(dx.rows), dx.columns, [=](Index first, Index count) {
    const auto share = simd::broadcast<Scalar>(1 / static_cast<Scalar>(divisor));
    const Index rows = dx.rows, leading = dx.leading;
    const Scalar* from = dy;
    Scalar* to = dx.column(first);
    for (Index j = 0; j < count; ++j, to += leading) {
      for_each_chunk<Scalar>(
          rows, [share, from, to](Chunk<Scalar> chunk)
                    VAECOLLAPSE_INLINE_LAMBDA { chunk.add_product(to, share, chunk.load(from)); });
    }
  });
}

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI::kernels

VAECOLLAPSE_END_QUIET
