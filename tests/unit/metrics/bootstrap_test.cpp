// The bootstrap against closed forms.
#include <cmath>
#include <vector>

#include <doctest/doctest.h>

#include <vaecollapse/metrics/bootstrap.hpp>

namespace vc = vaecollapse;

namespace {

vc::Interval interval(const std::vector<double>& values, vc::Index runs,
                      vc::BootstrapOptions options = {}) {
  const auto rows = static_cast<vc::Index>(values.size()) / runs;
  return vc::Bootstrap(runs, rows, options)({values.data(), runs, rows});
}

}  // namespace

TEST_CASE("bootstrap: of one value, or of equal ones, the interval is the mean") {
  for (const auto& result : {interval({3}, 1), interval({3, 3, 3, 3}, 2)}) {
    CHECK(result.mean == 3);
    CHECK(result.low == 3);
    CHECK(result.high == 3);
  }
}

TEST_CASE("bootstrap: rows of right and wrong have the binomial's interval") {
  // 300 of 1000 rows: the mean's standard error is sqrt(0.3 0.7 / 1000) = 0.01449. A quantile of
  // 4000 replicates strays by 2.67 / sqrt(4000) of that, 0.0006: 0.003 is five times as much.
  std::vector<double> rows(1000);
  for (std::size_t i = 0; i < 300; ++i) rows[i] = 1;
  const auto result = interval(rows, 1, {.replicates = 4000});
  CHECK(result.mean == doctest::Approx(0.3));
  CHECK(std::abs(result.low - (0.3 - 1.96 * 0.01449)) < 0.003);
  CHECK(std::abs(result.high - (0.3 + 1.96 * 0.01449)) < 0.003);
  const auto narrow = interval(rows, 1, {.replicates = 4000, .level = 0.5});
  CHECK(std::abs(narrow.low - (0.3 - 0.6745 * 0.01449)) < 0.003);
}

TEST_CASE("bootstrap: runs are resampled, a row for all of them at once") {
  // Runs that differ while their rows do not: only runs matter. Two runs, 0 and 1: the mean of a
  // replicate is 0, 1/2 or 1 with probability 1/4, 1/2, 1/4.
  const std::vector<double> runs{0, 1, 0, 1, 0, 1};
  CHECK(interval(runs, 2).low == 0);
  CHECK(interval(runs, 2).high == 1);
  CHECK(interval(runs, 2, {.level = 0.4}).low == 0.5);
  CHECK(interval(runs, 2, {.level = 0.4}).high == 0.5);
  // Rows that differ while runs agree: ten runs tell no more than one.
  std::vector<double> rows(1000);
  for (std::size_t i = 0; i < 1000; i += 20) rows[i] = 1;
  std::vector<double> ten;
  for (const double row : rows) ten.insert(ten.end(), 10, row);
  const auto one = interval(rows, 1), all = interval(ten, 10);
  CHECK(all.mean == doctest::Approx(one.mean));
  CHECK(all.high - all.low == doctest::Approx(one.high - one.low));
}

TEST_CASE("bootstrap: the seed decides") {
  std::vector<double> rows;
  for (int i = 0; i < 50; ++i) rows.push_back(std::sin(i));
  const auto first = interval(rows, 1), again = interval(rows, 1);
  CHECK(first.low == again.low);
  CHECK(first.high == again.high);
  CHECK(first.low != interval(rows, 1, {.seed = vc::Seed(2)}).low);
}

TEST_CASE("bootstrap: mistakes") {
  CHECK_THROWS_WITH_AS(interval({}, 1),
                       "Bootstrap: runs are 1, rows are 0: there must be one at least of both",
                       vc::Error);
  const char* options =
      "Bootstrap: level is 1.000000, replicates are 2000: the level must be in (0, 1), and "
      "replicates at least 1";
  CHECK_THROWS_WITH_AS(interval({1}, 1, {.level = 1}), options, vc::Error);
  CHECK_THROWS_AS(interval({1}, 1, {.replicates = 0}), vc::Error);
  const std::vector<double> values(6);
  CHECK_THROWS_WITH_AS(vc::Bootstrap(2, 3)({values.data(), 3, 2}),
                       "Bootstrap: values is [3 x 2]: there must be 2 runs x 3 rows",
                       vc::ShapeError);
}
