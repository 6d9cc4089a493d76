#include <limits>
#include <vector>

#include <doctest/doctest.h>

#include <vaecollapse/objective/concepts.hpp>
#include <vaecollapse/objective/elbo.hpp>

#include "support.hpp"

using namespace objective_test;
namespace vc = vaecollapse;

TEST_CASE("the ELBO is NLL plus the mean KL, beta scales the KL alone") {
  Batch batch{2, {0.5, 1.5, 3.0, 1.0}, {10.0, 20.0}};
  const Report plain = batch.evaluate(vc::Elbo());
  CHECK(plain.loss == 18.0);
  CHECK(plain.penalty == 3.0);
  CHECK(plain.kl_weight == 1.0);
  CHECK(plain.multiplier == 0.0);
  CHECK(batch.dkl == std::vector<double>(4, 0.5));
  const Report half = batch.evaluate(vc::Elbo{0.5});
  CHECK(half.loss == 16.5);
  CHECK(half.nll == 15.0);
  CHECK(half.rate == 3.0);
  CHECK(half.kl_weight == 0.5);
  CHECK(batch.dkl == std::vector<double>(4, 0.25));
  CHECK(batch.dnll == std::vector<double>(2, 0.5));
}

TEST_CASE("seeds are the derivative of the loss") {
  check_seeds(vc::Elbo(), batch_of_five());
  check_seeds(vc::Elbo{0.3}, batch_of_five());
  check_seeds(vc::Elbo{0}, batch_of_five());
  check_seeds(vc::Elbo(), Batch{1, {2.5}, {4.0}});
}

TEST_CASE("the beta-VAE with its beta in the type is the ELBO with that beta") {
  static_assert(vc::RatePolicy<vc::BetaVae<0.5>>);
  Batch batch = batch_of_five(), twin = batch_of_five();
  CHECK(batch.evaluate(vc::BetaVae<0.5>()).loss == twin.evaluate(vc::Elbo(0.5)).loss);
  CHECK(batch.dkl == twin.dkl);
  CHECK(vc::BetaVae<2>().beta() == 2.0);
}

TEST_CASE("a beta below 0 or not finite is refused") {
  CHECK_THROWS_WITH_AS(vc::Elbo{-1}, "Elbo: beta is -1.000000, it must be at least 0", vc::Error);
  CHECK_THROWS_AS(vc::Elbo{std::numeric_limits<double>::quiet_NaN()}, vc::Error);
  CHECK_THROWS_AS(vc::Elbo{std::numeric_limits<double>::infinity()}, vc::Error);
}
