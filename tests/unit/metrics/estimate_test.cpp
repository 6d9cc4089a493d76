// Means of rows and their standard errors, by hand.
#include <cmath>
#include <vector>

#include <doctest/doctest.h>

#include <vaecollapse/metrics/estimate.hpp>

namespace vc = vaecollapse;

TEST_CASE("mean of rows: mean and standard error") {
  const std::vector<double> rows{1, 2, 3, 4, 5};
  const vc::Estimate mean = vc::mean_of_rows(rows);
  CHECK(mean.value == 3);
  CHECK(mean.standard_error == doctest::Approx(std::sqrt(2.5 / 5)));
}

TEST_CASE("mean of rows: one row says nothing of its error, none nothing at all") {
  const std::vector<double> one{7};
  CHECK(vc::mean_of_rows(one).value == 7);
  CHECK(std::isnan(vc::mean_of_rows(one).standard_error));
  CHECK_THROWS_WITH_AS(vc::mean_of_rows({}), "mean_of_rows: there are no rows", vc::Error);
}
