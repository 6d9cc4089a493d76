#include <cmath>
#include <cstdint>
#include <initializer_list>

#include <doctest/doctest.h>

#include <vaecollapse/optim/schedule.hpp>

namespace vc = vaecollapse;

namespace {

struct SmallestSchedule {
  float operator()(std::uint64_t, std::uint64_t) const;
};
struct NotConst {
  double operator()(std::uint64_t, std::uint64_t);
};

static_assert(vc::LearningRateSchedule<SmallestSchedule>);
static_assert(vc::LearningRateSchedule<vc::ConstantLearningRate>);
static_assert(vc::LearningRateSchedule<vc::WarmupCosine>);
static_assert(!vc::LearningRateSchedule<NotConst>);

}  // namespace

TEST_CASE("constant") {
  CHECK(vc::ConstantLearningRate{}(0, 10) == 1.0);
  CHECK(vc::ConstantLearningRate{}(10, 10) == 1.0);
}

TEST_CASE("the default: 200 steps up times a cosine over the whole horizon") {
  const vc::WarmupCosine schedule;
  const std::uint64_t horizon = 6000;
  CHECK(schedule(0, horizon) == 1.0 / 200);
  CHECK(schedule(1500, horizon) == doctest::Approx(0.5 * (1 + std::sqrt(0.5))));
  CHECK(schedule(3000, horizon) == doctest::Approx(0.5));
  CHECK(schedule(6000, horizon) == 0.0);
}

TEST_CASE("a short run warms up for a tenth of its steps, unless it is told otherwise") {
  CHECK(vc::WarmupCosine{}(0, 175) == 1.0 / 17);
  CHECK(vc::WarmupCosine{.decay = 0}(16, 175) == 1.0);
  CHECK(vc::WarmupCosine{.decay = 0}(0, 9) == 1.0);
  CHECK(vc::WarmupCosine{.warmup = 200, .decay = 0}(0, 175) == 1.0 / 200);
  CHECK(vc::default_warmup(1999) == 199);
  CHECK(vc::default_warmup(2001) == 200);
}

TEST_CASE("200 steps up, full, then a cosine over the second half") {
  const vc::WarmupCosine schedule{.decay = 0.5};
  const std::uint64_t horizon = 6000;
  CHECK(schedule(0, horizon) == 1.0 / 200);
  CHECK(schedule(99, horizon) == 0.5);
  CHECK(schedule(199, horizon) == 1.0);
  CHECK(schedule(200, horizon) == 1.0);
  CHECK(schedule(3000, horizon) == 1.0);
  CHECK(schedule(4000, horizon) == doctest::Approx(0.75));
  CHECK(schedule(4500, horizon) == doctest::Approx(0.5));
  CHECK(schedule(5000, horizon) == doctest::Approx(0.25));
  CHECK(schedule(5999, horizon) > 0.0);
  CHECK(schedule(6000, horizon) == 0.0);
  CHECK(schedule(7000, horizon) == 0.0);
}

TEST_CASE("no warm-up, no decay, a floor") {
  CHECK(vc::WarmupCosine{.warmup = 0, .decay = 0}(0, 100) == 1.0);
  CHECK(vc::WarmupCosine{.warmup = 0, .decay = 0}(99, 100) == 1.0);
  const vc::WarmupCosine floored{.warmup = 0, .decay = 1, .floor = 0.1};
  CHECK(floored(0, 100) == 1.0);
  CHECK(floored(50, 100) == doctest::Approx(0.55));
  CHECK(floored(100, 100) == 0.1);
}

TEST_CASE("never above the full rate, rises then falls, even where both ends overlap") {
  for (const std::uint64_t horizon : {1u, 2u, 50u, 250u, 1000u}) {
    const vc::WarmupCosine schedule;
    bool falling = false;
    double before = 0;
    for (std::uint64_t step = 0; step < horizon; ++step) {
      const double now = schedule(step, horizon);
      CHECK(now > 0.0);
      CHECK(now <= 1.0);
      if (falling) CHECK(now <= before);
      falling = falling || now < before;
      before = now;
    }
  }
}

TEST_CASE("a horizon of 0 is no trouble") { CHECK(std::isfinite(vc::WarmupCosine{}(0, 0))); }
