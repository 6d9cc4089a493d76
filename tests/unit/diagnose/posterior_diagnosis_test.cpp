// Stored posteriors: of a linear VAE, whose figures are known, and of files that hold something
// else than they say.
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include <vaecollapse/core/rng.hpp>
#include <vaecollapse/diagnose/posterior_diagnosis.hpp>

namespace vc = vaecollapse;
using vc::Health;
using vc::PosteriorDiagnosis;
using vc::StoredPosteriors;

namespace {

constexpr double log_two_pi = 1.8378770664093453;

double square(double x) { return x * x; }

double noise(std::uint32_t row, std::uint32_t which) {
  return vc::normal(vc::Draws(7, 0, vc::Pass::diagnose).word(vc::Stream::latent, row, 0, which, 0));
}

/// z ~ N(0, I), and x_d ~ N(w_d z_d, s^2). The posteriors are Gaussians: the variance of z_d is
/// s^2 / (w_d^2 + s^2), and its mean is w_d x_d / (w_d^2 + s^2). Of each row there are S draws.
struct LinearVae {
  std::vector<double> weights;
  double deviation = 1;

  double variance(std::size_t d) const {
    return square(deviation) / (square(weights[d]) + square(deviation));
  }
  /// I(x; z), which is the rate, too: the z of all rows together are N(0, I).
  double information() const {
    double sum = 0;
    for (std::size_t d = 0; d < weights.size(); ++d) sum -= std::log(variance(d)) / 2;
    return sum;
  }
  /// The mean rise of the NLL with a z that knows nothing of x.
  double rise() const {
    double sum = 0;
    for (const double weight : weights) sum += square(weight / deviation);
    return sum;
  }
  /// The mean of -log p(x).
  double surprisal() const {
    double sum = 0;
    for (const double weight : weights) {
      sum += (1 + log_two_pi + std::log(square(weight) + square(deviation))) / 2;
    }
    return sum;
  }

  double nll(std::size_t d, double x, double z) const {
    return (square((x - weights[d] * z) / deviation) + log_two_pi + 2 * std::log(deviation)) / 2;
  }

  /// The dimensions of a row are drawn one after the other. z of another row: that of the row
  /// before, by its own draws.
  StoredPosteriors stored(std::uint32_t rows, std::uint32_t samples) const {
    const auto size = static_cast<std::uint32_t>(weights.size());
    StoredPosteriors all{.rows = rows, .latent = size, .samples = samples};
    std::vector<double> x;
    for (std::uint32_t n = 0; n < rows; ++n) {
      for (std::uint32_t d = 0; d < size; ++d) {
        x.push_back(weights[d] * noise(n, 2 * d) + deviation * noise(n, 2 * d + 1));
        all.mu.push_back(weights[d] * x.back() / (square(weights[d]) + square(deviation)));
        all.logvar.push_back(std::log(variance(d)));
      }
      for (std::uint32_t i = 0; i < samples * size; ++i) {
        const std::size_t own = n * size + i % size;
        all.z.push_back(all.mu[own] + std::exp(all.logvar[own] / 2) * noise(n, 1000 + i));
      }
    }
    for (std::uint32_t n = 0; n < rows; ++n) {
      const std::uint32_t other = (n + rows - 1) % rows;
      for (std::uint32_t s = 0; s < samples; ++s) {
        double nll_of_draw = 0;
        for (std::uint32_t d = 0; d < size; ++d) {
          nll_of_draw += nll(d, x[n * size + d], all.z[(n * samples + s) * size + d]);
        }
        all.nll.push_back(nll_of_draw);
      }
      double permuted = 0;
      for (std::uint32_t d = 0; d < size; ++d) {
        permuted += nll(d, x[n * size + d], all.z[other * samples * size + d]);
      }
      all.nll_permuted.push_back(permuted);
    }
    return all;
  }
};

/// Whether a figure lies within 5 of its standard errors: a false alarm in 2 million.
bool is_near(const vc::MaybeEstimate& found, double known) {
  REQUIRE(found.has_value());
  REQUIRE(found->standard_error > 0);
  return std::abs(found->value - known) < 5 * found->standard_error;
}

bool has_warning(const PosteriorDiagnosis& found, const std::string& part) {
  for (const std::string& one : found.warnings) {
    if (one.find(part) != std::string::npos) return true;
  }
  return false;
}

}  // namespace

