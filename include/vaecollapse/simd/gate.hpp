// The gate to xsimd: the only file that includes it, so that its renamings and gaps (8.1 to the
// newest) are met once, here. Everything else writes `simd::Pack<float>` and the functions below.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <type_traits>

#include <vaecollapse/config.hpp>
#include <vaecollapse/core/check.hpp>
#include <vaecollapse/core/shape.hpp>
#include <vaecollapse/simd/exact.hpp>

VAECOLLAPSE_BEGIN_QUIET

#include <xsimd/xsimd.hpp>
#ifdef __AVX__
#include <immintrin.h>
#endif

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

/// Whether one instruction loads a number and broadcasts it. With SSE2 that takes two, and
/// `spread_lane` one.
#if defined(__SSE2__) && !defined(__AVX__)
inline constexpr bool broadcasts_from_memory = false;
#else
inline constexpr bool broadcasts_from_memory = true;
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

/// Loads into a register that is used several times. GCC reads memory anew at each use where it
/// thinks that a use is as good as a load; with AVX-512, where one load takes as long as one `fma`,
/// a product of four columns then takes longer than one of five.
template <class Scalar>
VAECOLLAPSE_INLINE Pack<Scalar> load_once(const Scalar* from) {
#ifdef __AVX512F__
  typename Pack<Scalar>::register_type loaded = load(from);
  __asm__("" : "+v"(loaded));
  return Pack<Scalar>(loaded);
#else
  return load(from);
#endif
}

/// The same address, but the compiler does not know that: what is loaded from it is read again
/// where it is used, and is not kept in a register.
template <class Scalar>
VAECOLLAPSE_INLINE const Scalar* forget(const Scalar* address) {
  __asm__ volatile("" : "+r"(address));
  return address;
}

/// Asks for the cache line at `address`, which need not be valid memory, to be read soon. Where the
/// hardware cannot foresee it: in short runs.
VAECOLLAPSE_INLINE void prefetch(const void* address) { __builtin_prefetch(address); }

/// The same, `distance` elements from there, which may be beyond what there is.
template <class Scalar>
VAECOLLAPSE_INLINE void prefetch_ahead(const Scalar* from, Index distance) {
  const auto bytes = static_cast<std::uintptr_t>(distance) * sizeof(Scalar);
  const auto address = reinterpret_cast<std::uintptr_t>(from) + bytes;
  __builtin_prefetch(reinterpret_cast<const void*>(address));  // NOLINT(performance-no-int-to-ptr)
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

/// A vector of one lane of x.
template <int Lane, class Scalar>
VAECOLLAPSE_INLINE Pack<Scalar> spread_lane(const Pack<Scalar>& x) {
#if defined(__SSE2__) && !defined(__AVX__)
  // The shuffle of integers leaves its operand alone, that of floating point numbers takes a copy;
  // Clang would make the second of the first. In the order of the source, see `settle`.
  constexpr int order = sizeof(Scalar) == 4 ? Lane * 0x55 : Lane * 0xAA + 0x44;
  const typename Pack<Scalar>::register_type from = x;
  typename Pack<Scalar>::register_type spread;
  __asm__ volatile("pshufd {%2, %1, %0|%0, %1, %2}" : "=x"(spread) : "x"(from), "i"(order));
  return Pack<Scalar>(spread);
#else
  return broadcast<Scalar>(x.get(Lane));
#endif
}

/// Has x computed before any lane is spread that the source spreads later: where all registers are
/// in use, Clang begins too much at once and keeps sums in memory.
template <class Scalar>
VAECOLLAPSE_INLINE void settle([[maybe_unused]] Pack<Scalar>& x) {
#if defined(__SSE2__) && !defined(__AVX__)
  typename Pack<Scalar>::register_type value = x;
  __asm__ volatile("" : "+x"(value));
  x = Pack<Scalar>(value);
#endif
}

/// a / b, correctly rounded.
template <class Scalar>
VAECOLLAPSE_INLINE Pack<Scalar> divide(Pack<Scalar> a, Pack<Scalar> b) {
#if VAECOLLAPSE_LOOSE_MATH && defined(__SSE2__)
  return detail::exactly<detail::Exactly::quotient>(a, b);
#else
  return a / b;
#endif
}

/// a < b ? a : b, so a NaN on either side gives b: `min(limit, x)` keeps a NaN of x.
template <class Scalar>
VAECOLLAPSE_INLINE Pack<Scalar> min(Pack<Scalar> a, Pack<Scalar> b) {
#if VAECOLLAPSE_LOOSE_MATH && defined(__SSE2__)
  return detail::exactly<detail::Exactly::minimum>(a, b);
#elif defined(__SSE2__) && XSIMD_VERSION_MAJOR < 14
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
#if VAECOLLAPSE_LOOSE_MATH && defined(__SSE2__)
  return detail::exactly<detail::Exactly::maximum>(a, b);
#elif defined(__SSE2__) && XSIMD_VERSION_MAJOR < 14
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
#if VAECOLLAPSE_LOOSE_MATH && defined(__SSE2__)
  return detail::exact_root(x);
#else
  return xsimd::sqrt(x);
#endif
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

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI::simd

VAECOLLAPSE_END_QUIET
