// Every macro of the library that describes the build: the checked mode, the instruction set, the
// flags of floating-point arithmetic, and the inline namespace made of them, so that objects built
// in different ways never share an inline symbol; and the flags that are refused.
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

// Registers are wider with AVX-512F alone, too: packed weights then lie otherwise in memory.
#if defined(__AVX512F__) && defined(__AVX512BW__) && defined(__AVX512DQ__)
#define VAECOLLAPSE_ABI_ARCH avx512
#elif defined(__AVX512F__)
#define VAECOLLAPSE_ABI_ARCH avx512f
#elif defined(__AVX2__) && defined(__FMA__)
#define VAECOLLAPSE_ABI_ARCH avx2
#elif defined(__AVX2__)
#define VAECOLLAPSE_ABI_ARCH avx2_without_fma
#elif defined(__AVX__)
#define VAECOLLAPSE_ABI_ARCH avx
#elif defined(__SSE4_2__)
#define VAECOLLAPSE_ABI_ARCH sse4_2
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

// Flags that allow the compiler to compute something else than what is written. The library's
// values are right with all of them; objects that differ in one share no symbol. Clang shows fewer
// of them than GCC. Each with a word of its own in the ABI name.
#if defined(__FINITE_MATH_ONLY__) && __FINITE_MATH_ONLY__
#define VAECOLLAPSE_ABI_FINITE _finite
#else
#define VAECOLLAPSE_ABI_FINITE
#endif
#ifdef __ASSOCIATIVE_MATH__
#define VAECOLLAPSE_ABI_ASSOCIATIVE _associative
#else
#define VAECOLLAPSE_ABI_ASSOCIATIVE
#endif
#ifdef __RECIPROCAL_MATH__
#define VAECOLLAPSE_ABI_RECIPROCAL _reciprocal
#else
#define VAECOLLAPSE_ABI_RECIPROCAL
#endif
#ifdef __NO_SIGNED_ZEROS__
#define VAECOLLAPSE_ABI_ZEROS _unsigned_zeros
#else
#define VAECOLLAPSE_ABI_ZEROS
#endif
#ifdef __NO_TRAPPING_MATH__
#define VAECOLLAPSE_ABI_TRAPS _no_traps
#else
#define VAECOLLAPSE_ABI_TRAPS
#endif
#ifdef __NO_MATH_ERRNO__
#define VAECOLLAPSE_ABI_ERRNO _no_errno
#else
#define VAECOLLAPSE_ABI_ERRNO
#endif
#ifdef __ROUNDING_MATH__
#define VAECOLLAPSE_ABI_ROUNDING _rounding
#else
#define VAECOLLAPSE_ABI_ROUNDING
#endif
#ifdef __FAST_MATH__
#define VAECOLLAPSE_ABI_FAST_MATH _fast_math
#else
#define VAECOLLAPSE_ABI_FAST_MATH
#endif

/// 1 where the compiler may replace quotients and roots by estimates, or forget which operand of a
/// minimum decides for NaN: these are then single instructions that it does not see through. GCC
/// has macros that tell when it may; Clang has none for some flags. Part of the ABI name by these.
#if defined(__clang__) || defined(__RECIPROCAL_MATH__) || defined(__FAST_MATH__) || \
    (defined(__FINITE_MATH_ONLY__) && __FINITE_MATH_ONLY__)
#define VAECOLLAPSE_LOOSE_MATH 1
#else
#define VAECOLLAPSE_LOOSE_MATH 0
#endif

// No macro shows -fsingle-precision-constant, and nothing in double is right with it.
static_assert(sizeof(0.1) == sizeof(double),
              "vaecollapse cannot be compiled with -fsingle-precision-constant: it makes floats of "
              "constants that are doubles");

/// 1 where a team can choose on which core a thread is woken: see core/wake_elsewhere.hpp.
#if defined(__linux__) && defined(_GNU_SOURCE) && !defined(__ANDROID__)
#define VAECOLLAPSE_WAKES_ELSEWHERE 1
#else
#define VAECOLLAPSE_WAKES_ELSEWHERE 0
#endif

/// 1 in programs that link `vaecollapse::compiled`, which defines this: the kernels of
/// kernels/compiled.hpp are then compiled there and not again.
#ifndef VAECOLLAPSE_COMPILED
#define VAECOLLAPSE_COMPILED 0
#endif

#define VAECOLLAPSE_ABI_JOIN_(major, minor, arch, mode, tiles, m1, m2, m3, m4, m5, m6, m7, m8) \
  v##major##_##minor##_##arch##_##mode##tiles##m1##m2##m3##m4##m5##m6##m7##m8
#define VAECOLLAPSE_ABI_JOIN(...) VAECOLLAPSE_ABI_JOIN_(__VA_ARGS__)

/// The inline namespace of every public name, e.g. `v0_1_avx512_fast`.
/// Headers open it with `namespace vaecollapse::inline VAECOLLAPSE_ABI {`.
#define VAECOLLAPSE_ABI                                                                            \
  VAECOLLAPSE_ABI_JOIN(VAECOLLAPSE_VERSION_MAJOR, VAECOLLAPSE_VERSION_MINOR, VAECOLLAPSE_ABI_ARCH, \
                       VAECOLLAPSE_ABI_MODE, VAECOLLAPSE_ABI_TILES, VAECOLLAPSE_ABI_FINITE,        \
                       VAECOLLAPSE_ABI_ASSOCIATIVE, VAECOLLAPSE_ABI_RECIPROCAL,                    \
                       VAECOLLAPSE_ABI_ZEROS, VAECOLLAPSE_ABI_TRAPS, VAECOLLAPSE_ABI_ERRNO,        \
                       VAECOLLAPSE_ABI_ROUNDING, VAECOLLAPSE_ABI_FAST_MATH)

/// Around what GCC warns of without a cause: the deliberately undefined registers in the headers of
/// AVX-512, wherever these functions are inlined, also by Eigen; and sizes of arrays of registers,
/// which are template parameters of type int.
#if defined(__GNUC__) && !defined(__clang__)
#define VAECOLLAPSE_BEGIN_QUIET                                                              \
  _Pragma("GCC diagnostic push") _Pragma("GCC diagnostic ignored \"-Wmaybe-uninitialized\"") \
      _Pragma("GCC diagnostic ignored \"-Wuninitialized\"")                                  \
          _Pragma("GCC diagnostic ignored \"-Wsign-conversion\"")
#define VAECOLLAPSE_END_QUIET _Pragma("GCC diagnostic pop")
#else
#define VAECOLLAPSE_BEGIN_QUIET
#define VAECOLLAPSE_END_QUIET
#endif

/// 0 keeps the library from ever writing a line to standard error, where it writes at most one:
/// that a program trains that was compiled without optimisation. To be defined alike in all
/// sources.
#ifndef VAECOLLAPSE_NOTES
#define VAECOLLAPSE_NOTES 1
#endif

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