TEST_CASE("stored posteriors: those of a linear VAE") {
  const LinearVae model{{2.0, 1.0, 0.0}, 0.5};
  const StoredPosteriors stored = model.stored(1500, 1);
  const PosteriorDiagnosis found = vc::diagnose(stored);
  CHECK(is_near(found.rate, model.information()));
  REQUIRE(found.kl_per_dimension.size() == 3);
  for (std::size_t d = 0; d < 2; ++d) {
    CHECK(is_near(found.kl_per_dimension[d], -std::log(model.variance(d)) / 2));
  }
  CHECK(found.kl_per_dimension[2].value == 0);
  CHECK(found.active_units == 2);
  CHECK(found.active_units_less_one == 2);
  CHECK(found.variance_of_means[0] == doctest::Approx(1 - model.variance(0)).epsilon(0.2));
  CHECK(found.variance_of_means[2] == 0);
  const vc::MutualInformation& information = *found.information;
  CHECK(information.lower.value < model.information() + 5 * information.lower.standard_error);
  CHECK(information.upper.value > model.information() - 5 * information.upper.standard_error);
  CHECK(information.upper.value - information.lower.value < 0.1);
  CHECK(std::abs(found.marginal_kl->value) < 0.1);
  // The NLL given z: log p(x | z) has the noise of x alone.
  CHECK(is_near(found.nll, 3 * (1 + log_two_pi + 2 * std::log(0.5)) / 2));
  CHECK(is_near(found.permuted.nll_rise, model.rise()));
  CHECK(found.verdict.health == Health::healthy);
  CHECK(found.warnings.empty());
}

TEST_CASE("stored posteriors: an exact posterior makes all importance weights of a row the same") {
  const LinearVae model{{1.5, 0.7}, 0.8};
  const PosteriorDiagnosis found = vc::diagnose(model.stored(400, 4));
  REQUIRE(found.importance_weighted);
  CHECK(found.importance_weighted->effective_samples == doctest::Approx(4).epsilon(1e-9));
  CHECK(is_near(found.importance_weighted->nll, model.surprisal()));
  CHECK(found.samples == 4);
}

TEST_CASE("stored posteriors: the verdict follows what the decoder does without z") {
  // No weight: nothing of x is in z, and another z costs nothing.
  const PosteriorDiagnosis collapsed = vc::diagnose(LinearVae{{0.05, 0.05}, 1}.stored(500, 1));
  CHECK(collapsed.verdict.health == Health::collapsed);
  CHECK(collapsed.rate->value < 0.1);
  StoredPosteriors stored = LinearVae{{3.0, 3.0}, 0.5}.stored(500, 1);
  CHECK(vc::diagnose(stored).verdict.health == Health::healthy);
  // The same z, and a decoder that does not read it.
  stored.nll_permuted = stored.nll;
  for (double& nll : stored.nll_permuted) nll += 1e-6;
  const PosteriorDiagnosis unused = vc::diagnose(stored);
  CHECK(unused.verdict.health == Health::rate_unused);
  CHECK(unused.rate->value > 3);
  CHECK(unused.verdict.evidence.front() ==
        "with the z of another row the NLL changes by +0.00 +- 0.00 nats");
}

