// What every objective comes to on the linear VAE: in one dimension, of eigenvalue 2, with the
// values of the closed forms; in several, reverse water-filling.
#include "oracle/linear_vae.hpp"

#include <cmath>
#include <vector>

#include <doctest/doctest.h>

#include <vaecollapse/objective/annealing.hpp>
#include <vaecollapse/objective/capacity.hpp>
#include <vaecollapse/objective/compose.hpp>
#include <vaecollapse/objective/elbo.hpp>
#include <vaecollapse/objective/free_bits.hpp>
#include <vaecollapse/objective/ha_bits.hpp>
#include <vaecollapse/objective/hinge.hpp>
#include <vaecollapse/objective/mdr.hpp>
#include <vaecollapse/objective/soft_free_bits.hpp>

namespace vc = vaecollapse;
using linear_vae::Eigenvalues;
using linear_vae::train;

namespace {

constexpr double tolerance = 1e-3;

/// The KL of the ELBO in one dimension.
constexpr double natural = 0.34657;

const Eigenvalues several{4, 2, 0.5};

/// The multiplier learns fast, because the model does.
constexpr vc::MDROptions fast{.learning_rate = 0.05};

double rate_of(const auto& objective) { return train(objective).report.rate; }

void check_near(const std::vector<double>& found, const std::vector<double>& expected) {
  REQUIRE(found.size() == expected.size());
  for (std::size_t d = 0; d < found.size(); ++d) {
    CAPTURE(d);
    CHECK(std::abs(found[d] - expected[d]) < tolerance);
  }
}

}  // namespace

TEST_CASE("linear VAE: beta decides the rate, and beyond l / s^2 the posterior collapses") {
  struct Known {
    double beta, rate;
  };
  for (const Known known :
       {Known{0.5, 0.69315}, Known{1, 0.34657}, Known{1.5, 0.14384}, Known{2.5, 0}}) {
    CAPTURE(known.beta);
    CHECK(std::abs(rate_of(vc::Elbo(known.beta)) - known.rate) < tolerance);
  }
}

TEST_CASE("linear VAE: the ELBO at its optimum is the likelihood of the data") {
  const vc::Report report = train(vc::Elbo()).report;
  // -log N(x; 0, l), its mean: 1/2 ln(2 pi l) + 1/2.
  const double entropy = 0.5 * std::log(2 * 3.14159265358979324 * 2) + 0.5;
  CHECK(std::abs(report.loss - entropy) < 1e-4);
  CHECK(std::abs(report.nll + report.rate - report.loss) < 1e-12);
}

TEST_CASE("linear VAE: free bits are spent, and no more than are free") {
  CHECK(std::abs(rate_of(vc::FreeBits<1>(0.5)) - 0.5) < tolerance);
  CHECK(std::abs(rate_of(vc::FreeBits<1>(0.1)) - natural) < tolerance);
}

TEST_CASE("linear VAE: HA bits of one dimension are free bits") {
  CHECK(std::abs(rate_of(vc::HaBits<0.5>()) - 0.5) < tolerance);
  CHECK(std::abs(rate_of(vc::HaBits<0.1>()) - natural) < tolerance);
}

TEST_CASE("linear VAE: MDR holds its rate, with the multiplier 1 - beta of that rate") {
  struct Known {
    double target, rate, multiplier;
  };
  for (const Known known : {Known{0.6, 0.6, 0.3976}, Known{1.0, 1.0, 0.7293}}) {
    CAPTURE(known.target);
    const auto trained = train(vc::MDR<>(known.target, fast));
    CHECK(std::abs(trained.report.rate - known.rate) < tolerance);
    CHECK(std::abs(trained.objective.multiplier() - known.multiplier) < tolerance);
  }
}

TEST_CASE("linear VAE: MDR below the natural rate lets go: its multiplier falls to 0") {
  // The ascent on w slows down with the square of the multiplier, so that it falls as 1 / step.
  const auto trained = train(vc::MDR<>(0.1, {.learning_rate = 1}));
  CHECK(trained.objective.multiplier() < 0.05);
  CHECK(std::abs(trained.report.rate - 0.3466) < tolerance);
}

TEST_CASE("linear VAE: every form of MDR comes to the same") {
  for (const vc::MDROptions& options :
       {vc::MDROptions{.learning_rate = 0.02, .projected = true},
        vc::MDROptions{.learning_rate = 0.05, .multiplier = 0.1},
        vc::MDROptions{.learning_rate = 0.02, .multiplier = 0, .projected = true},
        vc::MDROptions{.learning_rate = 0.05, .averaging = 0.9}}) {
    const auto trained = train(vc::MDR<0.6>(options));
    CHECK(std::abs(trained.report.rate - 0.6) < tolerance);
    CHECK(std::abs(trained.objective.multiplier() - 0.3976) < tolerance);
  }
}

