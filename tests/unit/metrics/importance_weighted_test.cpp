// Importance-weighted NLL: a linear Gaussian model, whose NLL is known.
#include <cmath>
#include <cstdint>
#include <vector>

#include <doctest/doctest.h>

#include <vaecollapse/core/rng.hpp>
#include <vaecollapse/metrics/importance_weighted.hpp>

namespace vc = vaecollapse;

namespace {

double log_normal(double x, double mean, double variance) {
  return -((x - mean) * (x - mean) / variance + std::log(variance) + 1.8378770664093453) / 2;
}

/// z ~ N(0, 1), x ~ N(2 z, 0.5): x ~ N(0, 4.5), and z given x has precision 1 + 4 / 0.5 = 9.
struct LinearGaussian {
  double x = 1.7;

  double nll() const { return -log_normal(x, 0, 4.5); }
  double posterior_mean() const { return 2 * x / 0.5 / 9; }

  /// With samples from N(mean, variance).
  vc::ImportanceWeights weights(std::uint32_t samples, double mean, double variance,
                                std::uint32_t replicate = 0) const {
    const vc::Draws draws(11, replicate, vc::Pass::diagnose);
    vc::ImportanceWeights weights;
    for (std::uint32_t s = 0; s < samples; ++s) {
      const double noise = vc::normal(draws.word(vc::Stream::latent, 0, s, 0, 0));
      const double z = mean + std::sqrt(variance) * noise;
      weights.add(log_normal(z, 0, 1) + log_normal(x, 2 * z, 0.5) - log_normal(z, mean, variance));
    }
    return weights;
  }
};

/// The integral of p(x, z) on a fine grid.
double grid_nll(const LinearGaussian& model) {
  constexpr double step = 1e-3;
  double sum = 0;
  for (int i = -10000; i <= 10000; ++i) {
    sum += std::exp(log_normal(i * step, 0, 1) + log_normal(model.x, 2 * i * step, 0.5));
  }
  return -std::log(sum * step);
}

}  // namespace

TEST_CASE("importance weights: from the true posterior every sample gives the NLL") {
  const LinearGaussian model;
  const auto weights = model.weights(50, model.posterior_mean(), 1.0 / 9);
  CHECK(weights.nll() == doctest::Approx(model.nll()).epsilon(1e-12));
  CHECK(weights.nll() == doctest::Approx(grid_nll(model)).epsilon(1e-9));
  CHECK(weights.effective_samples() == doctest::Approx(50));
  CHECK(weights.count() == 50);
}

TEST_CASE("importance weights: 5000 samples of a posterior that is off come near") {
  const LinearGaussian model;
  const auto weights = model.weights(5000, model.posterior_mean() + 0.2, 0.3);
  // About 2000 effective samples: the error is some 0.02; 5 of them are a false alarm in 2 million.
  CHECK(weights.effective_samples() > 1000);
  CHECK(weights.effective_samples() < 5000);
  CHECK(std::abs(weights.nll() - grid_nll(model)) < 0.1);
}

TEST_CASE("importance weights: in the mean, more samples never give a higher NLL") {
  const LinearGaussian model;
  constexpr std::uint32_t replicates = 400;
  double before = 0, before_error = 0;
  for (const std::uint32_t samples : {1U, 4U, 16U, 64U}) {
    std::vector<double> nll;
    for (std::uint32_t r = 0; r < replicates; ++r) {
      nll.push_back(model.weights(samples, 0, 1, r).nll());
    }
    const vc::Estimate mean = vc::mean_of_rows(nll);
    CAPTURE(samples);
    CHECK(mean.value > model.nll() - 5 * mean.standard_error);
    // 5 standard errors of the difference at most: a false alarm in 2 million.
    if (samples > 1) CHECK(mean.value < before + 5 * (before_error + mean.standard_error));
    before = mean.value;
    before_error = mean.standard_error;
  }
  CHECK(before == doctest::Approx(model.nll()).epsilon(0.05));
}

TEST_CASE("importance weights: weights whose exp is 0, and one that decides alone") {
  vc::ImportanceWeights weights;
  weights.add(-5000);
  weights.add(-6000);
  CHECK(weights.nll() == doctest::Approx(5000 + std::log(2)));
  CHECK(weights.effective_samples() == doctest::Approx(1));
}

TEST_CASE("importance-weighted NLL of rows") {
  std::vector<vc::ImportanceWeights> rows(2);
  rows[0].add(-3);
  rows[0].add(-3);
  rows[1].add(-5);
  rows[1].add(-5);
  const vc::ImportanceWeightedNll mean = vc::importance_weighted_nll(rows, 16);
  CHECK(mean.nll.value == doctest::Approx(4));
  CHECK(mean.nll.standard_error == doctest::Approx(1));
  CHECK(mean.perplexity == doctest::Approx(std::exp(0.5)));
  CHECK(mean.effective_samples == doctest::Approx(2));
  CHECK(mean.samples == 2);
}

TEST_CASE("importance weights: mistakes") {
  CHECK_THROWS_WITH_AS(vc::ImportanceWeights().nll(), "ImportanceWeights: there are no weights",
                       vc::Error);
  CHECK_THROWS_WITH_AS(vc::importance_weighted_nll({}, 3), "mean_of_rows: there are no rows",
                       vc::Error);
  CHECK_THROWS_WITH_AS(vc::importance_weighted_nll({}, 0),
                       "importance_weighted_nll: symbols are 0.000000: they must be more than 0",
                       vc::Error);
}
