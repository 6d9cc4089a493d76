// Posteriors over a grid: linear Gaussian models, whose posteriors are known.
#include <cmath>
#include <span>
#include <vector>

#include <doctest/doctest.h>

#include <vaecollapse/metrics/posterior_trajectory.hpp>

namespace vc = vaecollapse;

namespace {

double log_normal(double x, double mean, double variance) {
  return -((x - mean) * (x - mean) / variance + std::log(variance) + 1.8378770664093453) / 2;
}

const std::vector<double> observed{-4, -0.3, 0, 1.7, 5};

/// z ~ N(0, 1), x ~ N(2 z, 0.5): x ~ N(0, 4.5), and z given x is N(4 x / 9, 1 / 9).
vc::GridPosteriors line(const vc::LatentGrid& grid) {
  return vc::grid_posteriors(grid, 1, static_cast<vc::Index>(observed.size()),
                             [](std::span<const double> z, std::span<double> out) {
                               for (std::size_t row = 0; row < out.size(); ++row) {
                                 out[row] = log_normal(z[0], 0, 1) +
                                            log_normal(observed[row], 2 * z[0], 0.5);
                               }
                             });
}

}  // namespace

TEST_CASE("grid posteriors: the linear Gaussian of one dimension") {
  const vc::GridPosteriors found = line({});
  REQUIRE(found.mean.size() == observed.size());
  for (std::size_t row = 0; row < observed.size(); ++row) {
    CHECK(std::abs(found.mean[row] - 4 * observed[row] / 9) < 1e-9);
    CHECK(found.nll[row] == doctest::Approx(-log_normal(observed[row], 0, 4.5)).epsilon(1e-9));
  }
  CHECK(found.edge_mass < 1e-20);
  CHECK(found.effective_points == doctest::Approx(2 * std::sqrt(std::acos(-1.0)) / 3 / 0.1));
}

TEST_CASE("grid posteriors: two dimensions that explain one observation together") {
  // z ~ N(0, I), x ~ N(a z1 + b z2, s): E[z | x] = (a, b) x / (a^2 + b^2 + s).
  const double a = 1.5, b = -0.5, s = 0.4, all = a * a + b * b + s;
  const vc::GridPosteriors found =
      vc::grid_posteriors({.limit = 6, .step = 0.2}, 2, static_cast<vc::Index>(observed.size()),
                          [&](std::span<const double> z, std::span<double> out) {
                            REQUIRE(z.size() == 2);
                            for (std::size_t row = 0; row < out.size(); ++row) {
                              out[row] = log_normal(z[0], 0, 1) + log_normal(z[1], 0, 1) +
                                         log_normal(observed[row], a * z[0] + b * z[1], s);
                            }
                          });
  REQUIRE(found.mean.size() == 2 * observed.size());
  for (std::size_t row = 0; row < observed.size(); ++row) {
    CHECK(std::abs(found.mean[2 * row] - a * observed[row] / all) < 1e-6);
    CHECK(std::abs(found.mean[2 * row + 1] - b * observed[row] / all) < 1e-6);
    CHECK(found.nll[row] == doctest::Approx(-log_normal(observed[row], 0, all)).epsilon(1e-6));
  }
}

TEST_CASE("grid posteriors: a grid that is too small shows") {
  const vc::GridPosteriors found = line({.limit = 2, .step = 0.1});
  CHECK(found.edge_mass > 0.1);  // of x = 5, whose mean is 2.2
  CHECK(found.mean.back() < 2);
}

TEST_CASE("grid posteriors: a grid that is too coarse shows") {
  CHECK(line({.limit = 6, .step = 2}).effective_points < 2);
}

TEST_CASE("grid posteriors: joint probabilities whose exp is 0, and those that are 0") {
  const vc::GridPosteriors found = vc::grid_posteriors(
      {.limit = 1, .step = 1}, 1, 1, [](std::span<const double> z, std::span<double> out) {
        out[0] = z[0] < 0 ? -INFINITY : -5000 + z[0] * std::log(3);
      });
  CHECK(found.mean[0] == doctest::Approx(0.75));
  CHECK(found.nll[0] == doctest::Approx(5000 - std::log(4)));
  CHECK(found.edge_mass == doctest::Approx(0.75));
  CHECK(found.effective_points == doctest::Approx(1.6));
}

TEST_CASE("grid posteriors: a joint probability that is NaN is not left out") {
  for (const double bad : {-1.0, 0.0, 1.0}) {
    const vc::GridPosteriors found = vc::grid_posteriors(
        {.limit = 1, .step = 1}, 1, 1,
        [&](std::span<const double> z, std::span<double> out) { out[0] = z[0] == bad ? NAN : -1; });
    CHECK(std::isnan(found.mean[0]));
    CHECK(std::isnan(found.nll[0]));
  }
}

TEST_CASE("posterior means: collapse, an encoder that lags, and one that has arrived") {
  const std::vector<double> nowhere(4, 0.0), somewhere{1, -1, 1, -1};
  CHECK(vc::PosteriorMeans{nowhere, nowhere}.spread().model == 0);
  const auto lags = vc::PosteriorMeans{somewhere, nowhere}.spread();
  CHECK(lags.model == 1);
  CHECK(lags.inference == 0);
  CHECK(lags.gap == 1);
  const auto arrived = vc::PosteriorMeans{somewhere, {1, -1, 1, -3}}.spread();
  CHECK(arrived.inference == doctest::Approx(std::sqrt(3)));
  CHECK(arrived.gap == 1);
}

TEST_CASE("grid posteriors: mistakes") {
  const auto none = [](std::span<const double>, std::span<double>) {};
  CHECK_THROWS_WITH_AS(vc::grid_posteriors({}, 3, 1, none),
                       "grid_posteriors: the latent dimensions are 3: they must be 1 or 2",
                       vc::Error);
  CHECK_THROWS_WITH_AS(vc::grid_posteriors({.limit = 1, .step = 0}, 1, 1, none),
                       "LatentGrid: limit is 1.000000, step is 0.000000: the step must be "
                       "positive, at most the limit, and no less than a 500000th",
                       vc::Error);
  CHECK_THROWS_WITH_AS(
      (vc::PosteriorMeans{{1, 2}, {1}}.spread()),
      "PosteriorMeans: there are 2 numbers of the model and 1 of the encoder: there must be as "
      "many of both, and any",
      vc::Error);
}
