#include <cmath>
#include <limits>
#include <vector>

#include <doctest/doctest.h>

#include <vaecollapse/objective/compose.hpp>
#include <vaecollapse/objective/free_bits.hpp>
#include <vaecollapse/objective/hinge.hpp>

#include "support.hpp"

using namespace objective_test;
namespace vc = vaecollapse;

static_assert(vc::RatePolicy<vc::Hinge<60>>);
static_assert(vc::static_controllers<vc::Hinge<60>> == 0);

TEST_CASE("the hinge: a missing nat costs gamma, and one that is there 1") {
  Batch batch{2, {0.5, 1.5, 3.0, 1.0}, {10.0, 20.0}};
  const Report below = batch.evaluate(vc::Hinge<5>());
  CHECK(below.penalty == 3.0 + 2 * 2.0);
  CHECK(below.loss == 22.0);
  CHECK(below.rate == 3.0);
  CHECK(below.kl_weight == 1.0);
  CHECK(batch.dkl == std::vector<double>(4, -0.5));
  CHECK(batch.dnll == std::vector<double>(2, 0.5));
  const Report above = batch.evaluate(vc::Hinge<2.5>());
  CHECK(above.penalty == 3.0);
  CHECK(batch.dkl == std::vector<double>(4, 0.5));
  CHECK(batch.evaluate(vc::Hinge<>(5, {.gamma = 3.5})).penalty == 3.0 + 3.5 * 2.0);
  CHECK(batch.dkl == std::vector<double>(4, -1.25));
}

TEST_CASE("the hinge with gamma 1 is free bits of one group, with a gradient of exactly 0") {
  for (const double rate : {0.0, 4.0, 4.9, 60.0}) {
    CAPTURE(rate);
    Batch batch = batch_of_five(), twin = batch_of_five();
    const Report hinge = batch.evaluate(vc::Hinge<>(rate, {.gamma = 1}));
    CHECK(hinge.loss == doctest::Approx(twin.evaluate(vc::FreeBits<1>(rate)).loss).epsilon(1e-14));
    CHECK(batch.dkl == twin.dkl);
  }
}

TEST_CASE("seeds are the derivative of the loss, on both sides of the hinge") {
  for (const double rate : {0.0, 4.0, 60.0}) {
    CAPTURE(rate);
    check_seeds(vc::Hinge<>(rate), batch_of_five());
    check_seeds(vc::Hinge<>(rate, {.gamma = 0.3}), batch_of_five());
  }
}

TEST_CASE("a KL that is not a number shows in the loss of the hinge") {
  Batch batch = batch_of_five();
  batch.kl[3] = std::numeric_limits<double>::quiet_NaN();
  CHECK(std::isnan(batch.evaluate(vc::Hinge<60>()).loss));
}

TEST_CASE("numbers below 0 make no hinge") {
  CHECK_THROWS_WITH_AS(vc::Hinge<>(-2.0), "Hinge: rate is -2.000000, it must be at least 0 nats",
                       vc::Error);
  CHECK_THROWS_WITH_AS(vc::Hinge<2>({.gamma = -1}),
                       "Hinge: gamma is -1.000000, it must be at least 0", vc::Error);
  CHECK(vc::Hinge<60>().rate() == 60.0);
}
