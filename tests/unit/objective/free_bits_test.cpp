#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include <doctest/doctest.h>

#include <vaecollapse/objective/elbo.hpp>
#include <vaecollapse/objective/free_bits.hpp>

#include "support.hpp"

using namespace objective_test;
namespace vc = vaecollapse;

namespace {

/// Means: dimensions 1.0, 0.5, 2.0, 0.1; groups of two 1.5 and 2.1; the layer 3.6.
Batch four_dimensions() { return {4, {1.5, 0.25, 1.0, 0.0, 0.5, 0.75, 3.0, 0.2}, {2.0, 4.0}}; }

void check_same(const Report& a, const Report& b) {
  CHECK(a.loss == b.loss);
  CHECK(a.nll == b.nll);
  CHECK(a.rate == b.rate);
  CHECK(a.penalty == b.penalty);
  CHECK(a.kl_weight == b.kl_weight);
}

}  // namespace

TEST_CASE("one group: the whole layer has one floor") {
  Batch batch = four_dimensions();
  const Report below = batch.evaluate(vc::FreeBits<1>{8.0});
  CHECK(below.penalty == 8.0);
  CHECK(below.loss == 11.0);
  CHECK(below.rate == doctest::Approx(3.6));
  CHECK(batch.dkl == std::vector<double>(8, 0.0));
  CHECK(batch.dnll == std::vector<double>(2, 0.5));
  const Report above = batch.evaluate(vc::FreeBits<1>{3.0});
  CHECK(above.penalty == doctest::Approx(3.6));
  CHECK(batch.dkl == std::vector<double>(8, 0.5));
}

TEST_CASE("K groups of neighbouring dimensions: each has rate / K") {
  Batch batch = four_dimensions();
  CHECK(batch.evaluate(vc::FreeBits<2>{4.0}).penalty == doctest::Approx(2.0 + 2.1));
  CHECK(batch.dkl == std::vector<double>{0, 0, 0.5, 0.5, 0, 0, 0.5, 0.5});
  CHECK(batch.evaluate(vc::FreeBits<4>{3.0}).penalty == doctest::Approx(1.0 + 0.75 + 2.0 + 0.75));
  CHECK(batch.dkl == std::vector<double>{0.5, 0, 0.5, 0, 0.5, 0, 0.5, 0});
}

TEST_CASE("per example the mean stands outside the max") {
  Batch batch = four_dimensions();
  // Rows of the layer: 2.75 and 4.45.
  const vc::FreeBits<1> each(3.0, {.per_example = true});
  CHECK(batch.evaluate(each).penalty == doctest::Approx((3.0 + 4.45) / 2));
  CHECK(batch.dkl == std::vector<double>{0, 0, 0, 0, 0.5, 0.5, 0.5, 0.5});
}

TEST_CASE("seeds are the derivative of the loss, on both sides of the floors") {
  for (const double rate : {0.0, 1.0, 4.2, 4.9, 60.0}) {
    for (const bool per_example : {false, true}) {
      CAPTURE(rate);
      CAPTURE(per_example);
      check_seeds(vc::FreeBits<1>(rate, {per_example}), batch_of_five());
      check_seeds(vc::FreeBits<3>(rate, {per_example}), batch_of_five());
      check_seeds(vc::FreeBits<6>(rate, {per_example}), batch_of_five());
    }
  }
}

TEST_CASE("the value is continuous across the floor while the gradient jumps") {
  Batch batch{1, {1.0}, {0.0}};
  const vc::FreeBits<1> policy(2.0);
  const auto at = [&](double kl) {
    batch.kl[0] = kl;
    return batch.evaluate(policy).loss;
  };
  const double tiny = 1e-12;
  CHECK(at(2.0 - tiny) == 2.0);
  CHECK(batch.dkl[0] == 0.0);
  CHECK(std::abs(at(2.0 + tiny) - 2.0) < 2 * tiny);
  CHECK(batch.dkl[0] == 1.0);
}

TEST_CASE("the template and the run-time form are the same to the last bit") {
  Batch batch = batch_of_five(), twin = batch_of_five();
  check_same(batch.evaluate(vc::FreeBits<3>{4.4}), twin.evaluate(vc::FreeBits<>{3, 4.4}));
  CHECK(batch.dkl == twin.dkl);
  check_same(batch.evaluate(vc::FreeBits<1>{4.4, {.per_example = true}}),
             twin.evaluate(vc::FreeBits<>{1, 4.4, {.per_example = true}}));
  CHECK(batch.dkl == twin.dkl);
}

TEST_CASE("no free nats is the ELBO") {
  Batch batch = batch_of_five(), twin = batch_of_five();
  batch.kl[7] = twin.kl[7] = 0.0;
  check_same(batch.evaluate(vc::FreeBits<1>{0.0}), twin.evaluate(vc::Elbo()));
  CHECK(batch.dkl == twin.dkl);
  batch.evaluate(vc::FreeBits<6>{0.0, {.per_example = true}});
  CHECK(batch.dkl == twin.dkl);
}

TEST_CASE("groups never pay less than one group, and rate only raises the penalty") {
  Batch batch = batch_of_five();
  double before = 0;
  for (const double rate : {0.0, 2.0, 4.0, 5.0, 9.0}) {
    const double one = batch.evaluate(vc::FreeBits<1>{rate}).penalty;
    const double six = batch.evaluate(vc::FreeBits<6>{rate}).penalty;
    CHECK(six >= one - 1e-12);
    CHECK(one >= before);
    before = one;
  }
}

TEST_CASE("a KL that is not a number shows in the loss instead of hiding below the floor") {
  Batch batch = four_dimensions();
  batch.kl[3] = std::numeric_limits<double>::quiet_NaN();
  CHECK(std::isnan(batch.evaluate(vc::FreeBits<1>{60.0}).loss));
  CHECK(std::isnan(batch.evaluate(vc::FreeBits<1>{60.0, {.per_example = true}}).loss));
}

TEST_CASE("groups that do not fit are named") {
  Batch batch = batch_of_five();
  CHECK_THROWS_WITH_AS(batch.evaluate(vc::FreeBits<4>{1.0}),
                       "FreeBits: kl is [6 x 5]: 4 groups do not divide the 6 dimensions",
                       vc::ShapeError);
  Batch mixture{1, {3.0, 4.0}, {1.0, 1.0}};
  CHECK_THROWS_WITH_AS(mixture.evaluate(vc::FreeBits<>{128, 30.0}),
                       "FreeBits: kl is [1 x 2]: 128 groups are more than the rows of kl; a KL "
                       "that has no per-dimension form, as under a mixture prior, has one row and "
                       "takes one group",
                       vc::ShapeError);
  CHECK(mixture.evaluate(vc::FreeBits<1>{30.0}).penalty == 30.0);
}

TEST_CASE("numbers that make no sense are refused") {
  CHECK_THROWS_WITH_AS(vc::FreeBits<>(0, 1.0), "FreeBits: groups is 0, it must be at least 1",
                       vc::Error);
  CHECK_THROWS_WITH_AS(vc::FreeBits<1>(-2.0),
                       "FreeBits: rate is -2.000000, it must be at least 0 nats", vc::Error);
  CHECK_THROWS_AS(vc::FreeBits<1>{std::numeric_limits<double>::quiet_NaN()}, vc::Error);
  CHECK(vc::FreeBits<>{4, 60}.rate() == 60.0);
}
