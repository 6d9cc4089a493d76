#include <cmath>
#include <utility>

#include <doctest/doctest.h>

#include <vaecollapse/core/check.hpp>
#include <vaecollapse/latent/any.hpp>

#include "kit/posteriors.hpp"

using namespace kit;

TEST_CASE("--posterior vmf: its kappa, its sizes, and that it is no Gaussian") {
  const PosteriorChoice choice = parse_posterior("vmf");
  CHECK(choice.text == "vmf(kappa=50)");
  CHECK(parse_posterior("vmf(2.5)").text == "vmf(kappa=2.5)");
  CHECK_FALSE(choice.family.is_gaussian);
  CHECK_THROWS_AS(parse_posterior("vmf(kappa=10001)"), ExpressionError);
  CHECK_THROWS_WITH_AS(try_sizes(choice.family, {4, 1}),
                       "von Mises-Fisher: latent is 1: it must be in [2, 4096]",
                       vaecollapse::Error);
  vaecollapse::Layout layout;
  const auto posterior = choice.family.make(layout, "posterior", {4, 3});
  CHECK(posterior.latent() == 3);
  CHECK(posterior.kl_groups() == 1);
  CHECK_FALSE(posterior.is_gaussian());
  CHECK(posterior.has_prior());
  CHECK(layout.entries().size() == 2);
}

TEST_CASE("--posterior vmf: the rates that its explanation names") {
  const std::pair<double, double> rates[] = {
      {13, 0.7}, {25, 2.3}, {50, 8.1}, {100, 22.8}, {200, 48.8}};
  for (const auto& [kappa, rate] : rates) {
    const PosteriorChoice choice =
        parse_posterior("vmf(kappa=" + std::to_string(static_cast<int>(kappa)) + ")");
    CHECK(std::abs(choice.family.fixed_rate(128) - rate) < 0.05);
  }
}

TEST_CASE("--posterior vmf: an objective that could change nothing is noted") {
  const PosteriorChoice choice = parse_posterior("vmf");
  CHECK(posterior_notes(choice, 32, "elbo(beta=1)").empty());
  const auto notes = posterior_notes(choice, 32, "mdr(rate=30)");
  REQUIRE(notes.size() == 1);
  CHECK(notes[0] ==
        "--objective: with --posterior vmf(kappa=50) the KL is 12.3 nats for every row, so "
        "weights, schedules and floors of the KL change the loss that is shown and nothing that "
        "is learnt");
}
