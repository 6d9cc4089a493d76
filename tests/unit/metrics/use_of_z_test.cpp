// Ablations: differences row by row.
#include <cmath>

#include <doctest/doctest.h>

#include <vaecollapse/metrics/use_of_z.hpp>

namespace vc = vaecollapse;

TEST_CASE("ablation: what makes a row hard cancels") {
  const vc::RowOutcomes own{{1, 10, 100}, {1, 1, 0}};
  const vc::RowOutcomes changed{{3, 12, 102}, {0, 1, 1}};
  const vc::Ablation found = vc::ablation(own, changed);
  CHECK(found.nll_rise.value == doctest::Approx(2));
  CHECK(found.nll_rise.standard_error == doctest::Approx(0));
  CHECK(found.accuracy_fall.value == doctest::Approx(0));
  CHECK(found.accuracy_fall.standard_error == doctest::Approx(std::sqrt(1.0 / 3)));
}

TEST_CASE("ablation: rows must be the same") {
  CHECK_THROWS_WITH_AS(vc::ablation({{1, 2}, {1, 1}}, {{1}, {1}}),
                       "ablation: rows are 1 and 2: they must be the same rows", vc::Error);
  CHECK_THROWS_WITH_AS(vc::ablation({}, {}), "mean_of_rows: there are no rows", vc::Error);
}
