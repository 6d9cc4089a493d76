// The linear probe: what is linear is found, what is noise is not.
#include <cmath>
#include <vector>

#include <doctest/doctest.h>

#include <vaecollapse/metrics/linear_probe.hpp>

namespace vc = vaecollapse;

namespace {

/// Standard normal codes. \shape [2 x points]
std::vector<float> noise(int points) {
  const vc::Draws draws(9, 0);
  std::vector<float> codes;
  for (std::uint32_t i = 0; i < 2 * static_cast<std::uint32_t>(points); ++i) {
    codes.push_back(static_cast<float>(vc::normal(draws.word(vc::Stream::user, i, 0, 0, 0))));
  }
  return codes;
}

vc::LinearProbe probe(const std::vector<float>& codes, const std::vector<int>& labels) {
  return vc::linear_probe({codes.data(), 2, static_cast<vc::Index>(codes.size()) / 2}, labels);
}

}  // namespace

TEST_CASE("linear probe: groups far apart are told apart, whatever their labels are called") {
  std::vector<float> codes = noise(300);
  std::vector<int> labels;
  for (std::size_t i = 0; i < 300; ++i) {
    const std::size_t group = i % 3;
    codes[2 * i] += group == 0 ? 40.0F : 0.0F;
    codes[2 * i + 1] += group == 1 ? 40.0F : 0.0F;
    labels.push_back(group == 0 ? -7 : group == 1 ? 1000 : 3);
  }
  const vc::LinearProbe found = probe(codes, labels);
  CHECK(found.accuracy == 1);
  CHECK(found.chance < 0.45);
}

TEST_CASE("linear probe: labels that are noise are guessed by chance only") {
  const std::vector<float> codes = noise(400);
  std::vector<int> labels;
  for (int i = 0; i < 400; ++i) labels.push_back(i % 2);
  // 5 standard deviations of 400 fair coins: 0.125; a false alarm in 2 million.
  CHECK(std::abs(probe(codes, labels).accuracy - 0.5) < 0.125);
}

TEST_CASE("linear probe: one label is always right") {
  const vc::LinearProbe found = probe(noise(4), {5, 5, 5, 5});
  CHECK(found.accuracy == 1);
  CHECK(found.chance == 1);
}

TEST_CASE("linear probe: mistakes") {
  CHECK_THROWS_WITH_AS(
      probe(noise(2), {1}),
      "linear_probe: z is [2 x 2], labels is [1]: there must be a label for each column",
      vc::ShapeError);
  CHECK_THROWS_WITH_AS(
      probe(noise(1), {1}),
      "linear_probe: points are 1, ridge is 0.010000: they must be at least 2, and more than 0",
      vc::Error);
}
