// Active units against variances worked out by hand.
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include <vaecollapse/metrics/active_units.hpp>

namespace vc = vaecollapse;

namespace {

vc::View<const double> view(const std::vector<double>& values, vc::Index rows) {
  return {values.data(), rows, static_cast<vc::Index>(values.size()) / rows};
}

// Dimension 0 alternates about 1e6: variance 1. Dimension 1: 0.01 exactly (0.1 squared).
// Dimension 2 never moves.
const std::vector<double> means{1e6 - 1, 2.9, 5, 1e6 + 1, 3.1, 5, 1e6 - 1, 2.9, 5, 1e6 + 1, 3.1, 5};

}  // namespace

TEST_CASE("active units: variances of the means, over all of them") {
  vc::ActiveUnits units;
  units.add(view(means, 3));
  const auto variances = units.variances();
  REQUIRE(variances.size() == 3);
  CHECK(variances[0] == doctest::Approx(1).epsilon(1e-12));
  CHECK(variances[1] == doctest::Approx(0.01).epsilon(1e-12));
  CHECK(variances[2] == 0);
}

TEST_CASE("active units: the threshold decides") {
  const auto count = [](double threshold) {
    vc::ActiveUnits units(threshold);
    units.add(view(means, 3));
    return units.count();
  };
  CHECK(count(0) == 2);  // strictly above: what never moves is not active
  CHECK(count(0.0099) == 2);
  CHECK(count(0.0101) == 1);
  CHECK(count(2) == 0);
}

TEST_CASE("active units: pieces give what the whole gives, in float too") {
  vc::ActiveUnits whole, pieces;
  const std::vector<float> codes{1, 2, 3, 5, 8, 13, 21, 34};
  whole.add(vc::View<const float>(codes.data(), 2, 4));
  pieces.add(vc::View<const float>(codes.data(), 2, 1));
  pieces.add(vc::View<const float>(codes.data() + 2, 2, 0));
  pieces.add(vc::View<const float>(codes.data() + 2, 2, 3));
  CHECK(whole.variances() == pieces.variances());
  CHECK(whole.count() == 2);
}

TEST_CASE("active units: a view with a wider leading dimension") {
  vc::ActiveUnits units;
  units.add(vc::View<const double>(means.data() + 1, 2, 4, 3));
  CHECK(units.variances()[0] == doctest::Approx(0.01));
  CHECK(units.variances()[1] == 0);
}

TEST_CASE("active units: divided by one less, as in some published code") {
  vc::ActiveUnits units(0.0101, vc::VarianceDivisor::rows_less_one);
  units.add(view(means, 3));
  CHECK(units.variances()[1] == doctest::Approx(0.01 * 4 / 3).epsilon(1e-12));
  CHECK(units.count() == 2);
}

TEST_CASE("active units: mistakes") {
  vc::ActiveUnits units;
  CHECK_THROWS_WITH_AS(units.count(), "ActiveUnits::variances: no means", vc::Error);
  vc::ActiveUnits one(0.01, vc::VarianceDivisor::rows_less_one);
  one.add(vc::View<const double>(means.data(), 3, 1));
  CHECK_THROWS_WITH_AS(one.count(), "ActiveUnits::variances: one mean, and the divisor is one less",
                       vc::Error);
  units.add(view(means, 3));
  CHECK_THROWS_WITH_AS(units.add(view(means, 2)),
                       "ActiveUnits::add: means is [2 x 6]: there must be 3 rows, as before",
                       vc::ShapeError);
  CHECK_THROWS_WITH_AS(vc::ActiveUnits(-1),
                       "ActiveUnits: threshold is -1.000000: it must be at least 0", vc::Error);
}