TEST_CASE("linear VAE: soft free bits holds its band") {
  const double rate = rate_of(vc::SoftFreeBits<0.6>({.alpha = 0.01}));
  CHECK(rate > 0.6 - tolerance);
  CHECK(rate < 1.05 * 0.6 + tolerance);
  CHECK(std::abs(rate_of(vc::SoftFreeBits<0.1>()) - natural) < tolerance);
}

TEST_CASE("linear VAE: the hinge holds its rate as long as gamma exceeds what it costs") {
  CHECK(std::abs(rate_of(vc::Hinge<0.6>()) - 0.6) < tolerance);
  CHECK(std::abs(rate_of(vc::Hinge<0.1>()) - natural) < tolerance);
  // Below the floor a nat costs 1 - gamma = 0.8: the beta-VAE's rate, where that is below the
  // floor.
  CHECK(std::abs(rate_of(vc::Hinge<0.6>({.gamma = 0.2})) - 0.5 * std::log(2 / 0.8)) < tolerance);
}

TEST_CASE("linear VAE: the capacity is held from both sides, once it has risen") {
  CHECK(std::abs(rate_of(vc::Capacity<0.6>({.steps = 2000})) - 0.6) < tolerance);
  CHECK(std::abs(rate_of(vc::Capacity<0.1>({.steps = 2000, .gamma = 3})) - 0.1) < tolerance);
  // As long as gamma exceeds the price of the last nat, |1 - beta| = |d NLL / dR| here.
  CHECK(std::abs(rate_of(vc::Capacity<0.1>({.steps = 0, .gamma = 1.2})) - 0.5 * std::log(2 / 1.2)) <
        tolerance);
}

TEST_CASE("linear VAE: annealing changes the way, not the end") {
  CHECK(std::abs(rate_of(vc::Annealed(vc::LinearSchedule{.steps = 2000}, vc::Elbo())) - natural) <
        tolerance);
  const vc::ExponentialSchedule exponential{.speed = 3e-3, .maximum = 0.5};
  CHECK(std::abs(rate_of(vc::Annealed(exponential, vc::Elbo())) - 0.69315) < tolerance);
  const vc::LogisticSchedule logistic{.speed = 6e-3, .middle = 1000};
  CHECK(std::abs(rate_of(vc::Annealed(logistic, vc::FreeBits<1>(0.5))) - 0.5) < tolerance);
  // A cycle of 3000 steps, the last third of it at the top.
  const vc::CyclicalSchedule cyclical{.steps = 6000, .cycles = 2, .ramp = 0.6};
  CHECK(std::abs(rate_of(vc::Annealed(cyclical, vc::Elbo())) - natural) < tolerance);
}

TEST_CASE("linear VAE in several dimensions: reverse water-filling by beta") {
  for (const double beta : {0.25, 1.0, 3.0, 5.0}) {
    CAPTURE(beta);
    check_near(train(vc::Elbo(beta), several).kl, linear_vae::reverse_water_filling(several, beta));
  }
}

TEST_CASE("linear VAE in several dimensions: MDR finds the level of the water for its rate") {
  // With 1.5 nats the third dimension stays dry, with 2.5 it does not.
  for (const double rate : {1.5, 2.5}) {
    CAPTURE(rate);
    const auto trained = train(vc::MDR<>(rate, fast), several);
    const double level = linear_vae::water_level(several, rate);
    check_near(trained.kl, linear_vae::reverse_water_filling(several, level));
    CHECK(std::abs(trained.objective.multiplier() - (1 - level)) < tolerance);
  }
}

TEST_CASE("linear VAE in several dimensions: free bits of one group fill up as MDR does") {
  const double level = linear_vae::water_level(several, 1.5);
  check_near(train(vc::FreeBits<1>(1.5), several).kl,
             linear_vae::reverse_water_filling(several, level));
}

TEST_CASE("linear VAE in several dimensions: each has its floor under per-dimension free bits") {
  check_near(train(vc::FreeBits<2>(1.0), {8, 2}).kl, {0.5 * std::log(8.0), 0.5});
  check_near(train(vc::FreeBits<2>(0.2), {4, 0.5}).kl, {0.5 * std::log(4.0), 0.1});
}

TEST_CASE(
    "linear VAE in several dimensions: where dimensions leave free nats, z turns off the axes") {
  // On the axes the KLs would be 0.69, 0.5 and 0.5, the last two beyond their worth; turned, all
  // three dimensions spend what is free, 1.5 nats, on what is worth most.
  const auto trained = train(vc::FreeBits<3>(1.5), several);
  check_near(trained.kl, {0.5, 0.5, 0.5});
  const std::vector<double> on_axes{0.5 * std::log(4.0), 0.5, 0.5};
  CHECK(trained.report.loss < linear_vae::loss_on_axes(several, on_axes) - 0.1);
}
