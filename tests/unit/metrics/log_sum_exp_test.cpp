// log sum exp against its definition, and where the definition overflows.
#include <cmath>
#include <limits>

#include <doctest/doctest.h>

#include <vaecollapse/metrics/log_sum_exp.hpp>

namespace vc = vaecollapse;

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

}  // namespace

TEST_CASE("log sum exp: in any order") {
  vc::LogSumExp rising, falling;
  for (int i = -3; i <= 3; ++i) {
    rising.add(0.5 * i);
    falling.add(-0.5 * i);
  }
  double sum = 0;
  for (int i = -3; i <= 3; ++i) sum += std::exp(0.5 * i);
  CHECK(rising.value() == doctest::Approx(std::log(sum)).epsilon(1e-14));
  CHECK(falling.value() == doctest::Approx(std::log(sum)).epsilon(1e-14));
}

TEST_CASE("log sum exp: numbers whose exp is none") {
  vc::LogSumExp low, high;
  for (int i = 0; i < 4; ++i) {
    low.add(-1e5);
    high.add(1e5);
  }
  CHECK(low.value() == doctest::Approx(-1e5 + std::log(4)).epsilon(1e-15));
  CHECK(high.value() == doctest::Approx(1e5 + std::log(4)).epsilon(1e-15));
}

TEST_CASE("log sum exp: nothing, and minus infinity, which is nothing") {
  vc::LogSumExp sum;
  CHECK(sum.value() == -infinity);
  sum.add(-infinity);
  CHECK(sum.value() == -infinity);
  sum.add(2);
  sum.add(-infinity);
  CHECK(sum.value() == 2);
}

TEST_CASE("log sum exp: NaN, before and after a number, is not lost") {
  constexpr double nan = std::numeric_limits<double>::quiet_NaN();
  vc::LogSumExp first, last, only;
  first.add(nan);
  first.add(1);
  last.add(1);
  last.add(nan);
  only.add(nan);
  CHECK(std::isnan(first.value()));
  CHECK(std::isnan(last.value()));
  CHECK(std::isnan(only.value()));
}