TEST_CASE(
    "stored posteriors: what is not stored is empty, and the verdict says that it is missing") {
  StoredPosteriors stored = LinearVae{{2.0}, 0.5}.stored(200, 1);
  stored.nll.clear();
  stored.nll_permuted.clear();
  const PosteriorDiagnosis found = vc::diagnose(stored);
  CHECK_FALSE(found.nll);
  CHECK_FALSE(found.accuracy);
  CHECK_FALSE(found.permuted.nll_rise);
  CHECK_FALSE(found.importance_weighted);
  CHECK(found.verdict.health == Health::unknown);
  REQUIRE(found.verdict.missing.size() > 2);
  CHECK(found.verdict.missing[0] == "the NLL");
  CHECK(found.verdict.missing[1] == "the NLL with the z of another row");
  stored.correct.assign(200, 1);
  stored.correct_permuted.assign(200, 0);
  const PosteriorDiagnosis by_guesses = vc::diagnose(stored);
  CHECK(by_guesses.accuracy->value == 1);
  CHECK(by_guesses.permuted.accuracy_fall->value == 1);
  CHECK(by_guesses.verdict.health == Health::healthy);
}

TEST_CASE("stored posteriors: log densities of a family that is no Gaussian") {
  const LinearVae model{{2.0, 1.0}, 0.5};
  const StoredPosteriors gaussian = model.stored(600, 1);
  const PosteriorDiagnosis known = vc::diagnose(gaussian);
  StoredPosteriors stored = gaussian;
  stored.log_q = vc::detail::gaussian_log_q(gaussian);
  for (const double surprisal : vc::detail::standard_surprisals(gaussian.z, 2)) {
    stored.log_prior.push_back(-surprisal);
  }
  stored.mu.clear();
  stored.logvar.clear();
  const PosteriorDiagnosis found = vc::diagnose(stored);
  CHECK(is_near(found.rate, model.information()));
  CHECK(found.kl_per_dimension.empty());
  CHECK_FALSE(found.active_units);
  CHECK_FALSE(found.information);
  CHECK(found.verdict.health == Health::healthy);

  for (std::size_t n = 0; n < 600; ++n) {
    for (std::size_t m = 0; m < 600; ++m) {
      double twice = 0;
      for (std::size_t d = 0; d < 2; ++d) {
        twice += vc::detail::twice_surprisal(gaussian.z[2 * n + d], gaussian.mu[2 * m + d],
                                             gaussian.logvar[2 * m + d]);
      }
      stored.log_q_pairs.push_back(-twice / 2);
    }
  }
  const PosteriorDiagnosis by_pairs = vc::diagnose(stored);
  CHECK(by_pairs.information->lower.value ==
        doctest::Approx(known.information->lower.value).epsilon(1e-9));
  CHECK(by_pairs.marginal_kl->value == doctest::Approx(known.marginal_kl->value).epsilon(1e-6));
  stored.log_prior.clear();  // nothing is guessed of a prior that is not known
  const PosteriorDiagnosis without = vc::diagnose(stored);
  CHECK_FALSE(without.rate);
  CHECK(without.information);
  CHECK_FALSE(without.marginal_kl);
}

TEST_CASE("stored posteriors: a prior that is not N(0, I) leaves no KL for each dimension") {
  StoredPosteriors stored = LinearVae{{2.0, 1.0}, 0.5}.stored(600, 1);
  for (std::size_t n = 0; n < 600; ++n) {  // N(0, 4 I)
    stored.log_prior.push_back(-(square(stored.z[2 * n]) + square(stored.z[2 * n + 1])) / 8 -
                               log_two_pi - std::log(4));
  }
  const PosteriorDiagnosis found = vc::diagnose(stored);
  CHECK(found.kl_per_dimension.empty());
  CHECK(has_warning(found, "log_prior is not that of N(0, I)"));
  // KL(q || N(0, 4 I)), by the closed form over the same posteriors.
  double kl = 0;
  for (std::size_t i = 0; i < stored.mu.size(); ++i) {
    kl += ((square(stored.mu[i]) + std::exp(stored.logvar[i])) / 4 - 1 - stored.logvar[i] +
           std::log(4)) /
          2 / 600;
  }
  CHECK(is_near(found.rate, kl));
  CHECK(found.marginal_kl->value ==
        doctest::Approx(found.rate->value - found.information->lower.value));
}

