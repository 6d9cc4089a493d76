// Mutual information and marginal KL: posteriors whose values are known, and a double loop.
#include <cmath>
#include <cstddef>
#include <vector>

#include <doctest/doctest.h>

#include <vaecollapse/core/rng.hpp>
#include <vaecollapse/metrics/mutual_information.hpp>

namespace vc = vaecollapse;

namespace {

constexpr double log_two_pi = 1.8378770664093453;

double square(double x) { return x * x; }

/// Posteriors under N(0, I), with a sample of each. \shape all [Z x N]
struct Posteriors {
  vc::Index dimensions;
  std::vector<double> mu, logvar, z, surprisals;

  void add(double mean, double log_variance, double noise) {
    mu.push_back(mean);
    logvar.push_back(log_variance);
    z.push_back(mean + std::exp(log_variance / 2) * noise);
    if (static_cast<vc::Index>(z.size()) % dimensions != 0) return;
    double surprisal = 0;
    for (std::size_t d = z.size() - static_cast<std::size_t>(dimensions); d < z.size(); ++d) {
      surprisal += (square(z[d]) + log_two_pi) / 2;
    }
    surprisals.push_back(surprisal);
  }

  vc::View<const double> view(const std::vector<double>& values) const {
    return {values.data(), dimensions, static_cast<vc::Index>(values.size()) / dimensions};
  }
  vc::MutualInformation estimate() const {
    return vc::mutual_information(view(mu), view(logvar), view(z), surprisals);
  }
};

/// Standard normal noise that the tests share.
double noise(std::uint32_t row, std::uint32_t which) {
  return vc::normal(vc::Draws(3, 0, vc::Pass::diagnose).word(vc::Stream::latent, row, 0, which, 0));
}

/// Means ~ N(0, spread), each posterior's variance `variance`: q(z) is N(0, spread + variance).
Posteriors linear_gaussian(std::uint32_t rows, double spread, double variance) {
  Posteriors posteriors{1, {}, {}, {}, {}};
  for (std::uint32_t row = 0; row < rows; ++row) {
    posteriors.add(std::sqrt(spread) * noise(row, 0), std::log(variance), noise(row, 1));
  }
  return posteriors;
}

/// I(x; z) and KL(q(z) || N(0, 1)) where x is one of two and z ~ N(mean or -mean, variance), by the
/// sum over a fine grid.
struct TwoGaussians {
  double information = 0, marginal_kl = 0;

  TwoGaussians(double mean, double variance) {
    const auto density = [](double z, double of, double width) {
      return std::exp(-(square(z - of) / width + std::log(width) + log_two_pi) / 2);
    };
    constexpr double step = 1e-3;
    for (int i = -15000; i <= 15000; ++i) {
      const double z = i * step;
      const double mixture = (density(z, mean, variance) + density(z, -mean, variance)) / 2;
      information -= step * mixture * std::log(mixture);
      marginal_kl += step * mixture * std::log(mixture / density(z, 0, 1));
    }
    information -= (std::log(variance) + log_two_pi + 1) / 2;
  }
};

}  // namespace

TEST_CASE("mutual information: a mixture of two Gaussians that overlap, as the integral has it") {
  const double mean = 1.2, variance = 0.5;
  const TwoGaussians known(mean, variance);
  CHECK(known.information > 0.2);  // of ln 2 = 0.69: they do overlap
  CHECK(known.information < 0.6);
  Posteriors posteriors{1, {}, {}, {}, {}};
  for (std::uint32_t row = 0; row < 3000; ++row) {
    posteriors.add(row % 2 == 0 ? mean : -mean, std::log(variance), noise(row, 0));
  }
  // All rows together are the mixture, exactly. 5 standard errors, of which the rows' spread shows
  // no less than there is: a false alarm in 2 million for each.
  const vc::MutualInformation found = posteriors.estimate();
  CHECK(found.lower.standard_error < 0.02);
  CHECK(std::abs(found.lower.value - known.information) < 5 * found.lower.standard_error);
  CHECK(std::abs(found.upper.value - known.information) < 5 * found.upper.standard_error);
  CHECK(found.marginal_kl.standard_error < 0.02);
  CHECK(std::abs(found.marginal_kl.value - known.marginal_kl) <
        5 * found.marginal_kl.standard_error);
}

TEST_CASE("mutual information: two groups of codes far apart say one bit") {
  Posteriors posteriors{2, {}, {}, {}, {}};
  constexpr int half = 300;
  for (std::uint32_t row = 0; row < 2 * half; ++row) {
    posteriors.add(row % 2 == 0 ? 40 : -40, 0, noise(row, 0));
    posteriors.add(0, -1, noise(row, 1));
  }
  const vc::MutualInformation found = posteriors.estimate();
  CHECK(found.lower.value == doctest::Approx(std::log(2)).epsilon(1e-12));
  CHECK(found.upper.value == doctest::Approx(std::log((2.0 * half - 1) / (half - 1))));
  CHECK(found.lower.standard_error < 1e-12);
  CHECK(found.cap == doctest::Approx(std::log(2 * half)));
  CHECK_FALSE(found.is_near_cap());
}

TEST_CASE(
    "mutual information: codes that are all the same say nothing, far from the prior or not") {
  Posteriors posteriors{1, {}, {}, {}, {}};
  for (std::uint32_t row = 0; row < 2000; ++row) posteriors.add(1.5, -1, noise(row, 0));
  const vc::MutualInformation found = posteriors.estimate();
  CHECK(std::abs(found.lower.value) < 1e-12);
  CHECK(std::abs(found.upper.value) < 1e-12);
  // Closed form of one Gaussian; 5 standard errors: a false alarm in 2 million.
  const double kl = (square(1.5) + std::exp(-1) - 1 + 1) / 2;
  CHECK(found.marginal_kl.standard_error > 0);
  CHECK(std::abs(found.marginal_kl.value - kl) < 5 * found.marginal_kl.standard_error);
}

