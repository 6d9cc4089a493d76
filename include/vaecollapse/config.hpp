// Every macro of the library that describes the build: the checked mode, the instruction set,
// and the inline namespace made of them, so that objects built in different ways never share
// an inline symbol.
#pragma once

#include <vaecollapse/version.hpp>

/// 1 in checked builds: every use of a `Var` tests that its `Scope` is still open, and internal
/// invariants are asserted. Defaults to 1 without NDEBUG. Part of the ABI name.
#ifndef VAECOLLAPSE_CHECKED
#ifdef NDEBUG
#define VAECOLLAPSE_CHECKED 0
#else
#define VAECOLLAPSE_CHECKED 1
#endif
#endif

#if defined(__AVX512F__) && defined(__AVX512BW__) && defined(__AVX512DQ__)
#define VAECOLLAPSE_ABI_ARCH avx512
#elif defined(__AVX2__) && defined(__FMA__)
#define VAECOLLAPSE_ABI_ARCH avx2
#elif defined(__AVX__)
#define VAECOLLAPSE_ABI_ARCH avx
#else
#define VAECOLLAPSE_ABI_ARCH baseline
#endif

/// 1 under the address sanitizer: kernels are unrolled less, for there the compilers take minutes
/// for what takes seconds elsewhere. Results are the same to the bit. Part of the ABI name.
#if defined(__SANITIZE_ADDRESS__)
#define VAECOLLAPSE_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define VAECOLLAPSE_SANITIZED 1
#endif
#endif
#ifndef VAECOLLAPSE_SANITIZED
#define VAECOLLAPSE_SANITIZED 0
#endif

/// 1 without optimisation (-O0): what is small is called instead of inlined, which is a quarter
/// less code to compile, and products are made one vector at a time. Part of the ABI name.
#ifdef __OPTIMIZE__
#define VAECOLLAPSE_UNOPTIMISED 0
#else
#define VAECOLLAPSE_UNOPTIMISED 1
#endif

/// 1 without optimisation, and where code is to be small (-Os): products are made one column at a
/// time. How many are made at once changes no bit of a result. Part of the ABI name, each with a
/// word of its own.
#ifdef __OPTIMIZE_SIZE__
#define VAECOLLAPSE_SMALL 1
#else
#define VAECOLLAPSE_SMALL VAECOLLAPSE_UNOPTIMISED
#endif

#if VAECOLLAPSE_CHECKED && VAECOLLAPSE_SANITIZED
#define VAECOLLAPSE_ABI_MODE checked_sanitized
#elif VAECOLLAPSE_SANITIZED
#define VAECOLLAPSE_ABI_MODE fast_sanitized
#elif VAECOLLAPSE_CHECKED
#define VAECOLLAPSE_ABI_MODE checked
#else
#define VAECOLLAPSE_ABI_MODE fast
#endif

#if VAECOLLAPSE_UNOPTIMISED
#define VAECOLLAPSE_ABI_TILES _unoptimised
#elif VAECOLLAPSE_SMALL
#define VAECOLLAPSE_ABI_TILES _small
#else
#define VAECOLLAPSE_ABI_TILES
#endif

/// 1 where a team can choose on which core a thread is woken: see core/wake_elsewhere.hpp.
#if defined(__linux__) && defined(_GNU_SOURCE) && !defined(__ANDROID__)
#define VAECOLLAPSE_WAKES_ELSEWHERE 1
#else
#define VAECOLLAPSE_WAKES_ELSEWHERE 0
#endif

/// 1 in programs that link `vaecollapse::compiled`, which says so to their sources: the kernels of
/// kernels/compiled.hpp are then compiled there and not again.
#ifndef VAECOLLAPSE_COMPILED
#define VAECOLLAPSE_COMPILED 0
#endif

#define VAECOLLAPSE_ABI_JOIN_(major, minor, arch, mode, tiles) \
  v##major##_##minor##_##arch##_##mode##tiles
#define VAECOLLAPSE_ABI_JOIN(major, minor, arch, mode, tiles) \
  VAECOLLAPSE_ABI_JOIN_(major, minor, arch, mode, tiles)

/// The inline namespace of every public name, e.g. `v0_1_avx512_fast`.
/// Headers open it with `namespace vaecollapse::inline VAECOLLAPSE_ABI {`.
#define VAECOLLAPSE_ABI                                                                            \
  VAECOLLAPSE_ABI_JOIN(VAECOLLAPSE_VERSION_MAJOR, VAECOLLAPSE_VERSION_MINOR, VAECOLLAPSE_ABI_ARCH, \
                       VAECOLLAPSE_ABI_MODE, VAECOLLAPSE_ABI_TILES)

/// Inlines a micro-kernel into its caller whatever the optimiser thinks of its size; where nothing
/// is optimised, it is called.
#if VAECOLLAPSE_UNOPTIMISED
#define VAECOLLAPSE_INLINE inline
#define VAECOLLAPSE_INLINE_LAMBDA
#else
#define VAECOLLAPSE_INLINE inline __attribute__((always_inline))
/// The same for a lambda, between its parameter list and its body.
#define VAECOLLAPSE_INLINE_LAMBDA __attribute__((always_inline))
#endif
