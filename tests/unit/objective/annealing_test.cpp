#include <string>

#include <doctest/doctest.h>

#include <vaecollapse/objective/annealing.hpp>
#include <vaecollapse/objective/elbo.hpp>
#include <vaecollapse/objective/free_bits.hpp>

#include "support.hpp"

using namespace objective_test;
namespace vc = vaecollapse;

TEST_CASE("the linear schedule: 0 until start, then a straight line to its maximum") {
  const vc::LinearSchedule schedule{.steps = 8, .maximum = 0.5, .start = 2};
  CHECK(schedule.weight(0) == 0.0);
  CHECK(schedule.weight(2) == 0.0);
  CHECK(schedule.weight(3) == 0.0625);
  CHECK(schedule.weight(6) == 0.25);
  CHECK(schedule.weight(9) == 0.4375);
  CHECK(schedule.weight(10) == 0.5);
  CHECK(schedule.weight(1'000'000'000'000) == 0.5);
}

TEST_CASE("a linear schedule of 0 steps is a jump") {
  const vc::LinearSchedule schedule{.steps = 0, .start = 3};
  CHECK(schedule.weight(2) == 0.0);
  CHECK(schedule.weight(3) == 1.0);
}

TEST_CASE("annealing scales the penalty; the step advances after the step only") {
  Batch batch = batch_of_five();
  const Report plain = batch.evaluate(vc::FreeBits<3>{6.0});
  vc::Annealed annealed(vc::LinearSchedule{.steps = 4}, vc::FreeBits<3>{6.0});
  for (int step = 0; step < 6; ++step) {
    const double weight = step < 4 ? step / 4.0 : 1.0;
    CAPTURE(step);
    CHECK(annealed.weight() == weight);
    batch.evaluate(annealed);
    const Report report = batch.evaluate(annealed);
    CHECK(report.loss == doctest::Approx(plain.nll + weight * plain.penalty).epsilon(1e-14));
    CHECK(report.kl_weight == weight);
    CHECK(report.rate == plain.rate);
    annealed.after_step(report);
  }
  CHECK(annealed.step() == 6);
}

TEST_CASE("seeds are the derivative of the annealed loss") {
  vc::Annealed annealed(vc::LinearSchedule{.steps = 4}, vc::FreeBits<3>{4.5});
  check_seeds(annealed, batch_of_five());
  annealed.after_step({});
  check_seeds(annealed, batch_of_five());
}

TEST_CASE("schedules multiply, and every counter and what is inside is visited") {
  const vc::LinearSchedule schedule{.steps = 4};
  vc::Annealed twice(schedule, vc::Annealed(schedule, HalvingController{}));
  for (int step = 0; step < 2; ++step) twice.after_step({.rate = 0.5});
  Batch batch = batch_of_five();
  CHECK(batch.evaluate(twice).kl_weight == 0.5 * 0.5 * 0.25);
  CHECK(state_of(twice) == "step=2;policy.step=2;policy.policy.weight=0.250000;");
}
