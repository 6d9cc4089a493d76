#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include <vaecollapse/objective/annealing.hpp>
#include <vaecollapse/objective/any.hpp>
#include <vaecollapse/objective/elbo.hpp>
#include <vaecollapse/objective/free_bits.hpp>
#include <vaecollapse/objective/mdr.hpp>

#include "support.hpp"

using namespace objective_test;
namespace vc = vaecollapse;

static_assert(vc::Controller<vc::MDR<2.5>> && vc::Controller<vc::MDR<>>);
static_assert(vc::HoldsConstraint<vc::MDR<2.5>>);
static_assert(!vc::HoldsConstraint<HalvingController>);

namespace {

template <class Policy>
Policy after_steps(Policy policy, int steps, double rate) {
  for (int step = 0; step < steps; ++step) policy.after_step({.rate = rate});
  return policy;
}

/// To a few roundings: with a rate that is known at compile time, other products and sums may fuse.
void check_same(const Report& a, const Report& b) {
  const auto near = [](double x) { return doctest::Approx(x).epsilon(1e-14); };
  CHECK(a.loss == near(b.loss));
  CHECK(a.penalty == near(b.penalty));
  CHECK(a.rate == near(b.rate));
  CHECK(a.kl_weight == near(b.kl_weight));
  CHECK(a.multiplier == near(b.multiplier));
}

}  // namespace

TEST_CASE("MDR: R + u (rate - R)") {
  Batch batch{2, {0.5, 1.5, 3.0, 1.0}, {10.0, 20.0}};
  const Report report = batch.evaluate(vc::MDR<>(5.0, {.multiplier = 0.25}));
  CHECK(report.penalty == doctest::Approx(3.0 + 0.25 * (5.0 - 3.0)).epsilon(1e-14));
  CHECK(report.loss == doctest::Approx(18.5).epsilon(1e-14));
  CHECK(report.rate == 3.0);
  CHECK(report.kl_weight == doctest::Approx(0.75).epsilon(1e-14));
  CHECK(report.multiplier == doctest::Approx(0.25).epsilon(1e-14));
  CHECK(batch.dkl[0] == doctest::Approx(0.375).epsilon(1e-14));
  CHECK(batch.dnll == std::vector<double>(2, 0.5));
}

TEST_CASE("the multiplier begins at 1.01, where softplus is at w = 0.557") {
  vc::MDR<60> policy;
  CHECK(policy.multiplier() == doctest::Approx(1.01).epsilon(1e-14));
  CHECK(state_of(policy) == "w=0.557099;seen_rate=0.000000;step=0;");
}

TEST_CASE("beyond 1 the model's step uses 1, and the report shows the multiplier") {
  Batch batch{2, {0.5, 1.5, 3.0, 1.0}, {10.0, 20.0}};
  const Report report = batch.evaluate(vc::MDR<60>({.multiplier = 7}));
  CHECK(report.loss == 15.0 + 60.0);
  CHECK(report.multiplier == doctest::Approx(7.0).epsilon(1e-14));
  CHECK(report.kl_weight == 0.0);
  CHECK(batch.dkl == std::vector<double>(4, 0.0));
}

TEST_CASE("seeds are the derivative of the loss at any multiplier") {
  for (const double multiplier : {1e-9, 0.4, 1.0, 30.0}) {
    CAPTURE(multiplier);
    check_seeds(vc::MDR<2.5>({.multiplier = multiplier}), batch_of_five());
    check_seeds(vc::MDR<60>({.multiplier = multiplier, .projected = true}), batch_of_five());
  }
}

TEST_CASE("a step is gradient ascent on w: w += lr sigmoid(w) (rate - R)") {
  const double w = std::log(std::expm1(1.01));
  const double ascent = 0.01 / (1 + std::exp(-w));
  const auto softplus = [](double x) { return std::log1p(std::exp(x)); };
  const vc::MDR<> policy(5.0, {.learning_rate = 0.01});
  CHECK(after_steps(policy, 1, 3.0).multiplier() ==
        doctest::Approx(softplus(w + 2 * ascent)).epsilon(1e-13));
  CHECK(after_steps(policy, 1, 9.0).multiplier() ==
        doctest::Approx(softplus(w - 4 * ascent)).epsilon(1e-13));
  CHECK(after_steps(policy, 9, 5.0).multiplier() == policy.multiplier());
}

