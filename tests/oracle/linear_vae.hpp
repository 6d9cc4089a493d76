// The linear VAE, whose answer is known: data x ~ N(0, diag l), p(x|z) = N(W z, I), q(z|x) =
// N(A x, diag exp(c)). At the optimum of NLL + beta KL the dimensions of z are the axes of x, each
// with the mean KL max(0, 1/2 ln(l_d / beta)): reverse water-filling, in which beta is the level of
// the water, and what lies below it collapses. Trained through the real tape, layers and
// objectives; the op that is missing, a Gaussian NLL, is written here, as a user would. Source:
// Lucas et al. 2019, "Don't blame the ELBO! A linear VAE perspective on posterior collapse"
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <span>
#include <utility>
#include <vector>

#include <vaecollapse/autodiff/eigen.hpp>
#include <vaecollapse/autodiff/ops/gaussian.hpp>
#include <vaecollapse/autodiff/tape.hpp>
#include <vaecollapse/latent/gaussian.hpp>
#include <vaecollapse/latent/head_pass.hpp>
#include <vaecollapse/model/step.hpp>
#include <vaecollapse/nn/linear.hpp>
#include <vaecollapse/objective/concepts.hpp>
#include <vaecollapse/optim/adam.hpp>

namespace linear_vae {

namespace vc = vaecollapse;
using vc::Index;
using Tape = vc::Tape<double>;

/// The variance of the data along each axis; that of the noise is 1.
using Eigenvalues = std::vector<double>;

inline constexpr double half_log_two_pi = 0.91893853320467274;

/// -log N(x; mean, I) of each column. \shape both [D x B] -> [B]
inline vc::Var<double, 1> gaussian_nll(Tape& tape, const vc::Var<double, 2>& mean,
                                       vc::View<const double> x) {
  const auto y = tape.make<1>(vc::Shape<1>{{mean.columns()}});
  const Index rows = mean.rows();
  const auto error = [=](Index d, Index b) { return mean.data()[d + b * rows] - x(d, b); };
  for (Index b = 0; b < y.size(); ++b) {
    y.data()[b] = half_log_two_pi * static_cast<double>(rows);
    for (Index d = 0; d < rows; ++d) y.data()[b] += 0.5 * error(d, b) * error(d, b);
  }
  tape.record<"gaussian_nll">(y, [=](vc::BackwardContext&) {
    for (Index b = 0; b < y.size(); ++b) {
      for (Index d = 0; d < rows; ++d) {
        mean.gradient_data()[d + b * rows] += error(d, b) * y.gradient_data()[b];
      }
    }
  });
  return y;
}

/// Examples that stand for all of N(0, diag l) x N(0, I): x_d = +-sqrt(l_d) and noise +-1 in all
/// combinations. Every term of the loss is a polynomial in which no x_d and no noise has a power
/// above two, so that their means are the exact expectations.
class Examples {
 public:
  explicit Examples(const Eigenvalues& eigenvalues) : dimensions_(Index(eigenvalues.size())) {
    const std::size_t dimensions = eigenvalues.size(), size = std::size_t{1} << (2 * dimensions);
    for (std::size_t b = 0; b < size; ++b) {
      const auto sign = [b](std::size_t bit) { return (b >> bit & 1u) == 1 ? 1.0 : -1.0; };
      for (std::size_t d = 0; d < dimensions; ++d) {
        x_.push_back(sign(d) * std::sqrt(eigenvalues[d]));
        noise_.push_back(sign(dimensions + d));
      }
    }
  }

  Index size() const { return Index(x_.size()) / dimensions_; }
  vc::View<const double> x() const { return {x_.data(), dimensions_, size()}; }
  vc::View<const double> noise() const { return {noise_.data(), dimensions_, size()}; }

