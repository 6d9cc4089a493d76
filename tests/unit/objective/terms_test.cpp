#include <vector>

#include <doctest/doctest.h>

#include <vaecollapse/objective/terms.hpp>

#include "support.hpp"

using namespace objective_test;
namespace vc = vaecollapse;

TEST_CASE("reconstruction: mean NLL, its seeds, the raw rate, and KL seeds of 0") {
  Batch batch{2, {0.5, 1.5, 3.0, 1.0}, {10.0, 20.0}};
  Seeds seeds = batch.seeds();
  const Report report = vc::report_reconstruction("test", batch.terms(), seeds);
  CHECK(report.nll == 15.0);
  CHECK(report.rate == 3.0);
  CHECK(report.loss == 15.0);
  CHECK(report.penalty == 0.0);
  CHECK(batch.dnll == std::vector<double>{0.5, 0.5});
  CHECK(batch.dkl == std::vector<double>(4, 0.0));
}

TEST_CASE("views with a leading dimension: only the entries inside are read and written") {
  std::vector<double> kl{1, 2, -99, 3, 4, -99}, dkl(6, 77.0), nll{1, 1}, dnll(2);
  const Terms terms{View<const double>(kl.data(), 2, 2, 3), nll};
  Seeds seeds{View<double>(dkl.data(), 2, 2, 3), dnll};
  CHECK(vc::report_reconstruction("test", terms, seeds).rate == 5.0);
  CHECK(dkl == std::vector<double>{0, 0, 77, 0, 0, 77});
}

TEST_CASE("paying for the rate: one value, and one slope for every KL") {
  Batch batch{2, {0.5, 1.5, 3.0, 1.0}, {10.0, 20.0}};
  Seeds seeds = batch.seeds();
  Report report = vc::report_reconstruction("test", batch.terms(), seeds);
  vc::pay_for_rate(7.0, 0.25, seeds, report);
  CHECK(report.penalty == 7.0);
  CHECK(report.loss == 22.0);
  CHECK(report.rate == 3.0);
  CHECK(batch.dkl == std::vector<double>(4, 0.125));
  CHECK(batch.dnll == std::vector<double>(2, 0.5));
}

TEST_CASE("scaling touches penalty, weight and KL seeds, not the rate") {
  Batch batch{1, {2.0}, {1.0}};
  Seeds seeds = batch.seeds();
  Report report = vc::report_reconstruction("test", batch.terms(), seeds);
  vc::fill(seeds.kl, 1);
  report.penalty = 2;
  vc::scale_penalty(0.25, seeds, report);
  CHECK(report.penalty == 0.5);
  CHECK(report.loss == 1.5);
  CHECK(report.kl_weight == 0.25);
  CHECK(report.rate == 2.0);
  CHECK(batch.dkl[0] == 0.25);
  CHECK(batch.dnll[0] == 1.0);
}

TEST_CASE("shapes that do not fit are named") {
  Batch batch{2, {1, 2, 3, 4}, {1, 2}};
  Seeds seeds = batch.seeds();
  const Terms terms = batch.terms();
  const auto evaluate = [&](const Terms& given) {
    vc::report_reconstruction("policy", given, seeds);
  };
  CHECK_THROWS_WITH_AS(evaluate({terms.kl, terms.nll.first(1)}),
                       "policy: kl is [2 x 2], nll is [1]: nll must have one entry for each "
                       "column of kl",
                       vc::ShapeError);
  CHECK_THROWS_WITH_AS(evaluate({terms.kl.middle_columns(0, 0), {}}),
                       "policy: kl is [2 x 0], nll is [0]: the batch must not be empty",
                       vc::ShapeError);
  seeds.kl = seeds.kl.middle_rows(0, 1);
  CHECK_THROWS_WITH_AS(evaluate(terms),
                       "policy: kl is [2 x 2], dkl is [1 x 2], nll is [2], dnll is "
                       "[2]: seeds must have the shapes of the terms",
                       vc::ShapeError);
}
