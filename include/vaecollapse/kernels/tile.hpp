// The micro-kernel of products with packed panels: a tile of sums that stay in registers while a
// panel of a few vectors of rows meets a few columns of the right operand. (For one column alone
// there is kernels/gemv.hpp.)
#pragma once

#include <bit>
#include <cstdint>
#include <type_traits>
#include <utility>

#include <vaecollapse/config.hpp>
#include <vaecollapse/core/check.hpp>
#include <vaecollapse/core/shape.hpp>
#include <vaecollapse/simd/gate.hpp>

VAECOLLAPSE_BEGIN_QUIET

namespace vaecollapse::inline VAECOLLAPSE_ABI::kernels {

/// Vectors of rows in a full panel, and columns in a full tile: their product of accumulators,
/// the panel's vectors and one broadcast fill the registers (with SSE2 a vector of factors, one of
/// them spread, and a product).
inline constexpr int panel_vectors = VAECOLLAPSE_UNOPTIMISED ? 1 : 3;
/// Columns in a full tile: see `panel_vectors`.
inline constexpr int tile_columns = VAECOLLAPSE_SMALL              ? 1
                                    : VAECOLLAPSE_SANITIZED        ? 2
                                    : simd::vector_registers == 32 ? 8
                                                                   : 4;

namespace detail {

/// Calls f with 0 .. N-1, as constants so that loops over registers are gone before optimisation.
template <int N, class F>
VAECOLLAPSE_INLINE void unroll(F&& f) {
#if VAECOLLAPSE_UNOPTIMISED
  for (int i = 0; i < N; ++i) f(i);
#else
  [&]<int... I>(std::integer_sequence<int, I...>) VAECOLLAPSE_INLINE_LAMBDA {
    (f(std::integral_constant<int, I>{}), ...);
  }
  (std::make_integer_sequence<int, N>{});
#endif
}

}  // namespace detail

/// Accumulators of a tile: Vectors vectors of rows for each of Columns columns.
template <class Scalar, int Vectors, int Columns>
using Tile = simd::Pack<Scalar>[Columns][Vectors];

/// How many terms ahead a transposed operand is fetched: each lies in a row of its own, on a page
/// of its own if the rows are long, where the hardware does not foresee it.
inline constexpr Index fetch_ahead = 32;

namespace detail {

/// One term of a tile's sums.
template <int Vectors, int Columns, class Scalar>
VAECOLLAPSE_INLINE void multiply_term(const Scalar* panel, const Scalar* b, Index column_step,
                                      Tile<Scalar, Vectors, Columns>& tile) {
  constexpr Index lanes = simd::lanes<Scalar>;
  simd::Pack<Scalar> a[Vectors];
  unroll<Vectors>([&](auto v)
                      VAECOLLAPSE_INLINE_LAMBDA { a[v] = simd::load_once(panel + v * lanes); });
  unroll<Columns>([&](auto j) VAECOLLAPSE_INLINE_LAMBDA {
    const auto factor = simd::broadcast<Scalar>(b[j * column_step]);
    unroll<Vectors>([&](auto v) VAECOLLAPSE_INLINE_LAMBDA {
      tile[j][v] = simd::fma(a[v], factor, tile[j][v]);
    });
  });
}

/// Whether factors are loaded as vectors, to be spread lane by lane: where it takes two
/// instructions to spread one from memory (SSE2), and panels' vectors are best read where they are
/// multiplied. 37 instructions for 12 products, not 43.
inline constexpr bool spread_lanes = !simd::broadcasts_from_memory && !VAECOLLAPSE_SMALL;

/// The terms of one column for which a vector holds the factors of `lanes` terms.
/// \shape panel [Vectors lanes x lanes]
template <int Vectors, class Scalar>
VAECOLLAPSE_INLINE void multiply_lanes_of_terms(const Scalar* panel, const Scalar* b,
                                                simd::Pack<Scalar> (&sums)[Vectors]) {
  constexpr Index lanes = simd::lanes<Scalar>;
  const auto factors = simd::load(b);
  const Scalar* a = simd::forget(panel);
  unroll<lanes>([&](auto k) VAECOLLAPSE_INLINE_LAMBDA {
    const auto factor = simd::spread_lane<k>(factors);
    unroll<Vectors>([&](auto v) VAECOLLAPSE_INLINE_LAMBDA {
      sums[v] = simd::fma(simd::load_aligned(a + (k * Vectors + v) * lanes), factor, sums[v]);
    });
  });
}

/// One term of `lanes` columns whose factors lie in a vector.
template <int Vectors, class Scalar>
VAECOLLAPSE_INLINE void multiply_lanes_of_columns(const Scalar* panel, const Scalar* b,
                                                  simd::Pack<Scalar> (*columns)[Vectors]) {
  constexpr Index lanes = simd::lanes<Scalar>;
  const auto factors = simd::load(b);
  unroll<lanes>([&](auto j) VAECOLLAPSE_INLINE_LAMBDA {
    const Scalar* a = simd::forget(panel);
    const auto factor = simd::spread_lane<j>(factors);
    unroll<Vectors>([&](auto v) VAECOLLAPSE_INLINE_LAMBDA {
      columns[j][v] = simd::fma(simd::load_aligned(a + v * lanes), factor, columns[j][v]);
    });
    simd::settle<Scalar>(columns[j][Vectors - 1]);
  });
}

}  // namespace detail

/// tile += panel x right operand, over `depth` terms. The panel is fetched `panel_ahead` numbers
/// ahead, if that is not 0 (with narrow vectors it is).
/// \pre with SSE2 the panel lies on a multiple of `simd::alignment`, as packing into memory that
/// does leaves it
template <int Vectors, int Columns, class Scalar>
VAECOLLAPSE_INLINE void multiply_tile(Index depth, const Scalar* panel, const Scalar* b,
                                      Index row_step, Index column_step,
                                      Tile<Scalar, Vectors, Columns>& tile, Index panel_ahead = 0) {
  constexpr Index lanes = simd::lanes<Scalar>;
  Index k = 0;
  if constexpr (detail::spread_lanes) {
    VAECOLLAPSE_ASSERT(reinterpret_cast<std::uintptr_t>(panel) % simd::alignment == 0);
    if (row_step == 1) {
      for (; k + lanes <= depth; k += lanes) {
        detail::unroll<Columns>([&](auto j) VAECOLLAPSE_INLINE_LAMBDA {
          detail::multiply_lanes_of_terms<Vectors>(panel, b + j * column_step, tile[j]);
        });
        panel += Vectors * lanes * lanes;
        b += lanes;
      }
    } else if (Columns % lanes == 0 && column_step == 1) {
      for (; k < depth; ++k) {
        simd::prefetch_ahead(b, fetch_ahead * row_step);
        detail::unroll<Columns / lanes>([&](auto group) VAECOLLAPSE_INLINE_LAMBDA {
          detail::multiply_lanes_of_columns<Vectors>(panel, b + group * lanes,
                                                     tile + group * lanes);
        });
        panel += Vectors * lanes;
        b += row_step;
      }
    }
  }
  for (; k < depth; ++k) {
    if (panel_ahead != 0) {
      detail::unroll<Vectors>([&](auto v) VAECOLLAPSE_INLINE_LAMBDA {
        simd::prefetch_ahead(panel + v * lanes, panel_ahead);
      });
    }
    if (row_step != 1) simd::prefetch_ahead(b, fetch_ahead * row_step);
    detail::multiply_term<Vectors, Columns>(panel, b, column_step, tile);
    panel += Vectors * lanes;
    b += row_step;
  }
}

/// Calls `run(constant)` with n, at most Max, as a constant.
template <int Max, class Run>
VAECOLLAPSE_INLINE void with_constant(Index n, Run&& run) {
  if constexpr (Max > 1) {
    if (n < Max) {
      with_constant<Max - 1>(n, run);
      return;
    }
  }
  run(std::integral_constant<int, Max>{});
}

/// Calls run(column, constant) for tiles that cover the columns first .. last: full ones, then ones
/// of the powers of two below, so that few sizes are compiled.
template <int Columns = tile_columns, class Run>
VAECOLLAPSE_INLINE void for_each_tile(Index first, Index last, Run&& run) {
  for (; first + Columns <= last; first += Columns) {
    run(first, std::integral_constant<int, Columns>{});
  }
  if constexpr (Columns > 1) {
    for_each_tile<static_cast<int>(std::bit_floor(Columns - 1u))>(first, last, run);
  }
}

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI::kernels

VAECOLLAPSE_END_QUIET
