#include <vector>

#include <doctest/doctest.h>

#include <vaecollapse/diagnose/row_scores.hpp>

using namespace vaecollapse;

TEST_CASE("scores of rows: the verdict on the figures of the rows, whichever there are") {
  // 100 rows, none right: with the z of another word they are 5 % further off, and 3 nats dearer.
  RowScores rows;
  rows.right.assign(100, 0);
  rows.right_permuted.assign(100, 0);
  rows.distance.assign(100, 6.0);
  rows.distance_permuted.assign(100, 6.3);
  CollapseFigures figures{.nll = 19, .rate = 12};
  figures.permuted.nll_rise = {3.0, 0.3};
  figures.kl_price = 1;
  CHECK(rows.verdict().health == judge(figures).health);
  CHECK(rows.verdict().has_collapsed() == judge(figures).has_collapsed());
  rows.nll.assign(100, 19);
  rows.rate.assign(100, 12);
  rows.nll_permuted.assign(100, 22);
  CHECK(rows.verdict().health == judge(figures).health);
  // Of the plain ELBO on Turkish: guesses change, but a word costs hardly more.
  rows.nll.assign(100, 14.3);
  rows.rate.assign(100, 0.4);
  rows.nll_permuted.assign(100, 14.83);
  CHECK(rows.verdict().has_collapsed());
  CHECK(rows.verdict().health == Health::collapsed);
  // A way round z: the rate is high, and no word comes out worse.
  rows.right.assign(100, 1);
  rows.right_permuted.assign(100, 1);
  rows.rate.assign(100, 60);
  rows.nll.assign(100, 1);
  rows.nll_permuted.assign(100, 1.2);
  CHECK(rows.verdict().health == Health::rate_unused);
}

TEST_CASE("scores of rows: of sequences by z of as many places, rows alone in theirs left out") {
  RowScores rows;
  rows.places = {3, 3, 4, 4, 5};
  rows.nll.assign(5, 1);
  rows.rate.assign(5, 100);
  rows.length_rate.assign(5, 2);
  rows.nll_permuted = {31, 32, 33, 34, 35};
  rows.nll_permuted_in_length = {25, 26, 27, 28, 1};
  CHECK(rows.verdict().health == Health::healthy);
  CHECK(rows.verdict().evidence[1] ==
        "with the z of another word of as many places the NLL changes by +25.50 +- 0.65 nats");
  rows.nll_permuted_in_length.assign(5, 1);
  CHECK(rows.verdict().health == Health::only_length_used);
  rows.nll_permuted = rows.nll;
  CHECK(rows.verdict().health == Health::rate_unused);
}

TEST_CASE("scores of rows: the ELBO of each") {
  RowScores rows;
  rows.nll = {3, 1};
  rows.rate = {0.5, 2};
  CHECK(rows.elbo() == std::vector<double>{-3.5, -3});
}
