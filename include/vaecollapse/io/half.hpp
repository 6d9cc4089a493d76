// The two floating types of 16 bits that files of other tools hold, widened without loss.
#pragma once

#include <bit>
#include <cstdint>

#include <vaecollapse/config.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

/// The value of an IEEE 754 binary16: a sign, 5 bits of exponent, 10 of fraction. Each one is a
/// float too; the payload of a NaN is kept.
constexpr float float_from_f16(std::uint16_t bits) {
  constexpr std::uint32_t exponent_shift = 23, fraction_shift = 23 - 10, bias = 127 - 15;
  const std::uint32_t sign = (bits & 0x8000u) << 16;
  const std::uint32_t exponent = (bits >> 10) & 0x1Fu, fraction = bits & 0x3FFu;
  if (exponent == 0x1Fu) {  // infinite, or no number
    return std::bit_cast<float>(sign | 0x7F80'0000u | fraction << fraction_shift);
  }
  if (exponent != 0) {
    return std::bit_cast<float>(sign | (exponent + bias) << exponent_shift |
                                fraction << fraction_shift);
  }
  if (fraction == 0) return std::bit_cast<float>(sign);
  // A subnormal is fraction * 2^-24; as a float its first one is the hidden bit.
  const auto width = static_cast<std::uint32_t>(std::bit_width(fraction));
  return std::bit_cast<float>(sign | (127 - 25 + width) << exponent_shift |
                              (fraction << (exponent_shift + 1 - width) & 0x7F'FFFFu));
}

/// The value of a bfloat16, which is the upper half of a float.
constexpr float float_from_bf16(std::uint16_t bits) {
  return std::bit_cast<float>(std::uint32_t{bits} << 16);
}

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
