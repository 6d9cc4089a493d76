#include <algorithm>
#include <cstdint>
#include <limits>
#include <vector>

#include <doctest/doctest.h>

#include <vaecollapse/core/team.hpp>
#include <vaecollapse/optim/exponential_average.hpp>

#include "reference.hpp"

namespace vc = vaecollapse;
using vc::test::parameters_of;

namespace {

/// The weights of step t: whole numbers, so that they are exact.
float weight_at(std::uint64_t step, std::size_t i) {
  return static_cast<float>((step * 7 + i * 3) % 11) - 5;
}

/// The shares of the steps in the average after the last of them, by the definition: what step s
/// adds is diminished by every step after it.
std::vector<double> shares(std::uint64_t steps, double decay) {
  const auto decay_of = [&](std::uint64_t t) {
    return std::min(decay, static_cast<double>(t) / static_cast<double>(t + 9));
  };
  std::vector<double> all;
  for (std::uint64_t s = 1; s <= steps; ++s) {
    double share = s == 1 ? 1 : 1 - decay_of(s);
    for (std::uint64_t t = s + 1; t <= steps; ++t) share *= decay_of(t);
    all.push_back(share);
  }
  return all;
}

}  // namespace

TEST_CASE("an average of weights holds each step by its share, and the shares are one in all") {
  constexpr std::size_t size = 9000;  // more than a thread takes at once
  for (const double decay : {0.3, 0.9, 0.999}) {
    std::vector<std::vector<float>> found;
    for (const int threads : {1, 2, 3}) {
      vc::Team team(threads);
      auto weights = parameters_of<float>(size);
      vc::ExponentialAverage average(decay);
      const auto& averaged = average.prepare(weights);
      for (std::uint64_t step = 1; step <= 40; ++step) {
        for (std::size_t i = 0; i < size; ++i) weights.values()[i] = weight_at(step, i);
        average.follow(weights, step, team);
      }
      const auto values = averaged.values();
      found.emplace_back(values.begin(), values.end());
    }
    CHECK(found[1] == found[0]);
    CHECK(found[2] == found[0]);
    const std::vector<double> all = shares(40, decay);
    double sum = 0;
    for (const double share : all) sum += share;
    CHECK(sum == doctest::Approx(1));
    for (const std::size_t i : {std::size_t{0}, std::size_t{4097}, size - 1}) {
      double expected = 0;
      for (std::uint64_t s = 1; s <= 40; ++s) {
        expected += all[s - 1] * static_cast<double>(weight_at(s, i));
      }
      CHECK(static_cast<double>(found[0][i]) == doctest::Approx(expected).epsilon(1e-5));
    }
  }
}

TEST_CASE("an average of weights begins anew with step 1, and with decay 0 there is none") {
  vc::Team team;
  auto weights = parameters_of<float>(3);
  vc::ExponentialAverage average(0.9), none;
  const auto& averaged = average.prepare(weights);
  CHECK(&none.prepare(weights) == &weights);
  for (const std::uint64_t step : {1U, 2U, 3U, 1U}) {
    std::fill_n(weights.values().data(), 3, static_cast<float>(step * step));
    average.follow(weights, step, team);
    none.follow(weights, step, team);
    if (step == 3) CHECK(averaged.values()[1] < 9);
  }
  CHECK(averaged.values()[1] == 1);
  CHECK(&averaged != &weights);
}

TEST_CASE("a decay that is not in [0, 1) is refused") {
  for (const double decay : {-0.1, 1.0, std::numeric_limits<double>::quiet_NaN()}) {
    CHECK_THROWS_AS(vc::ExponentialAverage{decay}, vc::Error);
  }
  CHECK_THROWS_WITH_AS(vc::ExponentialAverage{1.5},
                       "exponential_average: decay is 1.5: it must be in [0, 1)", vc::Error);
}
