#include <cmath>
#include <limits>
#include <span>
#include <vector>

#include <doctest/doctest.h>

#include <vaecollapse/core/team.hpp>
#include <vaecollapse/optim/clip.hpp>

#include "reference.hpp"

namespace vc = vaecollapse;
using vc::test::parameters_of;

TEST_CASE("the norm of all gradients, and the scale that brings it down") {
  auto parameters = parameters_of<float>(2);
  parameters.gradients()[0] = 3;
  parameters.gradients()[1] = -4;
  CHECK(vc::clip_by_norm(parameters, 1.0).norm == 5);
  CHECK(vc::clip_by_norm(parameters, 1.0).scale == doctest::Approx(0.2).epsilon(1e-6));
  CHECK(vc::clip_by_norm(parameters, 10.0).scale == 1);
  CHECK(parameters.gradients()[1] == -4);
}

TEST_CASE("a gradient of zeros is not divided by") {
  const auto parameters = parameters_of<float>(3);
  CHECK(vc::clip_by_norm(parameters, 1.0).norm == 0);
  CHECK(vc::clip_by_norm(parameters, 1.0).scale == 1);
}

TEST_CASE("the norm has the same bits on any team, and at any size is right") {
  vc::Team team(3);
  for (const vc::Index size : {1, 15, 63, 64, 65, 1000, 12'345}) {
    std::vector<float> x(static_cast<std::size_t>(size));
    double sum = 0;
    for (std::size_t i = 0; i < x.size(); ++i) {
      x[i] = std::sin(static_cast<float>(i));
      sum += static_cast<double>(x[i]) * static_cast<double>(x[i]);
    }
    const double alone = vc::euclidean_norm<float>(x);
    CHECK(alone == doctest::Approx(std::sqrt(sum)).epsilon(1e-13));
    CHECK(vc::euclidean_norm<float>(x, &team) == alone);
  }
  CHECK(vc::euclidean_norm(std::span<const float>()) == 0);
}

TEST_CASE("gradients that are not finite show in the norm") {
  auto parameters = parameters_of<float>(20);
  parameters.gradients()[7] = std::numeric_limits<float>::infinity();
  CHECK(std::isinf(vc::clip_by_norm(parameters, 1.0).norm));
  parameters.gradients()[19] = std::numeric_limits<float>::quiet_NaN();
  CHECK(std::isnan(vc::clip_by_norm(parameters, 1.0).norm));
}

TEST_CASE("a limit that is not positive is refused") {
  const auto parameters = parameters_of<float>(1);
  for (const double limit : {0.0, -1.0, std::numeric_limits<double>::quiet_NaN()}) {
    CHECK_THROWS_WITH_AS((void)vc::clip_by_norm(parameters, limit),
                         "clip_by_norm: max_norm must be positive", vc::Error);
  }
}
