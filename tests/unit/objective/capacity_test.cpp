#include <cmath>
#include <limits>
#include <vector>

#include <doctest/doctest.h>

#include <vaecollapse/objective/capacity.hpp>
#include <vaecollapse/objective/compose.hpp>

#include "support.hpp"

using namespace objective_test;
namespace vc = vaecollapse;

static_assert(vc::RatePolicy<vc::Capacity<60>>);
static_assert(vc::static_controllers<vc::Capacity<60>> == 0);

TEST_CASE("the capacity rises from 0 to the rate, and the rate is pulled to it from both sides") {
  Batch batch{2, {0.5, 1.5, 3.0, 1.0}, {10.0, 20.0}};
  vc::Capacity<> policy(4.0, {.steps = 8, .gamma = 2});
  for (int step = 0; step < 12; ++step) {
    CAPTURE(step);
    const double capacity = step < 8 ? step / 2.0 : 4.0;
    CHECK(policy.capacity() == capacity);
    batch.evaluate(policy);
    const Report report = batch.evaluate(policy);
    CHECK(report.penalty == 2 * std::abs(3.0 - capacity));
    CHECK(report.loss == 15.0 + report.penalty);
    CHECK(report.rate == 3.0);
    CHECK(report.kl_weight == 2.0);
    CHECK(batch.dkl == std::vector<double>(4, step < 6 ? 1.0 : step == 6 ? 0.0 : -1.0));
    CHECK(batch.dnll == std::vector<double>(2, 0.5));
    policy.after_step(report);
  }
  CHECK(policy.step() == 12);
  CHECK(state_of(policy) == "step=12;");
}

TEST_CASE("seeds are the derivative of the loss, on both sides of the capacity") {
  check_seeds(vc::Capacity<60>(), batch_of_five());
  check_seeds(vc::Capacity<60>({.steps = 0, .gamma = 0.7}), batch_of_five());
  CHECK(vc::Capacity<60>({.steps = 0}).capacity() == 60.0);
}

TEST_CASE("a KL that is not a number shows in the loss of the capacity") {
  Batch batch = batch_of_five();
  batch.kl[3] = std::numeric_limits<double>::quiet_NaN();
  CHECK(std::isnan(batch.evaluate(vc::Capacity<60>()).loss));
}

TEST_CASE("numbers below 0 make no capacity") {
  CHECK_THROWS_WITH_AS(vc::Capacity<>(-2.0),
                       "Capacity: rate is -2.000000, it must be at least 0 nats", vc::Error);
  CHECK_THROWS_WITH_AS(vc::Capacity<2>({.gamma = -1}),
                       "Capacity: gamma is -1.000000, it must be at least 0", vc::Error);
}
