#include <cmath>
#include <cstdint>
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

TEST_CASE("the exponential schedule: 0 until start, then towards its maximum") {
  const vc::ExponentialSchedule schedule{.speed = 0.5, .maximum = 0.8, .start = 3};
  CHECK(schedule.weight(0) == 0.0);
  CHECK(schedule.weight(3) == 0.0);
  CHECK(schedule.weight(5) == doctest::Approx(0.8 * (1 - std::exp(-1.0))).epsilon(1e-14));
  CHECK(schedule.weight(9) == doctest::Approx(0.8 * (1 - std::exp(-3.0))).epsilon(1e-14));
  CHECK(schedule.weight(1'000'000'000'000) == 0.8);
}

TEST_CASE("the logistic schedule: half of its maximum in the middle, symmetric around it") {
  const vc::LogisticSchedule schedule{.speed = 0.5, .maximum = 0.8, .middle = 100};
  CHECK(schedule.weight(100) == 0.4);
  CHECK(schedule.weight(104) == doctest::Approx(0.8 / (1 + std::exp(-2.0))).epsilon(1e-14));
  CHECK(schedule.weight(96) + schedule.weight(104) == doctest::Approx(0.8).epsilon(1e-14));
  CHECK(schedule.weight(0) < 1e-15);
  CHECK(schedule.weight(1'000'000'000'000) == 0.8);
  const vc::LogisticSchedule far{.speed = 1, .middle = 1e6};
  CHECK(far.weight(0) == 0.0);
}

TEST_CASE(
    "the cyclical schedule: rises for a share of each cycle, stays, falls to 0, and goes on") {
  const vc::CyclicalSchedule schedule{.steps = 32, .maximum = 0.5, .start = 2};
  const double cycle[] = {0, 0.125, 0.25, 0.375, 0.5, 0.5, 0.5, 0.5};
  CHECK(schedule.weight(0) == 0.0);
  CHECK(schedule.weight(1) == 0.0);
  for (std::uint64_t step = 0; step < 48; ++step) {
    CAPTURE(step);
    CHECK(schedule.weight(2 + step) == cycle[step % 8]);
  }
  CHECK(schedule.weight(2 + 32'000'000'000 + 3) == 0.375);
}

TEST_CASE("cyclical schedules of odd sizes") {
  // Cycles of 10 / 3 steps: they begin at the first step that is in them.
  const vc::CyclicalSchedule uneven{.steps = 10, .cycles = 3, .ramp = 1};
  CHECK(uneven.weight(3) == 0.9);
  CHECK(uneven.weight(4) == doctest::Approx(0.2).epsilon(1e-14));
  const vc::CyclicalSchedule steep{.steps = 8, .cycles = 2, .ramp = 0};
  CHECK(steep.weight(0) == 1.0);
  CHECK(steep.weight(5) == 1.0);
  const vc::CyclicalSchedule jump{.steps = 0, .start = 3};
  CHECK(jump.weight(2) == 0.0);
  CHECK(jump.weight(3) == 1.0);
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
