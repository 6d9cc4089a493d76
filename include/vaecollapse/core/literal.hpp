// A number as a template argument: Clang 14 has no `template <double>`, so numbers that name an
// experiment, `MDR<2.5>`, pass through a structural type.
#pragma once

#include <bit>
#include <cstdint>

#include <vaecollapse/config.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

/// A real number usable as a template argument, made from int, float or double; equal numbers
/// give the same type. Compared by bits, so -0.0 and 0.0 are normalised to one.
struct Literal {
  std::uint64_t bits = 0;
  bool given = false;

  constexpr Literal() = default;
  constexpr Literal(double value)
      : bits(std::bit_cast<std::uint64_t>(value == 0.0 ? 0.0 : value)), given(true) {}
  constexpr Literal(int value) : Literal(static_cast<double>(value)) {}
  constexpr Literal(float value) : Literal(static_cast<double>(value)) {}

  constexpr double value() const { return std::bit_cast<double>(bits); }
};

/// The template argument of a policy whose number is given at run time: `MDR<>{2.5}`.
inline constexpr Literal at_run_time{};

/// A number that is a template argument when `Value` was given and a member otherwise.
template <Literal Value>
struct Number {
  constexpr Number() = default;
  constexpr double value() const { return Value.value(); }
};
/// The run-time form: the number is a member.
template <>
struct Number<at_run_time> {
  constexpr Number(double value) : value_(value) {}
  constexpr double value() const { return value_; }

 private:
  double value_;
};

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
