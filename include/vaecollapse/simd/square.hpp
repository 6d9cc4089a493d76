// Squares of numbers in registers: transposing them, and summing their rows.
#pragma once

#include <cstddef>
#include <type_traits>

#include <vaecollapse/simd/gate.hpp>

VAECOLLAPSE_BEGIN_QUIET

namespace vaecollapse::inline VAECOLLAPSE_ABI::simd {

/// As many vectors as each has lanes.
template <class Scalar>
using Square = Pack<Scalar>[static_cast<std::size_t>(lanes<Scalar>)];

/// Transposes a square matrix whose rows are vectors: each round shuffles the rows perfectly.
template <class Scalar>
VAECOLLAPSE_INLINE void transpose(Square<Scalar>& rows) {
  constexpr Index n = lanes<Scalar>;
  for (Index round = 1; round < n; round *= 2) {
    Square<Scalar> zipped;
    for (Index i = 0; i < n / 2; ++i) {
      zipped[2 * i] = zip_low<Scalar>(rows[i], rows[i + n / 2]);
      zipped[2 * i + 1] = zip_high<Scalar>(rows[i], rows[i + n / 2]);
    }
    for (Index i = 0; i < n; ++i) rows[i] = zipped[i];
  }
}

namespace detail {

#ifdef __AVX512F__
template <class Scalar>
VAECOLLAPSE_INLINE __m512d as_doubles(Pack<Scalar> x) {
  if constexpr (std::is_same_v<Scalar, float>)
    return _mm512_castps_pd(x);
  else
    return x;
}
template <class Scalar>
VAECOLLAPSE_INLINE Pack<Scalar> from_doubles(__m512d x) {
  if constexpr (std::is_same_v<Scalar, float>)
    return Pack<float>(_mm512_castpd_ps(x));
  else
    return Pack<double>(x);
}
#elif defined(__AVX__)
template <class Scalar>
VAECOLLAPSE_INLINE __m256d as_doubles(Pack<Scalar> x) {
  if constexpr (std::is_same_v<Scalar, float>)
    return _mm256_castps_pd(x);
  else
    return x;
}
template <class Scalar>
VAECOLLAPSE_INLINE Pack<Scalar> from_doubles(__m256d x) {
  if constexpr (std::is_same_v<Scalar, float>)
    return Pack<float>(_mm256_castpd_ps(x));
  else
    return Pack<double>(x);
}
#endif

/// Of every two blocks of `Bytes` bytes, the first is the sum of a's two, the second of b's.
template <int Bytes, class Scalar>
VAECOLLAPSE_INLINE Pack<Scalar> add_blocks(Pack<Scalar> a, Pack<Scalar> b) {
  static_assert(Bytes == 32 || Bytes == 16);
#ifdef __AVX512F__
  const __m512d x = as_doubles<Scalar>(a), y = as_doubles<Scalar>(b);
  if constexpr (Bytes == 32) {
    return from_doubles<Scalar>(_mm512_mask_blend_pd(0xF0, x, y)) +
           from_doubles<Scalar>(_mm512_shuffle_f64x2(x, y, 0x4E));
  } else {
    const __m512i crossed = _mm512_setr_epi64(2, 3, 8, 9, 6, 7, 12, 13);
    return from_doubles<Scalar>(_mm512_mask_blend_pd(0xCC, x, y)) +
           from_doubles<Scalar>(_mm512_permutex2var_pd(x, crossed, y));
  }
#elif defined(__AVX__)
  const __m256d x = as_doubles<Scalar>(a), y = as_doubles<Scalar>(b);
  return from_doubles<Scalar>(_mm256_blend_pd(x, y, 0xC)) +
         from_doubles<Scalar>(_mm256_permute2f128_pd(x, y, 0x21));
#else
  return a + b;  // no register holds two blocks
#endif
}

/// In each block of 16 bytes: a and b interleaved, each the sums of its numbers half a block apart.
template <class Scalar>
VAECOLLAPSE_INLINE Pack<Scalar> add_in_blocks(Pack<Scalar> a, Pack<Scalar> b) {
#ifdef __AVX512F__
  if constexpr (is_avx512<Scalar, float>) {
    return Pack<Scalar>(_mm512_unpacklo_ps(a, b)) + Pack<Scalar>(_mm512_unpackhi_ps(a, b));
  } else if constexpr (is_avx512<Scalar, double>) {
    return Pack<Scalar>(_mm512_unpacklo_pd(a, b)) + Pack<Scalar>(_mm512_unpackhi_pd(a, b));
  }
#endif
#ifdef __AVX__
  if constexpr (is_avx<Scalar, float>) {
    return Pack<Scalar>(_mm256_unpacklo_ps(a, b)) + Pack<Scalar>(_mm256_unpackhi_ps(a, b));
  } else if constexpr (is_avx<Scalar, double>) {
    return Pack<Scalar>(_mm256_unpacklo_pd(a, b)) + Pack<Scalar>(_mm256_unpackhi_pd(a, b));
  }
#endif
  return zip_low<Scalar>(a, b) + zip_high<Scalar>(a, b);
}

}  // namespace detail

/// The sum of each row of a square matrix, one a lane: two rows share a register from round to
/// round, until all do. Uses the rows up.
template <class Scalar>
VAECOLLAPSE_INLINE Pack<Scalar> sum_rows(Pack<Scalar>* rows) {
  constexpr std::size_t bytes = sizeof(Pack<Scalar>);
  const auto join = [&](Index pairs, auto add) VAECOLLAPSE_INLINE_LAMBDA {
    for (Index i = 0; i < pairs; ++i) rows[i] = add(rows[i], rows[i + pairs]);
  };
  Index pairs = lanes<Scalar> / 2;
  if constexpr (bytes == 64) {
    join(pairs, [](auto a, auto b)
                    VAECOLLAPSE_INLINE_LAMBDA { return detail::add_blocks<32, Scalar>(a, b); });
    pairs /= 2;
  }
  if constexpr (bytes >= 32) {
    join(pairs, [](auto a, auto b)
                    VAECOLLAPSE_INLINE_LAMBDA { return detail::add_blocks<16, Scalar>(a, b); });
    pairs /= 2;
  }
  for (; pairs > 0; pairs /= 2) {
    join(pairs, [](auto a, auto b)
                    VAECOLLAPSE_INLINE_LAMBDA { return detail::add_in_blocks<Scalar>(a, b); });
  }
  return rows[0];
}

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI::simd

VAECOLLAPSE_END_QUIET
