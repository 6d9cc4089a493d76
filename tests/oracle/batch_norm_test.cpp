// The linear VAE with normalised means, in one dimension: mu has the variance gamma^2, whatever the
// heads are, and of the rest of the model the best is known. With data of variance l, noise of
// variance 1 and s^2 the variance of q, the best decoder's error is l s^2 / (gamma^2 + s^2), and
// s^2 solves l gamma^2 / (gamma^2 + s^2)^2 = 1 / s^2 - 1; the rate is (gamma^2 + s^2 - ln s^2 - 1)
// / 2.
#include <cmath>

#include <doctest/doctest.h>

#include <vaecollapse/latent/transform/batch_norm.hpp>
#include <vaecollapse/latent/transform/transformed_head.hpp>
#include <vaecollapse/objective/elbo.hpp>

#include "oracle/linear_vae.hpp"

namespace vc = vaecollapse;

namespace {

constexpr double tolerance = 1e-3;

struct Normalised {
  double gamma, epsilon;
  auto operator()(vc::Layout& layout, const vc::GaussianHead& head) const {
    return vc::TransformedHead(layout, "posterior.transform", head,
                               vc::BatchNormMean<>(gamma, {.epsilon = epsilon}));
  }
};

/// Adam's own epsilon is 1e-8: gradients by way of this one are nothing beside it.
constexpr double tiny = 1e-12;

vc::Report train(double l, double gamma, double epsilon = tiny) {
  return linear_vae::train(vc::Elbo(), {l}, 6000, Normalised{gamma, epsilon}).report;
}

struct Optimum {
  double rate, nll;
};

Optimum optimum(double l, double gamma) {
  const double g = gamma * gamma;
  double low = 1e-9, high = 1;
  for (int halving = 0; halving < 200; ++halving) {
    const double s = (low + high) / 2;
    (l * g / ((g + s) * (g + s)) < 1 / s - 1 ? low : high) = s;
  }
  return {0.5 * (g + high - std::log(high) - 1),
          linear_vae::half_log_two_pi + 0.5 * l * high / (g + high)};
}

}  // namespace

TEST_CASE("linear VAE with normalised means: the rate and the NLL of the closed form") {
  for (const double l : {0.5, 2.0, 8.0}) {
    for (const double gamma : {0.3, 0.6, 0.9}) {
      CAPTURE(l);
      CAPTURE(gamma);
      const vc::Report found = train(l, gamma);
      const Optimum expected = optimum(l, gamma);
      CHECK(std::abs(found.rate - expected.rate) < tolerance);
      CHECK(std::abs(found.nll - expected.nll) < tolerance);
      CHECK(found.rate > gamma * gamma / 2);
    }
  }
}

TEST_CASE("linear VAE with normalised means: where gamma is that of the optimum, nothing changes") {
  // The ELBO's own mu has the variance 1 - 1 / l.
  const vc::Report found = train(2, std::sqrt(0.5));
  CHECK(std::abs(found.rate - 0.5 * std::log(2.0)) < tolerance);
  CHECK(std::abs(found.loss - linear_vae::train(vc::Elbo()).report.loss) < 1e-4);
}

TEST_CASE("linear VAE with normalised means: the way out below the floor is epsilon") {
  // Where the floor costs more than z is worth, and gradients have no noise, Adam shrinks the
  // head's weights until the variance is lost in epsilon.
  constexpr double pytorch = 1e-5;
  CHECK(train(0.5, 0.6, tiny).rate > 0.18);
  CHECK(train(0.5, 0.6, pytorch).rate < tolerance);
  // A floor that z is worth stays.
  CHECK(std::abs(train(8, 0.6, pytorch).rate - optimum(8, 0.6).rate) < tolerance);
}
