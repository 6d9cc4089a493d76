// Products of matrices with one vector, read where they lie: for a row alone, where packing takes
// as long as some products. They run at the speed of the memory that the matrix comes from.
#pragma once

#include <algorithm>

#include <vaecollapse/core/view.hpp>
#include <vaecollapse/kernels/chunk.hpp>
#include <vaecollapse/kernels/gemm.hpp>
#include <vaecollapse/simd/gate.hpp>
#include <vaecollapse/simd/square.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI::kernels {

namespace detail {

/// Columns that are read side by side: more streams of memory drive each other out of the cache.
inline constexpr int streams = 8;

/// Columns of up to so many numbers, 1 KB, do not do that: those of a whole vector are read side by
/// side, 5 to 8 % faster.
template <class Scalar>
inline constexpr Index short_column = 1024 / sizeof(Scalar);

/// Calls f(chunk) for all chunks of n numbers; whole ones know that they are.
template <class Scalar, class F>
VAECOLLAPSE_INLINE void for_each_known_chunk(Index n, F&& f) {
  constexpr Index lanes = simd::lanes<Scalar>;
  Index i = 0;
  for (; i + lanes <= n; i += lanes) f(Chunk<Scalar>{i, lanes});
  if (i < n) f(Chunk<Scalar>{i, n - i});
}

/// The scalar products of x with `Count` columns from `first` on.
template <int Count, class Scalar>
VAECOLLAPSE_INLINE void dot_some(View<const Scalar> a, Index first, const Scalar* x,
                                 simd::Pack<Scalar>* sums) {
  simd::Pack<Scalar> partial[Count];
  for (auto& sum : partial) sum = simd::broadcast<Scalar>(0);
  const Scalar* base = a.column(first);
  for_each_known_chunk<Scalar>(a.rows, [&](auto chunk) VAECOLLAPSE_INLINE_LAMBDA {
    const auto factor = chunk.load(x);
    unroll<Count>([&](auto i) VAECOLLAPSE_INLINE_LAMBDA {
      partial[i] = simd::fma(chunk.load(base + i * a.leading), factor, partial[i]);
    });
  });
  for (int i = 0; i < Count; ++i) sums[i] = partial[i];
}

}  // namespace detail

/// The scalar products of x with a vector's worth of columns of `a` from `first` on, one a lane;
/// where there are fewer columns, the other lanes are zero.
/// \shape a [K x M], x [K]
/// \cost 2 K flops a column
template <class Scalar>
VAECOLLAPSE_INLINE simd::Pack<Scalar> dot_columns(View<const Scalar> a, Index first,
                                                  const Scalar* x) {
  constexpr int lanes = static_cast<int>(simd::lanes<Scalar>);
  constexpr int together = std::min(lanes, detail::streams);
  simd::Square<Scalar> sums;
  if (!VAECOLLAPSE_SMALL && first + lanes <= a.columns &&
      a.leading <= detail::short_column<Scalar>) {
    detail::dot_some<lanes>(a, first, x, sums);
  } else if (first + lanes <= a.columns) {
    for (int lane = 0; lane < lanes; lane += together) {
      detail::dot_some<together>(a, first + lane, x, sums + lane);
    }
  } else {
    for (auto& sum : sums) sum = simd::broadcast<Scalar>(0);
    for (Index lane = 0; first + lane < a.columns; ++lane) {
      detail::dot_some<1>(a, first + lane, x, sums + lane);
    }
  }
  return simd::sum_rows<Scalar>(sums);
}

/// y += a x, some columns at a time, so that y is read and written seldom.
/// \shape a [M x K], x [K], y [M]
/// \cost 2 M K flops
template <class Scalar>
void add_product(View<const Scalar> a, const Scalar* x, Scalar* y) {
  Index k = 0;
  for (; k + detail::streams <= a.columns; k += detail::streams) {
    simd::Pack<Scalar> factors[detail::streams];
    for (int j = 0; j < detail::streams; ++j) factors[j] = simd::broadcast<Scalar>(x[k + j]);
    const Scalar* base = a.column(k);
    detail::for_each_known_chunk<Scalar>(a.rows, [&](auto chunk) VAECOLLAPSE_INLINE_LAMBDA {
      auto sum = chunk.load(y);
      detail::unroll<detail::streams>([&](auto j) VAECOLLAPSE_INLINE_LAMBDA {
        sum = simd::fma(chunk.load(base + j * a.leading), factors[j], sum);
      });
      chunk.store(y, sum);
    });
  }
  for (; k < a.columns; ++k) add_scaled(a.rows, x[k], a.column(k), y);
}

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI::kernels
