#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include <vaecollapse/objective/compose.hpp>
#include <vaecollapse/objective/free_bits.hpp>
#include <vaecollapse/objective/soft_free_bits.hpp>

#include "support.hpp"

using namespace objective_test;
namespace vc = vaecollapse;

static_assert(vc::Controller<vc::SoftFreeBits<60>>);
static_assert(vc::Controller<vc::SoftFreeBits<>>);

namespace {

/// The weight after one step in which the raw rate was `rate`.
template <class Policy>
double weight_after(Policy policy, double rate) {
  policy.after_step({.rate = rate});
  return policy.weight();
}

/// At the weight 1.1^-9, well inside its bounds.
vc::SoftFreeBits<> in_the_middle(double rate) {
  vc::SoftFreeBits<> policy(rate);
  for (int step = 0; step < 9; ++step) policy.after_step({.rate = 0});
  return policy;
}

}  // namespace

TEST_CASE("soft free bits begins as the ELBO; the weight scales the KL alone") {
  Batch batch{2, {0.5, 1.5, 3.0, 1.0}, {10.0, 20.0}};
  vc::SoftFreeBits<> policy(60.0, {.alpha = 1});
  CHECK(batch.evaluate(policy).loss == 18.0);
  policy.after_step({.rate = 3.0});
  const Report report = batch.evaluate(policy);
  CHECK(report.loss == 16.5);
  CHECK(report.rate == 3.0);
  CHECK(report.kl_weight == 0.5);
  CHECK(report.multiplier == 0.0);
  CHECK(batch.dkl == std::vector<double>(4, 0.25));
  CHECK(batch.dnll == std::vector<double>(2, 0.5));
  check_seeds(policy, batch_of_five());
}

TEST_CASE("the weight falls below the band, rests within it, borders too, and rises above") {
  const vc::SoftFreeBits<> policy = in_the_middle(100.0);
  const double weight = policy.weight();
  CHECK(weight == doctest::Approx(0.4240976).epsilon(1e-7));
  CHECK(weight_after(policy, 99.9) == doctest::Approx(weight / 1.1).epsilon(1e-14));
  CHECK(weight_after(policy, 100.0) == weight);
  CHECK(weight_after(policy, 103.0) == weight);
  CHECK(weight_after(policy, 105.0) == weight);
  CHECK(weight_after(policy, 105.1) == doctest::Approx(weight * 1.1).epsilon(1e-14));
}

TEST_CASE("the weight stays between 0.01 and 1") {
  vc::SoftFreeBits<> policy(5.0);
  CHECK(weight_after(policy, 50.0) == 1.0);
  for (int step = 0; step < 100; ++step) policy.after_step({.rate = 1});
  CHECK(policy.weight() == 0.01);
  for (int step = 0; step < 100; ++step) policy.after_step({.rate = 50});
  CHECK(policy.weight() == 1.0);
}

TEST_CASE("soft free bits holds its band where the rate follows the weight slowly") {
  // The rate goes a thousandth of the way to that of the beta-VAE on data of eigenvalue e^8.
  vc::SoftFreeBits<> policy(2.0);
  double rate = 0;
  for (int step = 0; step < 20'000; ++step) {
    const double wanted = 0.5 * (8 - std::log(policy.weight()));
    rate += 1e-3 * (wanted - 4 - rate);
    policy.after_step({.rate = rate});
    if (step > 15'000) {
      CAPTURE(step);
      CHECK(rate > 2.0 * 0.99);
      CHECK(rate < 2.1 * 1.01);
    }
  }
}

TEST_CASE("over another policy: the weight is on what that makes of the KL") {
  Batch batch = batch_of_five();
  const Report gate = batch.evaluate(vc::FreeBits<3>{4.5});
  vc::Controlled controlled(vc::SoftFreeBits<60>({.alpha = 1}), vc::FreeBits<3>{4.5});
  controlled.after_step(batch.evaluate(controlled));
  const Report report = batch.evaluate(controlled);
  CHECK(report.penalty == 0.5 * gate.penalty);
  CHECK(report.kl_weight == 0.5);
  check_seeds(controlled, batch_of_five());
}

TEST_CASE("the template and the run-time form of soft free bits learn the same") {
  vc::SoftFreeBits<2.5> literal({.alpha = 0.3});
  vc::SoftFreeBits<> run_time(2.5, {.alpha = 0.3});
  CHECK(literal.rate() == 2.5);
  for (const double rate : {1.0, 2.0, 2.6, 5.0, 1.0}) {
    literal.after_step({.rate = rate});
    run_time.after_step({.rate = rate});
    CHECK(literal.weight() == run_time.weight());
  }
  CHECK(state_of(literal) == "weight=0.591716;");
}

TEST_CASE("numbers below 0 make no soft free bits") {
  CHECK_THROWS_WITH_AS(vc::SoftFreeBits<>(-2.0),
                       "SoftFreeBits: rate is -2.000000, it must be at least 0 nats", vc::Error);
  CHECK_THROWS_WITH_AS(vc::SoftFreeBits<>(2.0, {.alpha = -0.1}),
                       "SoftFreeBits: alpha is -0.100000, it must be at least 0", vc::Error);
  CHECK_THROWS_WITH_AS(vc::SoftFreeBits<2>({.epsilon = -0.5}),
                       "SoftFreeBits: epsilon is -0.500000, it must be at least 0", vc::Error);
  CHECK_THROWS_AS(vc::SoftFreeBits<>{std::numeric_limits<double>::infinity()}, vc::Error);
}
