#include <cmath>
#include <limits>
#include <vector>

#include <doctest/doctest.h>

#include <vaecollapse/objective/concepts.hpp>
#include <vaecollapse/objective/free_bits.hpp>
#include <vaecollapse/objective/ha_bits.hpp>

#include "support.hpp"

using namespace objective_test;
namespace vc = vaecollapse;

static_assert(vc::RatePolicy<vc::HaBits<0.2>>);

TEST_CASE("HA bits: the mean over batch and dimensions has a floor") {
  Batch batch{2, {0.5, 1.5, 3.0, 1.0}, {10.0, 20.0}};
  const Report above = batch.evaluate(vc::HaBits<0.2>());
  CHECK(above.penalty == 1.5);
  CHECK(above.loss == 16.5);
  CHECK(above.rate == 3.0);
  CHECK(batch.dkl == std::vector<double>(4, 0.25));
  CHECK(batch.dnll == std::vector<double>(2, 0.5));
  const Report below = batch.evaluate(vc::HaBits<2>());
  CHECK(below.penalty == 2.0);
  CHECK(below.loss == 17.0);
  CHECK(batch.dkl == std::vector<double>(4, 0.0));
}

TEST_CASE("HA bits equals free bits of one group with the rate Z lambda, up to 1 / Z") {
  for (const double floor : {0.0, 0.2, 0.7, 0.8, 10.0}) {
    CAPTURE(floor);
    Batch batch = batch_of_five(), twin = batch_of_five();
    const Report ha = batch.evaluate(vc::HaBits<>(floor));
    const Report fb = twin.evaluate(vc::FreeBits<1>(6 * floor));
    CHECK(ha.penalty * 6 == doctest::Approx(fb.penalty).epsilon(1e-14));
    CHECK(ha.rate == fb.rate);
    CHECK(batch.dnll == twin.dnll);
    for (std::size_t i = 0; i < batch.dkl.size(); ++i) {
      CHECK(batch.dkl[i] * 6 == doctest::Approx(twin.dkl[i]).epsilon(1e-14));
    }
  }
}

TEST_CASE("seeds are the derivative of the loss, on both sides of the floor of HA bits") {
  for (const double floor : {0.0, 0.7, 0.8}) {
    CAPTURE(floor);
    check_seeds(vc::HaBits<>(floor), batch_of_five());
    check_seeds(vc::HaBits<>(6 * floor, {.per_word = true}), batch_of_five());
  }
}

TEST_CASE("a floor per word is Z floors per dimension") {
  Batch batch = batch_of_five(), twin = batch_of_five();
  CHECK(batch.evaluate(vc::HaBits<12>({.per_word = true})).loss ==
        twin.evaluate(vc::HaBits<2>()).loss);
  CHECK(batch.dkl == twin.dkl);
  Batch mixture{1, {3.0, 4.0}, {1.0, 1.0}};
  CHECK(mixture.evaluate(vc::HaBits<>(30, {.per_word = true})).penalty == 30.0);
}

TEST_CASE("a KL that is not a number shows in the loss of HA bits") {
  Batch batch = batch_of_five();
  batch.kl[3] = std::numeric_limits<double>::quiet_NaN();
  CHECK(std::isnan(batch.evaluate(vc::HaBits<60>()).loss));
}

TEST_CASE("a floor below 0 is refused") {
  CHECK_THROWS_WITH_AS(vc::HaBits<>(-2.0), "HaBits: floor is -2.000000, it must be at least 0 nats",
                       vc::Error);
  CHECK(vc::HaBits<0.2>().floor() == 0.2);
}