 private:
  Index dimensions_;
  std::vector<double> x_, noise_;
};

template <class Objective>
struct Trained {
  Objective objective;
  vc::Report report;       ///< of the last step
  std::vector<double> kl;  ///< the mean KL of each dimension of z, the largest first
};

inline std::vector<double> sorted_means(const vc::Var<double, 2>& kl) {
  std::vector<double> means(static_cast<std::size_t>(kl.rows()));
  for (Index i = 0; i < kl.size(); ++i) {
    means[static_cast<std::size_t>(i % kl.rows())] +=
        kl.data()[i] / static_cast<double>(kl.columns());
  }
  std::sort(means.rbegin(), means.rend());
  return means;
}

/// The Gaussian posterior as it is.
struct Plain {
  vc::GaussianHead operator()(vc::Layout&, const vc::GaussianHead& head) const { return head; }
};

/// Trains until nothing moves. `make_posterior(layout, head)` may put something around the head.
template <class Objective, class MakePosterior = Plain>
Trained<Objective> train(Objective objective, const Eigenvalues& eigenvalues = {2},
                         int steps = 6000, const MakePosterior& make_posterior = {}) {
  const Examples examples(eigenvalues);
  const Index dimensions = Index(eigenvalues.size());
  vc::Layout layout;
  const auto posterior =
      make_posterior(layout, vc::GaussianHead(layout, "posterior", {dimensions, dimensions}));
  const vc::Linear decoder(layout, "decoder", {dimensions, dimensions});
  vc::Parameters<double> parameters(layout, vc::Seed{1});
  Tape tape(parameters);
  vc::Adam<double> adam({.learning_rate = 0.02});
  Eigen::Tensor<double, 2> x(dimensions, examples.size());
  std::copy_n(examples.x().data, x.size(), x.data());
  vc::Report report;
  std::vector<double> kl;
  for (int step = 0; step < steps; ++step) {
    const vc::Scope scope(tape);
    const auto q = vc::head_of(tape, posterior, tape.constant(x), vc::Mode::train);
    const auto z = vc::gaussian_sample(tape, q.mu, q.logvar, examples.noise());
    const auto nll = gaussian_nll(tape, decoder(tape, z), examples.x());
    const vc::VaeTerms<double> terms{.nll = nll, .kl = posterior.kl(tape, q, z)};
    report = vc::backward(tape, objective, terms);
    // Falling to nothing, so that Adam comes to rest.
    const double left = 1 - static_cast<double>(step) / steps;
    adam.step(parameters, {.learning_rate = 0.02 * left * left});
    vc::notify_step(objective, report);
    if (step + 1 == steps) kl = sorted_means(terms.kl);
  }
  return {std::move(objective), report, std::move(kl)};
}

/// The mean KL of each dimension where the level of the water is beta.
inline std::vector<double> reverse_water_filling(const Eigenvalues& eigenvalues, double beta) {
  std::vector<double> kl;
  for (const double l : eigenvalues) kl.push_back(std::max(0.0, 0.5 * std::log(l / beta)));
  return kl;
}

inline double total(const std::vector<double>& kl) {
  double sum = 0;
  for (const double each : kl) sum += each;
  return sum;
}

/// The level at which the total is `rate`.
inline double water_level(const Eigenvalues& eigenvalues, double rate) {
  double low = 1e-6, high = 1e6;
  for (int halving = 0; halving < 200; ++halving) {
    const double middle = std::sqrt(low * high);
    (total(reverse_water_filling(eigenvalues, middle)) > rate ? low : high) = middle;
  }
  return high;
}

/// The least NLL + KL of a model whose dimensions are the axes and have these KLs.
inline double loss_on_axes(const Eigenvalues& eigenvalues, const std::vector<double>& kl) {
  double loss = 0;
  for (std::size_t d = 0; d < kl.size(); ++d) {
    loss += half_log_two_pi + 0.5 * eigenvalues[d] * std::exp(-2 * kl[d]) + kl[d];
  }
  return loss;
}

}  // namespace linear_vae
