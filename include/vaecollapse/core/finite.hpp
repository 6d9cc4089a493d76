// What is finite and what is not a number, by bit patterns: with -ffast-math, -ffinite-math-only
// and their kin, `std::isfinite` is always true and `x != x` never, and no macro shows some of
// these flags.
#pragma once

#include <bit>
#include <concepts>
#include <cstdint>
#include <limits>
#include <type_traits>

#include <vaecollapse/config.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

namespace detail {

template <std::floating_point Scalar>
using BitsOf = std::conditional_t<sizeof(Scalar) == 4, std::uint32_t, std::uint64_t>;

template <std::floating_point Scalar>
inline constexpr BitsOf<Scalar> infinity_bits =
    std::bit_cast<BitsOf<Scalar>>(std::numeric_limits<Scalar>::infinity());

/// The bits of x without the sign. The compiler does not know where they come from, so a flag that
/// promises a finite x has no effect on them.
template <std::floating_point Scalar>
constexpr BitsOf<Scalar> magnitude_bits(const Scalar& x) {
  auto bits = std::bit_cast<BitsOf<Scalar>>(x);
  if (!std::is_constant_evaluated()) __asm__("" : "+r"(bits));
  return bits & (std::numeric_limits<BitsOf<Scalar>>::max() >> 1);
}

/// A number from its bits. The compiler cannot know whether it is finite.
template <std::floating_point Scalar>
constexpr Scalar from_bits(BitsOf<Scalar> bits) {
  if (!std::is_constant_evaluated()) __asm__("" : "+r"(bits));
  return std::bit_cast<Scalar>(bits);
}

}  // namespace detail

/// Neither infinite nor NaN, whatever the compiler's flags.
template <std::floating_point Scalar>
constexpr bool is_finite(const Scalar& x) {
  return detail::magnitude_bits(x) < detail::infinity_bits<Scalar>;
}

/// NaN, whatever the compiler's flags.
template <std::floating_point Scalar>
constexpr bool is_nan(const Scalar& x) {
  return detail::magnitude_bits(x) > detail::infinity_bits<Scalar>;
}

/// exp(x) = 0 without rounding: a sum of probabilities leaves it out.
template <std::floating_point Scalar>
constexpr bool is_minus_infinity(const Scalar& x) {
  return detail::magnitude_bits(x) == detail::infinity_bits<Scalar> && x < 0;
}

/// Whether low <= x <= high; false for NaN, and for an infinite x.
constexpr bool is_within(const double& x, double low, double high) {
  return is_finite(x) && low <= x && x <= high;
}

/// Whether x > 0; false for NaN.
constexpr bool is_positive(const double& x) { return !is_nan(x) && x > 0; }

/// Infinity, also where the compiler was told that there is none.
template <std::floating_point Scalar>
constexpr Scalar infinity() {
  return detail::from_bits<Scalar>(detail::infinity_bits<Scalar>);
}

/// NaN, also where the compiler was told that there is none.
template <std::floating_point Scalar>
constexpr Scalar not_a_number() {
  return detail::from_bits<Scalar>(
      std::bit_cast<detail::BitsOf<Scalar>>(std::numeric_limits<Scalar>::quiet_NaN()));
}

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
