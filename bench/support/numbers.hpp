// Made-up numbers, the same each time, and how far computed ones are from what they should be.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

#include <vaecollapse/core/rng.hpp>
#include <vaecollapse/core/shape.hpp>

namespace vaecollapse::bench {

/// Fills n numbers, uniform on (low, high), rounded to float so that every precision has the same.
template <class Scalar>
void fill_uniform(std::uint32_t seed, double low, double high, Index n, Scalar* to) {
  const Draws draws(Seed{seed}, 0);
  for (Index i = 0; i < n; ++i) {
    const double u = draws.uniform(Stream::user, static_cast<std::uint32_t>(i), 0, 0, 0);
    to[i] = static_cast<Scalar>(static_cast<float>(low + (high - low) * u));
  }
}

inline std::vector<float> uniform(std::uint32_t seed, double low, double high, Index n) {
  std::vector<float> numbers(static_cast<std::size_t>(n));
  fill_uniform(seed, low, high, n, numbers.data());
  return numbers;
}

/// The largest difference, as a share of the largest number that is expected; infinite where
/// something is not a number.
template <class Found, class Expected>
double disagreement(Index n, const Found* found, const Expected* expected) {
  double difference = 0, largest = std::numeric_limits<double>::min();
  for (Index i = 0; i < n; ++i) {
    const double e = static_cast<double>(expected[i]);
    const double d = std::abs(static_cast<double>(found[i]) - e);
    if (!(d <= difference)) difference = std::isnan(d) ? HUGE_VAL : d;
    largest = std::max(largest, std::abs(e));
  }
  return difference / largest;
}

}  // namespace vaecollapse::bench