TEST_CASE("mutual information: the linear Gaussian lies in the bracket, which is narrow") {
  const double spread = 0.8, variance = 0.3;
  const vc::MutualInformation found = linear_gaussian(1500, spread, variance).estimate();
  const double truth = std::log(1 + spread / variance) / 2;
  // The two ends share their noise; 5 standard errors: a false alarm in 2 million.
  CHECK(found.lower.value < found.upper.value);
  CHECK(found.upper.value - found.lower.value < 0.05);
  CHECK(found.lower.value < truth + 5 * found.lower.standard_error);
  CHECK(found.upper.value > truth - 5 * found.upper.standard_error);
  const double all = spread + variance;
  const double marginal = (all - 1 - std::log(all)) / 2;
  // Its error comes from the means, too, which the rows' spread does not show in full.
  CHECK(std::abs(found.marginal_kl.value - marginal) < 0.05);
}

TEST_CASE("mutual information: codes that all differ reach the cap, and this is said") {
  Posteriors posteriors{1, {}, {}, {}, {}};
  for (std::uint32_t row = 0; row < 32; ++row) posteriors.add(row, -12, noise(row, 0));
  const vc::MutualInformation found = posteriors.estimate();
  CHECK(found.cap == doctest::Approx(3.4657).epsilon(1e-4));  // of mini-batches of 32
  CHECK(found.lower.value == doctest::Approx(found.cap));
  CHECK(found.upper.value > 1000);
  CHECK(found.is_near_cap());
}

TEST_CASE("mutual information: blocks make no difference") {
  Posteriors posteriors{3, {}, {}, {}, {}};
  constexpr std::size_t rows = 131;  // one block and a bit
  for (std::uint32_t row = 0; row < rows; ++row) {
    for (std::uint32_t d = 0; d < 3; ++d) {
      posteriors.add(noise(row, 2 + d), noise(row, 10 + d), noise(row, 20 + d));
    }
  }
  const auto density = [&](std::size_t at, std::size_t of) {
    double sum = 0;
    for (std::size_t d = 0; d < 3; ++d) {
      const double logvar = posteriors.logvar[3 * of + d];
      sum -= (square(posteriors.z[3 * at + d] - posteriors.mu[3 * of + d]) / std::exp(logvar) +
              logvar + log_two_pi) /
             2;
    }
    return std::exp(sum);
  };
  double lower = 0, upper = 0, marginal = 0;
  for (std::size_t n = 0; n < rows; ++n) {
    double others = 0;
    for (std::size_t m = 0; m < rows; ++m) others += m == n ? 0 : density(n, m);
    const double own = density(n, n);
    lower += std::log(own / ((others + own) / rows)) / rows;
    upper += std::log(own / (others / (rows - 1))) / rows;
    marginal += (std::log((others + own) / rows) + posteriors.surprisals[n]) / rows;
  }
  const vc::MutualInformation found = posteriors.estimate();
  CHECK(found.lower.value == doctest::Approx(lower).epsilon(1e-10));
  CHECK(found.upper.value == doctest::Approx(upper).epsilon(1e-10));
  CHECK(found.marginal_kl.value == doctest::Approx(marginal).epsilon(1e-10));
}

TEST_CASE("mutual information: from the densities of all pairs, as from the Gaussians themselves") {
  const Posteriors posteriors = linear_gaussian(150, 0.8, 0.3);
  std::vector<double> pairs;
  for (std::size_t n = 0; n < 150; ++n) {
    for (std::size_t m = 0; m < 150; ++m) {
      const double away = square(posteriors.z[n] - posteriors.mu[m]);
      pairs.push_back(-(away / 0.3 + std::log(0.3) + log_two_pi) / 2);
    }
  }
  const vc::View<const double> view(pairs.data(), 150, 150);
  const vc::MutualInformation found = vc::mutual_information(view, posteriors.surprisals);
  const vc::MutualInformation known = posteriors.estimate();
  CHECK(known.lower.value > 0.3);
  CHECK(found.lower.value == doctest::Approx(known.lower.value).epsilon(1e-12));
  CHECK(found.upper.value == doctest::Approx(known.upper.value).epsilon(1e-12));
  CHECK(found.upper.standard_error == doctest::Approx(known.upper.standard_error).epsilon(1e-9));
  CHECK(found.marginal_kl.value == doctest::Approx(known.marginal_kl.value).epsilon(1e-9));
  CHECK(found.cap == known.cap);
  CHECK_THROWS_WITH_AS(
      vc::mutual_information(vc::View<const double>(pairs.data(), 75, 150), posteriors.surprisals),
      "mutual_information: log_densities is [75 x 150], surprisals is [150]: log_densities must be "
      "square, with a surprisal for each column",
      vc::ShapeError);
}

TEST_CASE("mutual information: mistakes") {
  Posteriors posteriors{1, {}, {}, {}, {}};
  posteriors.add(0, 0, 0);
  CHECK_THROWS_WITH_AS(posteriors.estimate(),
                       "mutual_information: rows are 1: there must be two at least", vc::Error);
  posteriors.surprisals.push_back(0);
  CHECK_THROWS_WITH_AS(posteriors.estimate(),
                       "mutual_information: mu is [1 x 1], logvar is [1 x 1], z is [1 x 1], "
                       "surprisals is [2]: mu, logvar and z must be as large, with a surprisal for "
                       "each column",
                       vc::ShapeError);
}
