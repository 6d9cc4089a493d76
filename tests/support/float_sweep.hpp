// Runs the float functions of simd/math.hpp over the floats, by bit pattern, and measures their
// error against the double precision library: every stride-th for the fast test, all for the slow.
#pragma once

#include <bit>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <limits>
#include <span>
#include <support/exact.hpp>
#include <vector>

#include <doctest/doctest.h>

#include <vaecollapse/simd/math.hpp>

namespace vaecollapse_tests {

using ArrayFunction = void (*)(std::span<const float>, std::span<float>);
using Reference = double (*)(double);

/// A function, the truth, and the largest error in units in the last place that it may show.
struct SweptFunction {
  const char* name;
  ArrayFunction function;
  Reference truth;
  double allowed_ulp;
};

// Where the answer is plain to a double, the references do without the library: nearly all floats
// are very small or very large, and the whole range should take a minute.

inline double true_exp(double x) {
  if (std::abs(x) < 1e-9) return 1 + x;
  if (x < -150) return 0;
  if (x > 150) return std::numeric_limits<double>::infinity();
  return std::exp(x);
}

inline double true_expm1(double x) {
  if (std::abs(x) < 1e-5) return x + x * x / 2;
  if (x < -60) return -1;
  if (x > 150) return std::numeric_limits<double>::infinity();
  return std::expm1(x);
}

inline double true_expm1_minus_x(double x) {
  if (std::abs(x) < 1e-5) return x * x / 2 * (1 + x / 3);
  if (!(std::abs(x) <= 1)) return true_expm1(x) - (x > 150 ? 0 : x);
  return exact_expm1_minus_x(x);
}

inline double true_log(double x) {
  return x < 0 ? std::numeric_limits<double>::quiet_NaN() : std::log(x);
}

inline double true_tanh(double x) {
  if (std::abs(x) < 1e-5) return x - x * x * x / 3;
  if (std::abs(x) > 30) return std::copysign(1.0, x);
  return std::tanh(x);
}

inline double true_sigmoid(double x) {
  if (std::abs(x) < 1e-9) return 0.5 + x / 4;
  if (x < -150) return 0;
  if (x > 60) return 1;
  return 1 / (1 + std::exp(-x));
}

inline double true_softplus(double x) {
  if (std::abs(x) < 1e-9) return 0.69314718055994531 + x / 2;
  if (x < -150) return 0;
  if (x > 60) return x;
  return x > 0 ? x + std::log1p(std::exp(-x)) : std::log1p(std::exp(x));
}

/// The errors that the documentation of simd/math.hpp states, measured over every float
/// on AVX-512, AVX2 and SSE2.
inline const SweptFunction swept_functions[] = {
    {"exp", vaecollapse::simd::exp<float>, true_exp, 1.01},
    {"expm1", vaecollapse::simd::expm1<float>, true_expm1, 1.6},
    {"expm1_minus_x", vaecollapse::simd::expm1_minus_x<float>, true_expm1_minus_x, 3.0},
    {"log", vaecollapse::simd::log<float>, true_log, 0.96},
    {"tanh", vaecollapse::simd::tanh<float>, true_tanh, 2.67},
    {"sigmoid", vaecollapse::simd::sigmoid<float>, true_sigmoid, 2.5},
    {"softplus", vaecollapse::simd::softplus<float>, true_softplus, 2.05},
};

struct Sweep {
  double worst_ulp = 0;
  float worst_at = 0;
  std::uint64_t wrong = 0;  ///< NaN, infinity, zero or sign where it should not be.
  float wrong_at = 0;
};

/// Judges one result. Results below the smallest normal number may be anything from zero up to it.
inline void judge(Sweep& sweep, float x, double truth, float result) {
  constexpr double smallest = std::numeric_limits<float>::min();
  const float rounded = static_cast<float>(truth);
  const double size = std::abs(truth);
  bool right = true;
  if (std::isnan(truth)) {
    right = std::isnan(result);
  } else if (std::isinf(rounded) || std::isinf(result) || rounded == 0) {
    right = result == rounded;
  } else if (size < smallest) {
    right = std::abs(double(result)) <= smallest && double(result) * truth >= 0;
  } else {
    // The power of two at or below `size`, by its bits: this runs 2^32 times.
    const std::uint64_t exponent = std::bit_cast<std::uint64_t>(size) >> 52 << 52;
    const double ulp = std::bit_cast<double>(exponent) * 0x1p-23;
    const double error = std::abs(double(result) - truth) / ulp;
    right = !std::isnan(error);
    if (error > sweep.worst_ulp) {
      sweep.worst_ulp = error;
      sweep.worst_at = x;
    }
  }
  if (!right) {
    ++sweep.wrong;
    sweep.wrong_at = x;
  }
}

/// Every `stride`-th of the 2^32 floats.
inline Sweep sweep_floats(const SweptFunction& swept, std::uint64_t stride) {
  constexpr std::uint64_t all = std::uint64_t{1} << 32;
  constexpr std::size_t block = 4096;
  Sweep sweep;
  std::vector<float> in(block), out(block);
  for (std::uint64_t pattern = 0; pattern < all;) {
    std::size_t n = 0;
    for (; n < block && pattern < all; ++n, pattern += stride)
      in[n] = std::bit_cast<float>(static_cast<std::uint32_t>(pattern));
    swept.function(std::span(in).first(n), std::span(out).first(n));
    for (std::size_t i = 0; i < n; ++i) judge(sweep, in[i], swept.truth(in[i]), out[i]);
  }
  return sweep;
}

inline void check_floats(std::uint64_t stride) {
  for (const SweptFunction& swept : swept_functions) {
    const Sweep sweep = sweep_floats(swept, stride);
    char report[160];
    std::snprintf(report, sizeof report, "%s: %.3f ulp at %.9g, %llu wrong, the last at %.9g",
                  swept.name, sweep.worst_ulp, double(sweep.worst_at),
                  static_cast<unsigned long long>(sweep.wrong), double(sweep.wrong_at));
    INFO(report);
    if (stride == 1) MESSAGE(report);
    CHECK(sweep.worst_ulp <= swept.allowed_ulp);
    CHECK(sweep.wrong == 0);
  }
}

}  // namespace vaecollapse_tests
