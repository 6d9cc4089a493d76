// The von Mises-Fisher distribution apart from its mean direction: closed forms, figures from the
// literature, and the distribution of its draws.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <numbers>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include <vaecollapse/latent/concentration.hpp>

namespace vc = vaecollapse;
using vc::Concentration;
using vc::Index;

namespace {

constexpr double pi = std::numbers::pi;

double log_mean_exponential(const Concentration& q) { return q.log_uniform() - q.log_normaliser(); }

/// The distribution of the angle between z and mu, whose density is exp(kappa cos a) sin(a)^(Z-2),
/// as sums over a grid.
class AngleDistribution {
 public:
  explicit AngleDistribution(const Concentration& q) : below_(points + 1) {
    const auto power = static_cast<double>(q.dimensions() - 2);
    const auto log_density = [&](double angle) {
      const double of_sine = power == 0 ? 0 : power * std::log(std::sin(angle));
      return q.kappa() * std::cos(angle) + of_sine;
    };
    std::vector<double> logs(points);
    for (std::size_t i = 0; i < points; ++i) logs[i] = log_density(angle(i) + step / 2);
    const double greatest = *std::max_element(logs.begin(), logs.end());
    for (std::size_t i = 0; i < points; ++i) {
      below_[i + 1] = below_[i] + std::exp(logs[i] - greatest);
    }
  }
  /// The probability of a smaller angle.
  double operator()(double angle) const {
    const double place = std::clamp(angle / step, 0.0, static_cast<double>(points) - 1);
    const auto i = static_cast<std::size_t>(place);
    const double rest = place - static_cast<double>(i);
    return (below_[i] + rest * (below_[i + 1] - below_[i])) / below_[points];
  }

 private:
  static constexpr std::size_t points = 100000;
  static constexpr double step = pi / points;
  static double angle(std::size_t i) { return step * static_cast<double>(i); }

  std::vector<double> below_;
};

std::vector<vc::CosineAndSine> draw(const Concentration& q, std::uint32_t count) {
  std::vector<vc::CosineAndSine> drawn(count);
  for (std::uint32_t row = 0; row < count; ++row) {
    drawn[row] = q.draw(vc::Draws(3, 1), vc::Stream::latent, row, 0);
  }
  return drawn;
}

}  // namespace

TEST_CASE("Concentration: on the sphere of three dimensions all is elementary") {
  CHECK(Concentration(3, 0).log_uniform() == doctest::Approx(-std::log(4 * pi)).epsilon(1e-15));
  for (const double kappa : {0.1, 1.0, 5.0, 30.0, 300.0, 10000.0}) {
    const Concentration q(3, kappa);
    CAPTURE(kappa);
    CHECK(std::abs(q.mean_cosine() - (1 / std::tanh(kappa) - 1 / kappa)) < 1e-14);
    const double log_sinh = kappa - std::log(2.0) + std::log1p(-std::exp(-2 * kappa));
    CHECK(std::abs(log_mean_exponential(q) - (log_sinh - std::log(kappa))) < 1e-15 * (10 + kappa));
    const double log_normaliser = std::log(kappa / (4 * pi)) - log_sinh;
    CHECK(std::abs(q.log_normaliser() - log_normaliser) < 1e-15 * (10 + kappa));
  }
}

TEST_CASE("Concentration: on the circle it is the mean of exp(kappa cos a)") {
  CHECK(Concentration(2, 0).log_uniform() == doctest::Approx(-std::log(2 * pi)).epsilon(1e-15));
  for (const double kappa : {0.1, 1.0, 5.0, 30.0}) {
    // A sum over a whole period converges faster than any power of its step.
    constexpr int points = 400;
    double sum = 0, cosines = 0;
    for (int i = 0; i < points; ++i) {
      const double cosine = std::cos(2 * pi * i / points);
      sum += std::exp(kappa * cosine) / points;
      cosines += cosine * std::exp(kappa * cosine) / points;
    }
    const Concentration q(2, kappa);
    CAPTURE(kappa);
    CHECK(std::abs(log_mean_exponential(q) - std::log(sum)) < 1e-13);
    CHECK(std::abs(q.mean_cosine() - cosines / sum) < 1e-13);
  }
}

TEST_CASE("Concentration: the mean cosine is the derivative of the normaliser, odd and even Z") {
  for (const Index latent : {2, 5, 32, 33, 513, 4096}) {
    for (const double kappa : {0.5, 20.0, 700.0, 9000.0}) {
      const double step = 1e-3 * kappa;
      const double difference = (log_mean_exponential({latent, kappa + step}) -
                                 log_mean_exponential({latent, kappa - step})) /
                                (2 * step);
      CAPTURE(latent);
      CAPTURE(kappa);
      CHECK(std::abs(Concentration(latent, kappa).mean_cosine() - difference) < 2e-6);
    }
  }
}

TEST_CASE("Concentration: the rates of Xu and Durrett's kappas with 32 dimensions") {
  const std::pair<double, double> rates[] = {
      {13, 2.2}, {25, 5.8}, {50, 12.3}, {100, 20.8}, {200, 30.4}};
  for (const auto& [kappa, rate] : rates) {
    CHECK(std::abs(Concentration(32, kappa).kl() - rate) < 0.05);
  }
}

