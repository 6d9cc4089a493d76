// The linear VAE, whose answer is known: data x ~ N(0, l), p(x|z) = N(w z, s^2), q(z|x) =
// N(a x, exp(c)). At the optimum of NLL + beta KL the mean KL is max(0, 1/2 ln(l / (beta s^2))),
// so that the posterior collapses for beta >= l / s^2; with free bits of a rate above that KL it is
// the rate. Trained through the real tape, layers and objectives; the op that is missing, a
// Gaussian NLL, is written here, as a user would.
// Source: Lucas et al. 2019, "Don't blame the ELBO! A linear VAE perspective on posterior collapse"
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <span>
#include <vector>

#include <doctest/doctest.h>

#include <vaecollapse/autodiff/ops/gaussian.hpp>
#include <vaecollapse/autodiff/tape.hpp>
#include <vaecollapse/latent/gaussian.hpp>
#include <vaecollapse/model/step.hpp>
#include <vaecollapse/nn/linear.hpp>
#include <vaecollapse/objective/elbo.hpp>
#include <vaecollapse/objective/free_bits.hpp>
#include <vaecollapse/optim/adam.hpp>

namespace vc = vaecollapse;
using vc::Index;
using Tape = vc::Tape<double>;

namespace {

/// -log N(x; mean, 1) of each column of one number. \shape mean [1 x B], x B numbers -> [B]
vc::Var<double, 1> gaussian_nll(Tape& tape, const vc::Var<double, 2>& mean,
                                std::span<const double> x) {
  const auto y = tape.make<1>(vc::Shape<1>{{mean.columns()}});
  const double half_log_two_pi = 0.91893853320467274;
  for (Index b = 0; b < y.size(); ++b) {
    const double error = mean.data()[b] - x[static_cast<std::size_t>(b)];
    y.data()[b] = 0.5 * error * error + half_log_two_pi;
  }
  tape.record<"gaussian_nll">(y, [=](vc::BackwardContext&) {
    for (Index b = 0; b < y.size(); ++b) {
      const double error = mean.data()[b] - x[static_cast<std::size_t>(b)];
      mean.gradient_data()[b] += error * y.gradient_data()[b];
    }
  });
  return y;
}

constexpr double data_variance = 2;

/// Four examples that stand for all of N(0, 2) x N(0, 1): x = +-sqrt(2), each with noise +-1. Every
/// term is a polynomial of degree two in both, so their means are the exact expectations.
struct Examples {
  std::vector<double> x, noise;
  Examples() {
    for (const double side : {-1.0, 1.0}) {
      for (const double e : {-1.0, 1.0}) {
        x.push_back(side * std::sqrt(data_variance));
        noise.push_back(e);
      }
    }
  }
  Index size() const { return Index(x.size()); }
};

/// Trains until nothing moves; gives the last report.
template <class Objective>
vc::Report train(const Objective& objective) {
  const Examples examples;
  vc::Layout layout;
  const vc::GaussianHead posterior(layout, "posterior", {1, 1});
  const vc::Linear decoder(layout, "decoder", {1, 1});
  vc::Parameters<double> parameters(layout, vc::Seed{1});
  Tape tape(parameters);
  vc::Adam<double> adam({.learning_rate = 0.02});
  vc::Report report;
  constexpr int steps = 6000;
  for (int step = 0; step < steps; ++step) {
    const vc::Scope scope(tape);
    Eigen::Tensor<double, 2> x(1, examples.size());
    std::copy(examples.x.begin(), examples.x.end(), x.data());
    const auto q = posterior.head(tape, tape.constant(x));
    const auto z = vc::gaussian_sample(tape, q.mu, q.logvar,
                                       vc::View<const double>(examples.noise.data(), 1, 4));
    const auto nll = gaussian_nll(tape, decoder(tape, z), examples.x);
    const vc::VaeTerms<double> terms{.nll = nll, .kl = posterior.kl(tape, q)};
    report = vc::backward(tape, objective, terms);
    // Falling to nothing, so that Adam comes to rest.
    const double left = 1 - static_cast<double>(step) / steps;
    adam.step(parameters, {.learning_rate = 0.02 * left * left});
  }
  return report;
}

}  // namespace

TEST_CASE("linear VAE: beta decides the rate, and beyond l / s^2 the posterior collapses") {
  struct Known {
    double beta, rate;
  };
  for (const Known known :
       {Known{0.5, 0.69315}, Known{1, 0.34657}, Known{1.5, 0.14384}, Known{2.5, 0}}) {
    CAPTURE(known.beta);
    const vc::Report report = train(vc::Elbo(known.beta));
    CHECK(std::abs(report.rate - known.rate) < 1e-3);
  }
}

TEST_CASE("linear VAE: the ELBO at its optimum is the likelihood of the data") {
  const vc::Report report = train(vc::Elbo());
  // -log N(x; 0, l), its mean: 1/2 ln(2 pi l) + 1/2.
  const double entropy = 0.5 * std::log(2 * 3.14159265358979324 * data_variance) + 0.5;
  CHECK(std::abs(report.loss - entropy) < 1e-4);
  CHECK(std::abs(report.nll + report.rate - report.loss) < 1e-12);
}

TEST_CASE("linear VAE: free bits are spent, and no more than are free") {
  CHECK(std::abs(train(vc::FreeBits<1>(0.5)).rate - 0.5) < 1e-3);
  CHECK(std::abs(train(vc::FreeBits<1>(0.1)).rate - 0.34657) < 1e-3);
}
