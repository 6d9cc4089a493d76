// The Gaussian posterior under a prior with several modes: a learned mixture of Gaussians.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include <vaecollapse/autodiff/ops/activation.hpp>
#include <vaecollapse/autodiff/ops/arithmetic.hpp>
#include <vaecollapse/autodiff/ops/gaussian_density.hpp>
#include <vaecollapse/autodiff/ops/mixture.hpp>
#include <vaecollapse/autodiff/workspace.hpp>
#include <vaecollapse/core/at.hpp>
#include <vaecollapse/core/rng.hpp>
#include <vaecollapse/latent/gaussian.hpp>
#include <vaecollapse/latent/wrapper.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

namespace detail {

/// Which component a draw is from, by inversion of one uniform.
template <class Scalar>
Index draw_component(const MixtureVars<Scalar>& mixture, double uniform) {
  const Scalar* logits = mixture.logits.data();
  const Index count = mixture.logits.size();
  const auto greatest = static_cast<double>(*std::max_element(logits, logits + count));
  const auto weight = [&](Index k) { return std::exp(static_cast<double>(logits[k]) - greatest); };
  double total = 0, below = 0;
  for (Index k = 0; k < count; ++k) total += weight(k);
  for (Index k = 0; k + 1 < count; ++k) {
    below += weight(k);
    if (uniform * total < below) return k;
  }
  return count - 1;
}

}  // namespace detail

/// p(z) = sum_k softmax(a)_k N(z; m_k, diag exp(s_k)), all learned. The components start with equal
/// weights, unit variances and means near zero, but apart, so that they may become different. s is
/// kept within the range of a posterior's logvar.
/// Parameters `name.means` and `name.logvars` [latent x components], `name.logits` [components].
/// \source Kamoi & Fukutomi 2018 learn means; learned variances and weights are ours
/// \shape z [latent x B] -> -log p(z) [1 x B], p(k | z) [components x B]
/// \cost O(latent components B)
class MixturePrior {
 public:
  /// The sizes of the prior.
  struct Sizes {
    Index latent;
    Index components;
  };

  MixturePrior(Layout& layout, const std::string& name, Sizes sizes)
      : means_(layout.add(name + ".means", Shape<2>{{sizes.latent, sizes.components}},
                          Init::normal(0.1))),
        logvars_(layout.add(name + ".logvars", Shape<2>{{sizes.latent, sizes.components}},
                            Init::zeros())),
        logits_(layout.add(name + ".logits", Shape<1>{{sizes.components}}, Init::zeros())) {}

  Index components() const { return means_.shape[1]; }

  /// The mixture itself.
  template <Context C, class Scalar = typename C::scalar_type>
  MixtureVars<Scalar> vars(C& cx) const {
    const auto logvars = soft_clamp(cx, cx.parameter(logvars_), GaussianHead::lowest_logvar,
                                    GaussianHead::highest_logvar);
    return {cx.parameter(means_), logvars, cx.parameter(logits_)};
  }

  /// -log p(z) and p(k | z). \shape z [Z x B] \unit nats
  template <Context C, class Scalar = typename C::scalar_type>
  Surprisal<Scalar> operator()(C& cx, const Var<Scalar, 2>& z) const {
    return mixture_surprisal(cx, z, vars(cx));
  }

  /// z ~ p(z), a column for each row, which addresses it. \shape out [Z x rows]
  template <class Scalar>
  void sample(Workspace<Scalar>& workspace, const Draws& draws, std::span<const std::uint32_t> rows,
              View<Scalar> out) const {
    fill_normal(draws, Stream::prior, rows, 0, out);
    const MixtureVars<Scalar> mixture = vars(workspace);
    for (Index j = 0; j < out.columns; ++j) {
      const std::uint32_t row = at(rows, j);
      const double uniform = draws.uniform(Stream::prior, row, 0, 1, 0);
      const Index k = detail::draw_component(mixture, uniform);
      for (Index d = 0; d < out.rows; ++d) {
        const Scalar scale = std::exp(mixture.logvars.view()(d, k) / 2);
        out(d, j) = mixture.means.view()(d, k) + scale * out(d, j);
      }
    }
  }

 private:
  Slot<2> means_, logvars_;
  Slot<1> logits_;
};

/// A Gaussian posterior under a mixture prior. Its KL is by Monte Carlo, from the sample z itself:
/// E log q in closed form, less log p(z). Unbiased; it has one entry for each example, none for a
/// dimension, and a single draw of it may be negative.
/// Parameters of `GaussianHead`, then those of `prior` beside it: of `posterior` it is `prior.*`,
/// of `vae.posterior` `vae.prior.*`, so that the prior is a range of its own.
/// \shape code [input x B] -> mu, logvar and z [latent x B], kl [1 x B]
/// \cost that of `GaussianHead`, and O(latent components B)
class MixturePriorHead : public PosteriorWrapper<GaussianHead> {
 public:
  /// The sizes of the head.
  struct Sizes {
    Index input;
    Index latent;
    Index components;
  };

  MixturePriorHead(Layout& layout, const std::string& name, Sizes sizes)
      : MixturePriorHead(layout, name, GaussianHead(layout, name, {sizes.input, sizes.latent}),
                         sizes.components) {}
  /// With a head that is there already.
  MixturePriorHead(Layout& layout, const std::string& name, GaussianHead head, Index components)
      : PosteriorWrapper(head), prior_(layout, beside(name), {head.latent(), components}) {}

  const MixturePrior& prior() const { return prior_; }
  Index kl_groups() const { return 1; }

  /// \shape z [Z x B], a sample of q -> [1 x B] \unit nats
  template <Context C, class Scalar = typename C::scalar_type>
  Var<Scalar, 2> kl(C& cx, const Gaussian<Scalar>& q, const Var<Scalar, 2>& z) const {
    return add(cx, gaussian_negative_entropy(cx, q.logvar), prior_(cx, z).surprisal);
  }

  /// \shape z [Z x B] -> [B] \unit nats
  template <Context C, class Scalar = typename C::scalar_type>
  Var<Scalar, 1> log_prior(C& cx, const Var<Scalar, 2>& z) const {
    return mixture_log_density(cx, z, prior_.vars(cx));
  }
  /// z ~ p(z), a column for each row, which addresses it. \shape out [Z x rows]
  template <class Scalar>
  void sample_prior(Workspace<Scalar>& workspace, const Draws& draws,
                    std::span<const std::uint32_t> rows, View<Scalar> out) const {
    prior_.sample(workspace, draws, rows, out);
  }

 private:
  static std::string beside(const std::string& name) {
    const std::size_t dot = name.rfind('.');
    return dot == std::string::npos ? "prior" : name.substr(0, dot + 1) + "prior";
  }

  MixturePrior prior_;
};

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
