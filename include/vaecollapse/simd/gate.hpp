// The gate to xsimd: the only file that includes it, so that its renamings and gaps (8.1 to the
// newest) are met once, here. Everything else writes `simd::Pack<float>` and the functions below.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <type_traits>

// GCC 12 takes the deliberately undefined registers of its AVX-512 intrinsics for mistakes.
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#pragma GCC diagnostic ignored "-Wuninitialized"
#endif
#include <xsimd/xsimd.hpp>
#ifdef __AVX__
#include <immintrin.h>
#endif
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic pop
#endif

#include <vaecollapse/config.hpp>
#include <vaecollapse/core/check.hpp>
#include <vaecollapse/core/shape.hpp>

/// Vectors of the machine's own width. Call these functions qualified, `simd::fma(a, b, c)`:
/// unqualified calls also see xsimd's own.
namespace vaecollapse::inline VAECOLLAPSE_ABI::simd {

/// One vector register of float, double or an unsigned integer. It has the arithmetic and
/// comparison operators; a comparison gives a `Mask`.
template <class Scalar>
using Pack = xsimd::batch<Scalar, xsimd::default_arch>;

/// One truth value per lane.
template <class Scalar>
using Mask = xsimd::batch_bool<Scalar, xsimd::default_arch>;

/// How many elements a `Pack` holds.
template <class Scalar>
inline constexpr Index lanes = static_cast<Index>(Pack<Scalar>::size);

/// The alignment in bytes that the aligned loads and stores need.
inline constexpr std::size_t alignment = sizeof(Pack<float>);

/// How many vector registers a micro-kernel may plan with.
#if defined(__AVX512F__) || defined(__aarch64__)
inline constexpr int vector_registers = 32;
#else
inline constexpr int vector_registers = 16;
#endif

/// The instruction set that this translation unit was compiled for, for reports.
constexpr const char* instruction_set_name() {
#if defined(__AVX512F__)
  return "avx512";
#elif defined(__AVX2__)
  return "avx2";
#elif defined(__AVX__)
  return "avx";
#elif defined(__SSE4_2__)
  return "sse4.2";
#elif defined(__SSE2__)
  return "sse2";
#else
  return xsimd::default_arch::name();
#endif
}

namespace detail {

/// True where `Pack<Scalar>` is a whole AVX-512 register of `Element`.
template <class Scalar, class Element>
inline constexpr bool is_avx512 = std::is_same_v<Scalar, Element> && sizeof(Pack<Scalar>) == 64;

/// True where `Pack<Scalar>` is a whole AVX register of `Element`.
template <class Scalar, class Element>
inline constexpr bool is_avx = std::is_same_v<Scalar, Element> && sizeof(Pack<Scalar>) == 32;

template <class Scalar>
using Unsigned = std::conditional_t<sizeof(Scalar) == 4, std::uint32_t, std::uint64_t>;

/// The lowest n bits set; n may be all of them.
template <class Scalar>
constexpr auto first_lanes(Index n) {
  using Bits = std::conditional_t<lanes<Scalar> == 16, std::uint16_t, std::uint8_t>;
  return static_cast<Bits>((1u << static_cast<unsigned>(n)) - 1u);
}

}  // namespace detail

/// Loads from memory of any alignment.
template <class Scalar>
VAECOLLAPSE_INLINE Pack<Scalar> load(const Scalar* from) {
  return Pack<Scalar>::load_unaligned(from);
}

/// Asks for a cache line that is read soon. Where the hardware cannot foresee it: in short runs.
template <class Scalar>
VAECOLLAPSE_INLINE void prefetch(const Scalar* from) {
  __builtin_prefetch(from);
}

/// The same for a line that is written soon.
template <class Scalar>
VAECOLLAPSE_INLINE void prefetch_to_write(Scalar* to) {
  constexpr int writing = 1;
  __builtin_prefetch(to, writing);
}

/// Loads from memory aligned to `alignment`.
template <class Scalar>
VAECOLLAPSE_INLINE Pack<Scalar> load_aligned(const Scalar* from) {
  return Pack<Scalar>::load_aligned(from);
}

/// Stores to memory of any alignment.
template <class Scalar>
VAECOLLAPSE_INLINE void store(Scalar* to, Pack<Scalar> values) {
  values.store_unaligned(to);
}

/// Stores to memory aligned to `alignment`.
template <class Scalar>
VAECOLLAPSE_INLINE void store_aligned(Scalar* to, Pack<Scalar> values) {
  values.store_aligned(to);
}

/// The first n lanes from memory, 0 <= n <= lanes, the rest zero. Touches nothing beyond them.
template <class Scalar>
VAECOLLAPSE_INLINE Pack<Scalar> load_partial(const Scalar* from, Index n) {
  VAECOLLAPSE_ASSERT(n >= 0 && n <= lanes<Scalar>);
#ifdef __AVX512F__
  if constexpr (detail::is_avx512<Scalar, float>) {
    return Pack<Scalar>(_mm512_maskz_loadu_ps(detail::first_lanes<Scalar>(n), from));
  } else if constexpr (detail::is_avx512<Scalar, double>) {
    return Pack<Scalar>(_mm512_maskz_loadu_pd(detail::first_lanes<Scalar>(n), from));
  }
#endif
  alignas(alignment) Scalar buffer[static_cast<std::size_t>(lanes<Scalar>)] = {};
  std::copy_n(from, n, buffer);
  return load_aligned(buffer);
}

/// Writes the first n lanes, 0 <= n <= lanes, and leaves the memory beyond untouched.
template <class Scalar>
VAECOLLAPSE_INLINE void store_partial(Scalar* to, Index n, Pack<Scalar> values) {
  VAECOLLAPSE_ASSERT(n >= 0 && n <= lanes<Scalar>);
#ifdef __AVX512F__
  if constexpr (detail::is_avx512<Scalar, float>) {
    _mm512_mask_storeu_ps(to, detail::first_lanes<Scalar>(n), values);
    return;
  } else if constexpr (detail::is_avx512<Scalar, double>) {
    _mm512_mask_storeu_pd(to, detail::first_lanes<Scalar>(n), values);
    return;
  }
#endif
  alignas(alignment) Scalar buffer[static_cast<std::size_t>(lanes<Scalar>)];
  store_aligned(buffer, values);
  std::copy_n(buffer, n, to);
}

/// The same value in every lane.
template <class Scalar>
VAECOLLAPSE_INLINE Pack<Scalar> broadcast(std::type_identity_t<Scalar> value) {
  return Pack<Scalar>(value);
}

/// a * b + c, rounded once where the machine can (AVX2 with FMA, AVX-512, ARM), twice otherwise.
/// xsimd 8.1 has no AVX-512 form and Clang 14 does not fuse a product and a sum by itself, hence
/// the intrinsics.
template <class Scalar>
VAECOLLAPSE_INLINE Pack<Scalar> fma(Pack<Scalar> a, Pack<Scalar> b, Pack<Scalar> c) {
#ifdef __AVX512F__
  if constexpr (detail::is_avx512<Scalar, float>) {
    return Pack<Scalar>(_mm512_fmadd_ps(a, b, c));
  } else if constexpr (detail::is_avx512<Scalar, double>) {
    return Pack<Scalar>(_mm512_fmadd_pd(a, b, c));
  }
#endif
  return xsimd::fma(a, b, c);
}

/// c - a * b, rounded like `fma`.
template <class Scalar>
VAECOLLAPSE_INLINE Pack<Scalar> fnma(Pack<Scalar> a, Pack<Scalar> b, Pack<Scalar> c) {
#ifdef __AVX512F__
  if constexpr (detail::is_avx512<Scalar, float>) {
    return Pack<Scalar>(_mm512_fnmadd_ps(a, b, c));
  } else if constexpr (detail::is_avx512<Scalar, double>) {
    return Pack<Scalar>(_mm512_fnmadd_pd(a, b, c));
  }
#endif
  return xsimd::fnma(a, b, c);
}

/// Lane by lane `condition ? yes : no`.
template <class Scalar>
VAECOLLAPSE_INLINE Pack<Scalar> select(Mask<Scalar> condition, Pack<Scalar> yes, Pack<Scalar> no) {
  return xsimd::select(condition, yes, no);
}

/// a < b ? a : b, so a NaN on either side gives b: `min(limit, x)` keeps a NaN of x.
template <class Scalar>
VAECOLLAPSE_INLINE Pack<Scalar> min(Pack<Scalar> a, Pack<Scalar> b) {
#if defined(__SSE2__) && XSIMD_VERSION_MAJOR < 14
  return xsimd::min(a, b);
#elif defined(__SSE2__)
  return xsimd::min(b, a);  // since 14 as std::min, which prefers its first argument
#else
  return select<Scalar>(a < b, a, b);
#endif
}

/// a > b ? a : b, so a NaN on either side gives b: `max(limit, x)` keeps a NaN of x.
template <class Scalar>
VAECOLLAPSE_INLINE Pack<Scalar> max(Pack<Scalar> a, Pack<Scalar> b) {
#if defined(__SSE2__) && XSIMD_VERSION_MAJOR < 14
  return xsimd::max(a, b);
#elif defined(__SSE2__)
  return xsimd::max(b, a);
#else
  return select<Scalar>(a > b, a, b);
#endif
}

/// The square root, correctly rounded.
template <class Scalar>
VAECOLLAPSE_INLINE Pack<Scalar> sqrt(Pack<Scalar> x) {
  return xsimd::sqrt(x);
}

/// The sum of the lanes, in an order that depends on the instruction set only.
template <class Scalar>
VAECOLLAPSE_INLINE Scalar reduce_add(Pack<Scalar> x) {
#if XSIMD_VERSION_MAJOR < 9
  return xsimd::hadd(x);
#else
  return xsimd::reduce_add(x);
#endif
}

/// The first halves of both, interleaved: a0 b0 a1 b1 ... With AVX, xsimd 8.1 interleaves the
/// halves of a register each for itself, hence the intrinsics.
template <class Scalar>
VAECOLLAPSE_INLINE Pack<Scalar> zip_low(Pack<Scalar> a, Pack<Scalar> b) {
#ifdef __AVX512F__
  if constexpr (detail::is_avx512<Scalar, float>) {
    const __m512i order = _mm512_setr_epi32(0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
    return Pack<Scalar>(_mm512_permutex2var_ps(a, order, b));
  } else if constexpr (detail::is_avx512<Scalar, double>) {
    const __m512i order = _mm512_setr_epi64(0, 8, 1, 9, 2, 10, 3, 11);
    return Pack<Scalar>(_mm512_permutex2var_pd(a, order, b));
  }
#endif
#ifdef __AVX__
  if constexpr (detail::is_avx<Scalar, float>) {
    return Pack<Scalar>(
        _mm256_permute2f128_ps(_mm256_unpacklo_ps(a, b), _mm256_unpackhi_ps(a, b), 0x20));
  } else if constexpr (detail::is_avx<Scalar, double>) {
    return Pack<Scalar>(
        _mm256_permute2f128_pd(_mm256_unpacklo_pd(a, b), _mm256_unpackhi_pd(a, b), 0x20));
  }
#endif
  return xsimd::zip_lo(a, b);
}

/// The second halves of both, interleaved.
template <class Scalar>
VAECOLLAPSE_INLINE Pack<Scalar> zip_high(Pack<Scalar> a, Pack<Scalar> b) {
#ifdef __AVX512F__
  if constexpr (detail::is_avx512<Scalar, float>) {
    const __m512i order =
        _mm512_setr_epi32(8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
    return Pack<Scalar>(_mm512_permutex2var_ps(a, order, b));
  } else if constexpr (detail::is_avx512<Scalar, double>) {
    const __m512i order = _mm512_setr_epi64(4, 12, 5, 13, 6, 14, 7, 15);
    return Pack<Scalar>(_mm512_permutex2var_pd(a, order, b));
  }
#endif
#ifdef __AVX__
  if constexpr (detail::is_avx<Scalar, float>) {
    return Pack<Scalar>(
        _mm256_permute2f128_ps(_mm256_unpacklo_ps(a, b), _mm256_unpackhi_ps(a, b), 0x31));
  } else if constexpr (detail::is_avx<Scalar, double>) {
    return Pack<Scalar>(
        _mm256_permute2f128_pd(_mm256_unpacklo_pd(a, b), _mm256_unpackhi_pd(a, b), 0x31));
  }
#endif
  return xsimd::zip_hi(a, b);
}

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
VAECOLLAPSE_INLINE Pack<Scalar> sum_rows(Square<Scalar>& rows) {
  constexpr std::size_t bytes = sizeof(Pack<Scalar>);
  Index n = lanes<Scalar>;
  const auto join = [&](auto add) VAECOLLAPSE_INLINE_LAMBDA {
    n /= 2;
    for (Index i = 0; i < n; ++i) rows[i] = add(rows[i], rows[i + n]);
  };
  if constexpr (bytes == 64) join(detail::add_blocks<32, Scalar>);
  if constexpr (bytes >= 32) join(detail::add_blocks<16, Scalar>);
  while (n > 1) join(detail::add_in_blocks<Scalar>);
  return rows[0];
}

/// The bit patterns of floating-point lanes, for exponents and signs.
template <class Scalar>
VAECOLLAPSE_INLINE Pack<detail::Unsigned<Scalar>> to_bits(Pack<Scalar> x) {
#if XSIMD_VERSION_MAJOR < 11
  return xsimd::bitwise_cast<Pack<detail::Unsigned<Scalar>>>(x);
#else
  return xsimd::bitwise_cast<detail::Unsigned<Scalar>>(x);
#endif
}

/// The floating-point lanes that have these bit patterns.
template <class Scalar>
VAECOLLAPSE_INLINE Pack<Scalar> from_bits(Pack<detail::Unsigned<Scalar>> bits) {
#if XSIMD_VERSION_MAJOR < 11
  return xsimd::bitwise_cast<Pack<Scalar>>(bits);
#else
  return xsimd::bitwise_cast<Scalar>(bits);
#endif
}

/// Asks for the cache line at `address`, which need not be valid memory, to be read soon.
VAECOLLAPSE_INLINE void prefetch(const void* address) { __builtin_prefetch(address); }

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI::simd