TEST_CASE("Concentration: without kappa it is the uniform distribution") {
  for (const Index latent : {2, 3, 100, 4096}) {
    const Concentration q(latent, 0);
    CHECK(q.mean_cosine() == 0);
    CHECK(q.kl() == 0);
    CHECK(q.log_normaliser() == q.log_uniform());
    // KL = kappa^2 / (2 Z) to the first order.
    const auto z = static_cast<double>(latent);
    CHECK(Concentration(latent, 1e-3).kl() == doctest::Approx(1e-6 / (2 * z)).epsilon(1e-6));
  }
}

TEST_CASE("Concentration: what is out of range is refused") {
  CHECK_THROWS_WITH_AS(Concentration(1, 5),
                       "von Mises-Fisher: latent is 1: it must be in [2, 4096]", vc::Error);
  CHECK_THROWS_WITH_AS(Concentration(4097, 5),
                       "von Mises-Fisher: latent is 4097: it must be in [2, 4096]", vc::Error);
  CHECK_THROWS_WITH_AS(Concentration(8, -1),
                       "von Mises-Fisher: kappa is -1.000000: it must be in [0, 10000]", vc::Error);
  CHECK_THROWS_AS(Concentration(8, 10000.5), vc::Error);
  CHECK_THROWS_AS(Concentration(8, std::numeric_limits<double>::quiet_NaN()), vc::Error);
  CHECK_NOTHROW(Concentration(4096, 10000));
}

TEST_CASE("Concentration: draws have the distribution of the angle") {
  constexpr std::uint32_t count = 10000;
  for (const Index latent : {2, 3, 4, 33, 4096}) {
    for (const double kappa : {0.0, 1.0, 50.0, 10000.0}) {
      const Concentration q(latent, kappa);
      const AngleDistribution distribution(q);
      std::vector<double> probabilities;
      double greatest_error = 0;
      for (const auto& drawn : draw(q, count)) {
        probabilities.push_back(distribution(std::atan2(drawn.across, drawn.along)));
        const double square = drawn.along * drawn.along + drawn.across * drawn.across;
        greatest_error = std::max(greatest_error, std::abs(square - 1));
      }
      CHECK(greatest_error < 1e-14);
      std::sort(probabilities.begin(), probabilities.end());
      double distance = 0;
      for (std::size_t i = 0; i < count; ++i) {
        distance = std::max({distance, std::abs(probabilities[i] - double(i) / count),
                             std::abs(probabilities[i] - double(i + 1) / count)});
      }
      CAPTURE(latent);
      CAPTURE(kappa);
      // Kolmogorov and Smirnov: a false alarm with probability 2 exp(-2 * 3.2^2) = 3e-9.
      CHECK(distance < 3.2 / std::sqrt(double(count)));
    }
  }
}

TEST_CASE("Concentration: the moments of the cosine") {
  constexpr std::uint32_t count = 20000;
  const std::pair<Index, double> sizes[] = {{2, 3}, {3, 0.5}, {32, 50}, {33, 200}, {512, 1000}};
  for (const auto& size : sizes) {
    const Index latent = size.first;
    const double kappa = size.second;
    const Concentration q(latent, kappa);
    const double mean = q.mean_cosine();
    const double variance = 1 - mean * mean - static_cast<double>(latent - 1) * mean / kappa;
    double sum = 0, squares = 0, fourth = 0;
    for (const auto& drawn : draw(q, count)) {
      const double away = drawn.along - mean;
      sum += away / count;
      squares += away * away / count;
      fourth += away * away * away * away / count;
    }
    CAPTURE(latent);
    CAPTURE(kappa);
    // Six standard errors: a false alarm in 5e8 sets of draws.
    CHECK(std::abs(sum) < 6 * std::sqrt(variance / count));
    CHECK(std::abs(squares - variance) < 6 * std::sqrt((fourth - squares * squares) / count));
  }
}

TEST_CASE("Concentration: at least 0.65 of the proposals are accepted") {
  double least = 1;
  for (const Index latent : {2, 3, 4, 10, 33, 100, 1000, 4096}) {
    for (double kappa = 0.01; kappa < Concentration::most_kappa; kappa *= 2) {
      const Concentration q(latent, kappa);
      const auto less_one = static_cast<double>(latent - 1);
      // Wood's b and x_0. The mean of his bound over his proposals, in closed form.
      const double b = less_one / (2 * kappa + std::sqrt(4 * kappa * kappa + less_one * less_one));
      const double peak = (1 - b) / (1 + b);
      least = std::min(least, std::exp(log_mean_exponential(q) - kappa * peak -
                                       less_one / 2 * std::log(1 - peak * peak)));
    }
  }
  CHECK(least > 0.65);
  CHECK(std::pow(1 - least, double(Concentration::most_proposals)) < 1e-29);
}

TEST_CASE("Concentration: draws are addressed by row, sample and step") {
  const Concentration q(8, 20);
  const auto cosine = [&](std::uint64_t step, std::uint32_t row, std::uint32_t sample) {
    return q.draw(vc::Draws(3, step), vc::Stream::latent, row, sample).along;
  };
  CHECK(cosine(1, 5, 0) == cosine(1, 5, 0));
  CHECK(cosine(1, 5, 0) != cosine(1, 6, 0));
  CHECK(cosine(1, 5, 0) != cosine(1, 5, 1));
  CHECK(cosine(1, 5, 0) != cosine(2, 5, 0));
}
