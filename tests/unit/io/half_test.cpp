// All values of 16 bits, against the formula of the format.
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <string>

#include <doctest/doctest.h>

#include <vaecollapse/io/half.hpp>

namespace vc = vaecollapse;

namespace {

/// The value of a sign, an exponent and a fraction, by arithmetic in double.
double value_of(unsigned bits, int exponent_bits, int fraction_bits) {
  const int most = (1 << exponent_bits) - 1, bias = most / 2;
  const double sign = (bits >> 15) != 0 ? -1 : 1;
  const int exponent = static_cast<int>(bits >> fraction_bits) & most;
  const double fraction = static_cast<double>(bits & ((1u << fraction_bits) - 1));
  const double part = std::ldexp(fraction, -fraction_bits);
  if (exponent == most) {
    return fraction == 0 ? sign * std::numeric_limits<double>::infinity()
                         : std::numeric_limits<double>::quiet_NaN();
  }
  if (exponent == 0) return sign * std::ldexp(part, 1 - bias);
  return sign * std::ldexp(1 + part, exponent - bias);
}

template <class Widen>
int faults(Widen&& widen, int exponent_bits, int fraction_bits) {
  int count = 0;
  for (unsigned bits = 0; bits < 0x10000; ++bits) {
    const auto found = static_cast<double>(widen(static_cast<std::uint16_t>(bits)));
    const double expected = value_of(bits, exponent_bits, fraction_bits);
    const bool same = std::isnan(expected)
                          ? std::isnan(found)
                          : found == expected && std::signbit(found) == std::signbit(expected);
    if (!same && ++count < 10) MESSAGE(bits << ": " << found << ", expected " << expected);
  }
  return count;
}

}  // namespace

TEST_CASE("every F16 is widened exactly") { CHECK(faults(vc::float_from_f16, 5, 10) == 0); }

TEST_CASE("every BF16 is widened exactly") { CHECK(faults(vc::float_from_bf16, 8, 7) == 0); }

TEST_CASE("the ends of F16 and the payload of a NaN") {
  static_assert(vc::float_from_f16(0x0001) == 0x1p-24f);
  static_assert(vc::float_from_f16(0x03FF) == 1023 * 0x1p-24f);
  static_assert(vc::float_from_f16(0x0400) == 0x1p-14f);
  static_assert(vc::float_from_f16(0x7BFF) == 65504.0f);
  static_assert(vc::float_from_f16(0x3555) == 0x1.554p-2f);
  static_assert(std::bit_cast<std::uint32_t>(vc::float_from_f16(0xFD23)) == 0xFFA46000);
}