TEST_CASE(
    "stored posteriors: a KL that is stored is the rate, and must be that of the posteriors") {
  StoredPosteriors stored = LinearVae{{2.0, 1.0}, 0.5}.stored(300, 1);
  for (std::size_t i = 0; i < stored.mu.size(); ++i) {
    stored.kl.push_back(vc::detail::kl_of_normal(stored.mu[i], stored.logvar[i]));
  }
  const PosteriorDiagnosis same = vc::diagnose(stored);
  CHECK(same.warnings.empty());
  CHECK(same.kl_per_dimension.size() == 2);
  CHECK(same.marginal_kl);
  for (double& kl : stored.kl) kl *= 0.1;  // a weight
  const PosteriorDiagnosis weighted = vc::diagnose(stored);
  CHECK(has_warning(weighted, "kl has a weight"));
  CHECK(weighted.rate->value == doctest::Approx(0.1 * same.rate->value));
  CHECK(weighted.kl_per_dimension[0].value ==
        doctest::Approx(0.1 * same.kl_per_dimension[0].value));
  CHECK_FALSE(weighted.marginal_kl);
  std::vector<double> rows;
  for (std::size_t n = 0; n < 300; ++n) rows.push_back(stored.kl[2 * n] + stored.kl[2 * n + 1]);
  stored.kl = rows;
  const PosteriorDiagnosis of_rows = vc::diagnose(stored);
  CHECK(of_rows.rate->value == doctest::Approx(weighted.rate->value));
  CHECK(of_rows.kl_per_dimension.empty());
}

TEST_CASE("stored posteriors: a rate that cannot be does not outweigh the exchange of z") {
  StoredPosteriors stored = LinearVae{{2.0, 1.0}, 0.5}.stored(300, 1);
  stored.nll.clear();
  stored.nll_permuted.clear();
  for (int n = 0; n < 300; ++n) {
    stored.nll.push_back(10 + 0.01 * n);
    stored.nll_permuted.push_back(30 + 0.02 * n);
  }
  const Health without = vc::diagnose(stored).verdict.health;
  CHECK(vc::diagnose(stored).verdict.uses_z == true);
  for (const double kl : {0.001, -3.0}) {
    stored.kl.assign(stored.mu.size(), kl);
    const PosteriorDiagnosis found = vc::diagnose(stored);
    CHECK(found.verdict.uses_z == true);
    CHECK(found.verdict.health == without);
    CHECK(std::find(found.verdict.missing.begin(), found.verdict.missing.end(), "the rate") !=
          found.verdict.missing.end());
  }
}

TEST_CASE("stored posteriors: the same posterior in every row, with another NLL for another z") {
  StoredPosteriors stored = LinearVae{{2.0}, 0.5}.stored(100, 1);
  stored.nll.assign(100, 10);
  stored.nll_permuted.assign(100, 30);
  stored.nll[0] = stored.nll_permuted[0] = 11;
  const char* part = "mu and logvar are the same in every row";
  CHECK_FALSE(has_warning(vc::diagnose(stored), part));
  stored.z.clear();
  stored.mu.assign(100, 0.5);
  stored.logvar.assign(100, -1);
  CHECK(has_warning(vc::diagnose(stored), part));
  stored.nll_permuted = stored.nll;
  CHECK_FALSE(has_warning(vc::diagnose(stored), part));
}

TEST_CASE("stored posteriors: pairwise densities are those of the draws") {
  StoredPosteriors stored;
  stored.rows = 3;
  stored.samples = 2;
  stored.log_q = {-1, -7, -2, -7, -3, -7};
  stored.log_prior.assign(6, -4);
  stored.log_q_pairs = {-1, -9, -9, -9, -2, -9, -9, -9, -3};
  CHECK_FALSE(has_warning(vc::diagnose(stored), "log_q_pairs"));
  stored.log_q_pairs[4] = -6;
  CHECK(has_warning(vc::diagnose(stored), "log_q_pairs has other numbers"));
}

