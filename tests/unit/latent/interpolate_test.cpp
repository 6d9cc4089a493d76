#include <cmath>
#include <numbers>
#include <vector>

#include <doctest/doctest.h>

#include <vaecollapse/latent/interpolate.hpp>

namespace vc = vaecollapse;

namespace {

double length(const std::vector<float>& code) {
  double squares = 0;
  for (const float x : code) squares += static_cast<double>(x) * static_cast<double>(x);
  return std::sqrt(squares);
}

}  // namespace

TEST_CASE("interpolate: both paths end where they should") {
  const std::vector<float> a{1, -2, 0.5F}, b{3, 0, -1};
  for (const vc::Interpolation path : {vc::Interpolation::linear, vc::Interpolation::spherical}) {
    const auto first = vc::interpolate(a, b, 0, path), last = vc::interpolate(a, b, 1, path);
    for (std::size_t d = 0; d < a.size(); ++d) {
      CHECK(first[d] == doctest::Approx(a[d]));
      CHECK(last[d] == doctest::Approx(b[d]));
    }
  }
}

TEST_CASE("interpolate: the middle of a straight line is the mean") {
  CHECK(vc::interpolate(std::vector<float>{1, -2}, std::vector<float>{3, 0}, 0.5) ==
        std::vector<float>{2, -1});
}

TEST_CASE("interpolate: a spherical path keeps the length and turns evenly") {
  const std::vector<float> a{2, 0}, b{0, 2};
  for (const double t : {0.25, 0.5, 0.75}) {
    const auto code = vc::interpolate(a, b, t, vc::Interpolation::spherical);
    CHECK(length(code) == doctest::Approx(2));
    CHECK(std::atan2(static_cast<double>(code[1]), static_cast<double>(code[0])) ==
          doctest::Approx(t * std::numbers::pi / 2));
  }
  CHECK(length(vc::interpolate(a, b, 0.5)) == doctest::Approx(std::numbers::sqrt2));
}

TEST_CASE("interpolate: without an angle the spherical path is straight") {
  const std::vector<float> zero{0, 0}, a{1, 2}, back{-1, -2}, twice{2, 4};
  for (const auto& other : {zero, back, twice}) {
    CHECK(vc::interpolate(a, other, 0.25, vc::Interpolation::spherical) ==
          vc::interpolate(a, other, 0.25, vc::Interpolation::linear));
  }
}

TEST_CASE("interpolate: codes of two sizes") {
  CHECK_THROWS_WITH_AS(vc::interpolate(std::vector<float>{1}, std::vector<float>{1, 2}, 0.5),
                       "interpolate: a is [1], b is [2]: both must have the same dimensions",
                       vc::ShapeError);
}
