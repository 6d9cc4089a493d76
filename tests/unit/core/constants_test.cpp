#include <cmath>
#include <numbers>

#include <doctest/doctest.h>

#include <vaecollapse/core/constants.hpp>

TEST_CASE("log_2pi is the logarithm of 2 pi, to the last bit or the one before") {
  const double expected = std::log(2 * std::numbers::pi);
  CHECK(std::abs(vaecollapse::log_2pi - expected) <= 3e-16);
}