TEST_CASE("stored posteriors: a logvar that is something else") {
  const StoredPosteriors good = LinearVae{{2.0, 1.0}, 0.5}.stored(300, 1);
  const auto warned = [&](auto change, const char* part) {
    StoredPosteriors stored = good;
    for (double& logvar : stored.logvar) logvar = change(logvar);
    return has_warning(vc::diagnose(stored), part);
  };
  CHECK(warned([](double logvar) { return logvar / 2; }, "logvar holds log sigma"));
  CHECK(warned([](double logvar) { return std::exp(logvar / 2); }, "logvar holds sigma"));
  CHECK(warned([](double logvar) { return std::exp(logvar); }, "logvar holds the variance"));
  CHECK(warned([](double logvar) { return logvar - 2; }, "z was not drawn from these posteriors"));
  CHECK_FALSE(warned([](double logvar) { return logvar; }, "logvar"));
  StoredPosteriors means = good;
  means.z = means.mu;
  CHECK(has_warning(vc::diagnose(means), "z is mu itself"));
  // Without draws, the sign alone can tell.
  StoredPosteriors alone = good;
  alone.z.clear();
  CHECK(vc::diagnose(alone).warnings.empty());
  for (double& logvar : alone.logvar) logvar = std::exp(logvar / 2);
  CHECK(has_warning(vc::diagnose(alone), "logvar is nowhere below 0"));
  alone.logvar.assign(alone.logvar.size(), 0);  // of a fixed variance
  CHECK(vc::diagnose(alone).warnings.empty());
}

TEST_CASE("stored posteriors: rows that are no rows, and other doubts") {
  StoredPosteriors stored = LinearVae{{2.0}, 0.5}.stored(60, 1);
  const double mean = vc::diagnose(stored).nll->value;
  stored.nll_permuted = stored.nll;
  CHECK(has_warning(vc::diagnose(stored), "nll_permuted is nll in every row"));
  stored.nll.assign(60, mean);
  CHECK(has_warning(vc::diagnose(stored), "nll is the same in every row"));

  const LinearVae sharp{{200.0, 200.0}, 0.1};  // every row is told from every other
  const PosteriorDiagnosis few = vc::diagnose(sharp.stored(20, 1));
  CHECK(has_warning(few, "is near its cap, ln 20 = 3.00"));
  CHECK(has_warning(few, "there are 20 rows"));

  StoredPosteriors exchanged{.rows = 100, .samples = 1};
  for (std::uint32_t n = 0; n < 100; ++n) {
    exchanged.log_q.push_back(noise(n, 0));
    exchanged.log_prior.push_back(noise(n, 0) + 3 + noise(n, 1));
  }
  CHECK(has_warning(vc::diagnose(exchanged), "log_q and log_prior may be exchanged"));
}

TEST_CASE("stored posteriors: draws of z of its own depend on the seed alone") {
  StoredPosteriors stored = LinearVae{{2.0, 0.5}, 0.5}.stored(300, 1);
  stored.z.clear();
  stored.samples = 0;
  const auto lower = [&](const vc::StoredOptions& options) {
    return vc::diagnose(stored, options).information->lower.value;
  };
  CHECK(lower({}) == lower({}));
  CHECK(lower({}) != lower({.seed = 2}));
  const PosteriorDiagnosis some = vc::diagnose(stored, {.information_rows = 100});
  CHECK(some.information_rows == 100);
  CHECK(some.information->cap == doctest::Approx(std::log(100)));
  CHECK(some.rate->value == vc::diagnose(stored).rate->value);
}

TEST_CASE("stored posteriors: mistakes") {
  StoredPosteriors stored = LinearVae{{2.0}, 0.5}.stored(1, 1);
  CHECK_THROWS_WITH_AS(vc::diagnose(stored), "diagnose: rows are 1: there must be two at least",
                       vc::Error);
  stored = LinearVae{{2.0}, 0.5}.stored(5, 1);
  stored.logvar.pop_back();
  CHECK_THROWS_WITH_AS(vc::diagnose(stored), "diagnose: logvar has 4 numbers, expected 5",
                       vc::Error);
}
