// Results that no flag of the compiler changes. `Pack` is the gate's.
#pragma once

#include <vaecollapse/config.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI::simd {

/// x as it was rounded: where a compiler may reorder sums, and -fassociative-math lets it drop what
/// only rounding makes different from nothing, a barrier that it moves no sum across.
template <class Scalar, class Pack>
VAECOLLAPSE_INLINE Pack as_rounded(Pack x) {
#if defined(__clang__) || defined(__ASSOCIATIVE_MATH__)
  typename Pack::register_type rounded = x;
#if defined(__SSE2__)
  __asm__("" : "+v"(rounded));
#elif defined(__aarch64__)
  __asm__("" : "+w"(rounded));
#else
  __asm__("" : "+m"(rounded));
#endif
  return Pack(rounded);
#else
  return x;
#endif
}

namespace detail {

#if VAECOLLAPSE_LOOSE_MATH && defined(__SSE2__)

enum class Exactly { quotient, minimum, maximum };

/// An instruction that the compiler does not replace: it may have estimates of quotients and roots,
/// and exchange the operands of a minimum, whose second is the result if either is NaN.
template <Exactly What, class Pack>
VAECOLLAPSE_INLINE Pack exactly(Pack a, Pack b) {
  const typename Pack::register_type x = a, y = b;
  constexpr bool single = sizeof(typename Pack::value_type) == 4;
#ifdef __AVX__
  typename Pack::register_type z;
  if constexpr (What == Exactly::quotient && single)
    __asm__("vdivps {%2, %1, %0|%0, %1, %2}" : "=v"(z) : "v"(x), "v"(y));
  else if constexpr (What == Exactly::quotient)
    __asm__("vdivpd {%2, %1, %0|%0, %1, %2}" : "=v"(z) : "v"(x), "v"(y));
  else if constexpr (What == Exactly::minimum && single)
    __asm__("vminps {%2, %1, %0|%0, %1, %2}" : "=v"(z) : "v"(x), "v"(y));
  else if constexpr (What == Exactly::minimum)
    __asm__("vminpd {%2, %1, %0|%0, %1, %2}" : "=v"(z) : "v"(x), "v"(y));
  else if constexpr (single)
    __asm__("vmaxps {%2, %1, %0|%0, %1, %2}" : "=v"(z) : "v"(x), "v"(y));
  else
    __asm__("vmaxpd {%2, %1, %0|%0, %1, %2}" : "=v"(z) : "v"(x), "v"(y));
#else
  typename Pack::register_type z = x;
  if constexpr (What == Exactly::quotient && single)
    __asm__("divps {%1, %0|%0, %1}" : "+x"(z) : "x"(y));
  else if constexpr (What == Exactly::quotient)
    __asm__("divpd {%1, %0|%0, %1}" : "+x"(z) : "x"(y));
  else if constexpr (What == Exactly::minimum && single)
    __asm__("minps {%1, %0|%0, %1}" : "+x"(z) : "x"(y));
  else if constexpr (What == Exactly::minimum)
    __asm__("minpd {%1, %0|%0, %1}" : "+x"(z) : "x"(y));
  else if constexpr (single)
    __asm__("maxps {%1, %0|%0, %1}" : "+x"(z) : "x"(y));
  else
    __asm__("maxpd {%1, %0|%0, %1}" : "+x"(z) : "x"(y));
#endif
  return Pack(z);
}

/// The square root, likewise.
template <class Pack>
VAECOLLAPSE_INLINE Pack exact_root(Pack a) {
  const typename Pack::register_type x = a;
  typename Pack::register_type z;
#ifdef __AVX__
  if constexpr (sizeof(typename Pack::value_type) == 4)
    __asm__("vsqrtps {%1, %0|%0, %1}" : "=v"(z) : "v"(x));
  else
    __asm__("vsqrtpd {%1, %0|%0, %1}" : "=v"(z) : "v"(x));
#else
  if constexpr (sizeof(typename Pack::value_type) == 4)
    __asm__("sqrtps {%1, %0|%0, %1}" : "=x"(z) : "x"(x));
  else
    __asm__("sqrtpd {%1, %0|%0, %1}" : "=x"(z) : "x"(x));
#endif
  return Pack(z);
}

#endif

}  // namespace detail

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI::simd
