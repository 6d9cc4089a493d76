// Products with one vector, for a row alone: of matrices that are read where they lie, as packing
// takes as long as some products, and of panels that are packed already. They run at the speed of
// the memory that the matrix comes from.
#pragma once

#include <algorithm>
#include <type_traits>

#include <vaecollapse/core/view.hpp>
#include <vaecollapse/kernels/chunk.hpp>
#include <vaecollapse/kernels/tile.hpp>
#include <vaecollapse/simd/gate.hpp>
#include <vaecollapse/simd/square.hpp>

VAECOLLAPSE_BEGIN_QUIET

namespace vaecollapse::inline VAECOLLAPSE_ABI::kernels {

namespace detail {

/// Vectors of one operand that stay in registers (with AVX2 half of them, the others in the first
/// level of cache) while the matrix goes by, column after column. With SSE2 it is the number of
/// instructions that counts, and none are held.
inline constexpr int most_held = VAECOLLAPSE_SMALL || !simd::broadcasts_from_memory ? 0 : 16;
/// Held vectors come in multiples of this, so that few sizes are compiled.
inline constexpr int held_together = 4;

/// Calls run(vectors) with their number as a constant, if so many rows are whole vectors that can
/// be held. Returns whether they are; a slice of rows may be held where the whole is not, with the
/// same bits.
template <class Scalar, class Run>
VAECOLLAPSE_INLINE bool hold([[maybe_unused]] Index rows, [[maybe_unused]] Run&& run) {
  if constexpr (most_held > 0) {
    constexpr Index together = held_together * simd::lanes<Scalar>;
    if (rows % together == 0 && rows > 0 && rows <= most_held * simd::lanes<Scalar>) {
      with_constant<most_held / held_together>(rows / together, [&](auto groups) {
        run(std::integral_constant<int, held_together * groups>{});
      });
      return true;
    }
  }
  return false;
}

/// Columns that are added at once: more streams of memory drive each other out of the cache.
inline constexpr int streams = 8;

/// Columns whose scalar products are computed at once where x is not held. With wide vectors memory
/// is the limit, and one column after the other is one long run, which the processor foresees: from
/// the second level of cache a third faster than many side by side. With narrow ones it is the
/// instructions: some columns share what is loaded of x.
inline constexpr int dot_together = VAECOLLAPSE_SMALL || simd::vector_registers == 32 ? 1 : 8;

/// Vectors of partial sums for each of them: one alone would wait for itself. How many they are
/// decides on the bits, so it does not depend on the optimiser.
inline constexpr int dot_parts = simd::vector_registers == 32 ? 2 : 1;

/// Vectors whose lanes add up to the scalar products of x with the columns of `a` from `first` on.
/// `a` is fetched `ahead` numbers ahead, if that is not 0; where it is a constant, the loop need
/// not ask.
template <int Columns, class Scalar, class Distance>
VAECOLLAPSE_INLINE void dot_by_lanes(View<const Scalar> a, Index first, const Scalar* x,
                                     Distance ahead, simd::Pack<Scalar>* sums) {
  constexpr Index lanes = simd::lanes<Scalar>;
  simd::Pack<Scalar> partial[dot_parts][Columns];
  for (auto& part : partial) {
    for (auto& sum : part) sum = simd::broadcast<Scalar>(0);
  }
  const Scalar* base = a.column(first);
  Index i = 0;
  for (; i + dot_parts * lanes <= a.rows; i += dot_parts * lanes) {
    unroll<dot_parts>([&](auto part) VAECOLLAPSE_INLINE_LAMBDA {
      const auto factor = simd::load(x + i + part * lanes);
      unroll<Columns>([&](auto j) VAECOLLAPSE_INLINE_LAMBDA {
        const Scalar* at = base + j * a.leading + i + part * lanes;
        if (ahead != 0) simd::prefetch_ahead(at, ahead);
        partial[part][j] = simd::fma(simd::load(at), factor, partial[part][j]);
      });
    });
  }
  for (; i < a.rows; i += lanes) {
    const auto chunk = chunk_at<Scalar>(i, a.rows);
    unroll<Columns>([&](auto j) VAECOLLAPSE_INLINE_LAMBDA {
      partial[0][j] = simd::fma(chunk.load(base + j * a.leading), chunk.load(x), partial[0][j]);
    });
  }
  for (int j = 0; j < Columns; ++j) {
    sums[j] = partial[0][j];
    for (int part = 1; part < dot_parts; ++part) sums[j] = sums[j] + partial[part][j];
  }
}

/// Columns that are computed in one go: whole vectors of results.
template <class Scalar>
inline constexpr Index dot_run = std::max<Index>(simd::lanes<Scalar>, dot_together);

/// The columns from `first` on, which are fewer than a run; the bits of each are the same in a run.
template <class Scalar, class Distance>
void dot_rest(View<const Scalar> a, Index first, const Scalar* x, Scalar* y, Distance ahead) {
  simd::Pack<Scalar> sums[dot_run<Scalar>];
  for (auto& sum : sums) sum = simd::broadcast<Scalar>(0);
  for (Index j = first; j < a.columns; ++j) dot_by_lanes<1>(a, j, x, ahead, sums + (j - first));
  for (const auto chunk : chunks<Scalar>(a.columns - first)) {
    chunk.store(y + first, simd::sum_rows<Scalar>(sums + chunk.first));
  }
}

/// Whole runs of columns with x in registers, with the bits of `dot_by_lanes`. Returns how many
/// columns that were.
template <int Vectors, class Scalar>
Index dot_held(View<const Scalar> a, const Scalar* x, Scalar* y) {
  constexpr Index lanes = simd::lanes<Scalar>;
  simd::Pack<Scalar> held[Vectors];
  unroll<Vectors>([&](auto v) VAECOLLAPSE_INLINE_LAMBDA { held[v] = simd::load(x + v * lanes); });
  Index column = 0;
  for (; column + lanes <= a.columns; column += lanes) {
    simd::Pack<Scalar> sums[lanes];
    for (Index j = 0; j < lanes; ++j) {
      const Scalar* from = a.column(column + j);
      simd::Pack<Scalar> partial[dot_parts];
      for (auto& sum : partial) sum = simd::broadcast<Scalar>(0);
      unroll<Vectors>([&](auto v) VAECOLLAPSE_INLINE_LAMBDA {
        auto& sum = partial[v % dot_parts];
        sum = simd::fma(simd::load(from + v * lanes), held[v], sum);
      });
      sums[j] = partial[0];
      for (int part = 1; part < dot_parts; ++part) sums[j] = sums[j] + partial[part];
    }
    simd::store(y + column, simd::sum_rows<Scalar>(sums));
  }
  return column;
}

/// y += a x with y in registers.
template <int Vectors, class Scalar>
void add_product_held(View<const Scalar> a, const Scalar* x, Scalar* y) {
  constexpr Index lanes = simd::lanes<Scalar>;
  simd::Pack<Scalar> held[Vectors];
  unroll<Vectors>([&](auto v) VAECOLLAPSE_INLINE_LAMBDA { held[v] = simd::load(y + v * lanes); });
  for (Index k = 0; k < a.columns; ++k) {
    const auto factor = simd::broadcast<Scalar>(x[k]);
    const Scalar* from = a.column(k);
    unroll<Vectors>([&](auto v) VAECOLLAPSE_INLINE_LAMBDA {
      held[v] = simd::fma(simd::load(from + v * lanes), factor, held[v]);
    });
  }
  unroll<Vectors>([&](auto v) VAECOLLAPSE_INLINE_LAMBDA { simd::store(y + v * lanes, held[v]); });
}

/// See `kernels::dot_columns`.
template <class Scalar, class Distance>
void dot_columns(View<const Scalar> a, const Scalar* x, Scalar* y, Distance ahead) {
  constexpr Index lanes = simd::lanes<Scalar>, run = dot_run<Scalar>;
  Index column = 0;
  for (; column + run <= a.columns; column += run) {
    simd::Pack<Scalar> sums[run];
    for (Index j = 0; j < run; j += dot_together) {
      dot_by_lanes<dot_together>(a, column + j, x, ahead, sums + j);
    }
    for (Index j = 0; j < run; j += lanes) {
      simd::store(y + column + j, simd::sum_rows<Scalar>(sums + j));
    }
  }
  if (column < a.columns) dot_rest(a, column, x, y, ahead);
}

/// Calls f(chunk) for all chunks of n numbers; whole ones know that they are.
template <class Scalar, class F>
VAECOLLAPSE_INLINE void for_each_known_chunk(Index n, F&& f) {
  constexpr Index lanes = simd::lanes<Scalar>;
  Index i = 0;
  for (; i + lanes <= n; i += lanes) f(Chunk<Scalar>{i, lanes});
  if (i < n) f(Chunk<Scalar>{i, n - i});
}

}  // namespace detail

/// y = a^T x: the scalar product of x with each column. From beyond the second level of cache, `a`
/// is to be fetched `ahead` numbers ahead, unless its columns are so short that x is held.
/// \shape a [K x M], x [K], y [M] \cost 2 M K flops
template <class Scalar>
void dot_columns(View<const Scalar> a, const Scalar* x, Scalar* y, Index ahead = 0) {
  Index column = 0;
  const bool held = detail::hold<Scalar>(
      a.rows, [&](auto vectors) { column = detail::dot_held<vectors>(a, x, y); });
  if (held) {
    if (column < a.columns) detail::dot_rest(a, column, x, y, std::integral_constant<Index, 0>{});
    return;
  }
  ahead == 0 ? detail::dot_columns(a, x, y, std::integral_constant<Index, 0>{})
             : detail::dot_columns(a, x, y, ahead);
}

/// tiles[p] += panel p x b, for one column and some panels at once, which lie behind each other:
/// the sums of one panel alone would wait for themselves. Each tile has the bits of
/// `multiply_tile`. `panel_ahead`: see there. \shape b [depth] \cost 2 depth flops a row of the
/// panels
template <int Vectors, int Panels, class Scalar>
void multiply_panels(Index depth, const Scalar* panel, const Scalar* b,
                     Tile<Scalar, Vectors, 1> (&tiles)[Panels], Index panel_ahead = 0) {
  constexpr Index lanes = simd::lanes<Scalar>;
  const Index panel_size = Vectors * lanes * depth;
  Tile<Scalar, Vectors, Panels> sums;
  detail::unroll<Panels>([&](auto p) VAECOLLAPSE_INLINE_LAMBDA {
    detail::unroll<Vectors>([&](auto v) VAECOLLAPSE_INLINE_LAMBDA { sums[p][v] = tiles[p][0][v]; });
  });
  for (Index k = 0; k < depth; ++k) {
    const auto factor = simd::broadcast<Scalar>(b[k]);
    detail::unroll<Panels>([&](auto p) VAECOLLAPSE_INLINE_LAMBDA {
      detail::unroll<Vectors>([&](auto v) VAECOLLAPSE_INLINE_LAMBDA {
        const Scalar* a = panel + p * panel_size + v * lanes;
        if (panel_ahead != 0) simd::prefetch_ahead(a, panel_ahead);
        sums[p][v] = simd::fma(simd::load_once(a), factor, sums[p][v]);
      });
    });
    panel += Vectors * lanes;
  }
  detail::unroll<Panels>([&](auto p) VAECOLLAPSE_INLINE_LAMBDA {
    detail::unroll<Vectors>([&](auto v) VAECOLLAPSE_INLINE_LAMBDA { tiles[p][0][v] = sums[p][v]; });
  });
}

/// y += a x with y in registers, or, where it does not fit, some columns at a time, so that y is
/// read and written seldom.
/// \shape a [M x K], x [K], y [M]
/// \cost 2 M K flops
template <class Scalar>
void add_product(View<const Scalar> a, const Scalar* x, Scalar* y) {
  const bool held = detail::hold<Scalar>(
      a.rows, [&](auto vectors) { detail::add_product_held<vectors>(a, x, y); });
  if (held) return;
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

VAECOLLAPSE_END_QUIET