TEST_CASE("softplus keeps the multiplier above 0, and finite, however far it is driven") {
  const vc::MDR<> policy(5.0, {.learning_rate = 1});
  const double low = after_steps(policy, 20, 1e3).multiplier();
  CHECK(low >= 0);
  CHECK(low < 1e-12);
  const double high = after_steps(vc::MDR<>(2000.0, {.learning_rate = 1}), 20, 0).multiplier();
  CHECK(high == doctest::Approx(40'000).epsilon(0.05));
  CHECK(std::isfinite(batch_of_five().evaluate(after_steps(policy, 20, 1e3)).loss));
}

TEST_CASE("the projected form: u += lr (rate - R), and never below 0") {
  const vc::MDR<> policy(5.0, {.learning_rate = 0.25, .multiplier = 0.5, .projected = true});
  CHECK(after_steps(policy, 1, 4.0).multiplier() == 0.75);
  CHECK(after_steps(policy, 3, 4.0).multiplier() == 1.25);
  vc::MDR<> low = after_steps(policy, 3, 100.0);
  CHECK(low.multiplier() == 0.0);
  CHECK(low.weight() == 1.0);
  CHECK(after_steps(low, 1, 4.0).multiplier() == 0.25);
  CHECK(state_of(low) == "u=0.000000;seen_rate=100.000000;step=3;");
}

TEST_CASE("with averaging the multiplier sees a running mean, plain to begin with") {
  vc::MDR<> policy(10.0,
                   {.learning_rate = 1, .multiplier = 100, .projected = true, .averaging = 0.75});
  const double rates[] = {8, 4, 6, 2, 10};
  const double means[] = {8, 6, 6, 5, 6.25};  // the plain mean of four, then 3/4 of the past
  double wanted = 100;
  for (int step = 0; step < 5; ++step) {
    policy.after_step({.rate = rates[step]});
    wanted += 10 - means[step];
    CHECK(policy.multiplier() == doctest::Approx(wanted).epsilon(1e-14));
  }
}

TEST_CASE("over another policy, MDR takes its share of what that makes of the KL") {
  Batch batch = batch_of_five(), twin = batch_of_five();
  const vc::MDR<> mdr(8.0, {.multiplier = 0.5, .projected = true});
  check_same(batch.evaluate(vc::Controlled(mdr, vc::Elbo())), twin.evaluate(mdr));
  CHECK(batch.dkl == twin.dkl);
  const double gate = batch.evaluate(vc::FreeBits<3>{4.5}).penalty;
  const vc::Controlled over_gate(mdr, vc::FreeBits<3>{4.5});
  CHECK(batch.evaluate(over_gate).penalty == 0.5 * gate + 0.5 * 8.0);
  CHECK(batch.evaluate(over_gate).multiplier == 0.5);
  check_seeds(over_gate, batch_of_five());
}

TEST_CASE("annealed MDR sees the raw rate, and its multiplier is still reported") {
  Batch batch = batch_of_five();
  vc::AnyObjective annealed =
      vc::Annealed(vc::LinearSchedule{.steps = 4, .start = 1}, vc::MDR<60>({.projected = true}));
  const Report first = batch.evaluate(annealed);
  CHECK(first.kl_weight == 0.0);
  CHECK(first.loss == first.nll);
  CHECK(first.multiplier == 1.01);
  annealed.after_step(first);
  CHECK(batch.evaluate(annealed).multiplier ==
        doctest::Approx(1.01 + 1e-3 * (60 - first.rate)).epsilon(1e-14));
}

TEST_CASE("the template and the run-time form of MDR learn the same") {
  Batch batch = batch_of_five(), twin = batch_of_five();
  vc::MDR<2.5> literal;
  vc::MDR<> run_time(2.5);
  CHECK(literal.rate() == 2.5);
  for (int step = 0; step < 5; ++step) {
    check_same(batch.evaluate(literal), twin.evaluate(run_time));
    for (std::size_t i = 0; i < batch.dkl.size(); ++i) {
      CHECK(batch.dkl[i] == doctest::Approx(twin.dkl[i]).epsilon(1e-14));
    }
    literal.after_step({.rate = 2.0 + step});
    run_time.after_step({.rate = 2.0 + step});
  }
}

TEST_CASE("numbers that make no sense for MDR are refused") {
  CHECK_THROWS_WITH_AS(vc::MDR<>(-2.0), "MDR: rate is -2.000000, it must be at least 0 nats",
                       vc::Error);
  CHECK_THROWS_WITH_AS(vc::MDR<2>({.learning_rate = -1}),
                       "MDR: learning_rate is -1.000000, it must be at least 0", vc::Error);
  CHECK_THROWS_WITH_AS(vc::MDR<2>({.multiplier = -1}),
                       "MDR: multiplier is -1.000000, it must be at least 0", vc::Error);
  CHECK_THROWS_WITH_AS(vc::MDR<2>({.multiplier = 0}),
                       "MDR: multiplier is 0, which softplus never reaches; use the projected form",
                       vc::Error);
  CHECK_NOTHROW(vc::MDR<2>({.multiplier = 0, .projected = true}));
  CHECK_THROWS_WITH_AS(vc::MDR<2>({.averaging = 1}),
                       "MDR: averaging is 1.000000, it must be at least 0 and below 1", vc::Error);
  CHECK_THROWS_AS(vc::MDR<>{std::numeric_limits<double>::quiet_NaN()}, vc::Error);
}
