// What the tests of draws share.
#pragma once

#include <cstdint>

namespace rng_test {

// The statistical tests have fixed seeds: they pass always or never. Each threshold is where a
// right generator with a fresh seed would fail with probability 1e-6.
constexpr double normal_limit = 4.892;  // two-sided

struct Fnv {
  std::uint64_t hash = 14695981039346656037u;
  void operator()(std::uint32_t word) { hash = (hash ^ word) * 1099511628211u; }
};

}  // namespace rng_test
