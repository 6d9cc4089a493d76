// The transpose of a matrix: squares are turned in registers.
#pragma once

#include <vaecollapse/core/team.hpp>
#include <vaecollapse/core/view.hpp>
#include <vaecollapse/kernels/chunk.hpp>
#include <vaecollapse/kernels/gemm.hpp>
#include <vaecollapse/simd/square.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI::kernels {

namespace detail {

/// The transpose of a whole square of numbers, written or added.
template <class Scalar>
VAECOLLAPSE_INLINE void transpose_square(const Scalar* from, Index from_leading, Scalar* to,
                                         Index to_leading, Output output) {
  constexpr int lanes = static_cast<int>(simd::lanes<Scalar>);
  simd::Square<Scalar> square;
  unroll<lanes>([&](auto lane) VAECOLLAPSE_INLINE_LAMBDA {
    square[lane] = simd::load(from + lane * from_leading);
  });
  simd::transpose<Scalar>(square);
  unroll<lanes>([&](auto k) VAECOLLAPSE_INLINE_LAMBDA {
    Scalar* column = to + k * to_leading;
    simd::store(column, output == Output::accumulate ? simd::load(column) + square[k] : square[k]);
  });
}

/// The same for a part of a square: `rows` of the columns `columns` of `from`.
template <class Scalar>
void transpose_part(View<const Scalar> from, Chunk<Scalar> rows, Chunk<Scalar> columns,
                    View<Scalar> to, Output output) {
  simd::Square<Scalar> square;
  for (Index lane = 0; lane < simd::lanes<Scalar>; ++lane) {
    square[lane] = lane < columns.count ? rows.load(from.column(columns.first + lane))
                                        : simd::broadcast<Scalar>(0);
  }
  simd::transpose<Scalar>(square);
  for (Index k = 0; k < rows.count; ++k) {
    Scalar* column = to.column(rows.first + k);
    if (output == Output::accumulate) {
      columns.add(column, square[k]);
    } else {
      columns.store(column, square[k]);
    }
  }
}

}  // namespace detail

/// to = from^T, or to += from^T. \shape from [I x N], to [N x I]
template <class Scalar>
void transpose(View<const Scalar> from, View<Scalar> to, Output output, Team& team) {
  split_features<Scalar>(team, from.rows, [&](Index first, Index count) {
    for (Index i = first; i < first + count; i += simd::lanes<Scalar>) {
      const auto rows = chunk_at<Scalar>(i, first + count);
      for (const auto columns : chunks<Scalar>(from.columns)) {
        if (rows.whole() && columns.whole()) {
          detail::transpose_square(from.column(columns.first) + i, from.leading,
                                   to.column(i) + columns.first, to.leading, output);
        } else {
          detail::transpose_part(from, rows, columns, to, output);
        }
      }
    }
  });
}

namespace naive {

/// The reference of `transpose`.
template <class Scalar>
void transpose(View<const Scalar> from, View<Scalar> to, Output output) {
  for (Index j = 0; j < from.columns; ++j) {
    for (Index i = 0; i < from.rows; ++i) {
      to(j, i) = output == Output::accumulate ? to(j, i) + from(i, j) : from(i, j);
    }
  }
}

}  // namespace naive

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI::kernels
