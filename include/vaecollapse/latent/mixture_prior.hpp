// The Gaussian posterior under a prior with several modes: a learned mixture of Gaussians.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include <vaecollapse/autodiff/ops/activation.hpp>
#include <vaecollapse/autodiff/ops/arithmetic.hpp>
#include <vaecollapse/autodiff/ops/mixture.hpp>
#include <vaecollapse/core/rng.hpp>
#include <vaecollapse/latent/gaussian.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

/// p(z) = sum_k softmax(a)_k N(z; m_k, diag exp(s_k)), all learned. The components start with equal
/// weights, unit variances and means near zero, but apart, so that they may become different. s is
/// kept within the range of a posterior's logvar.
/// Parameters `name.means` and `name.logvars` [latent x components], `name.logits` [components].
/// \source Kamoi & Fukutomi 2018 learn means; learned variances and weights are ours
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

 private:
  Slot<2> means_, logvars_;
  Slot<1> logits_;
};

/// A Gaussian posterior under a mixture prior. Its KL is by Monte Carlo, from the sample z itself:
/// E log q in closed form, less log p(z). Unbiased; it has one entry for each example, none for a
/// dimension, and a single draw of it may be negative.
/// Parameters of `GaussianHead`, then `name.prior.*`.
class MixturePriorHead {
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
      : head_(head), prior_(layout, name + ".prior", {head.latent(), components}) {}

  Index latent() const { return head_.latent(); }
  const MixturePrior& prior() const { return prior_; }

  template <Context C, class Scalar = typename C::scalar_type>
  Gaussian<Scalar> head(C& cx, const Var<Scalar, 2>& code) const {
    return head_.head(cx, code);
  }
  template <Context C, class Scalar = typename C::scalar_type>
  Gaussian<Scalar> linear_head(C& cx, const Var<Scalar, 2>& code) const {
    return head_.linear_head(cx, code);
  }

  template <Context C, class Scalar = typename C::scalar_type>
  Var<Scalar, 2> sample(C& cx, const Gaussian<Scalar>& q, const Draws& draws,
                        std::span<const std::uint32_t> rows, std::uint32_t number = 0) const {
    return head_.sample(cx, q, draws, rows, number);
  }

  template <class Scalar>
  Var<Scalar, 2> mean(const Gaussian<Scalar>& q) const {
    return head_.mean(q);
  }

  /// \shape z [Z x B], a sample of q -> [1 x B] \unit nats
  template <Context C, class Scalar = typename C::scalar_type>
  Var<Scalar, 2> kl(C& cx, const Gaussian<Scalar>& q, const Var<Scalar, 2>& z) const {
    return add(cx, gaussian_negative_entropy(cx, q.logvar), prior_(cx, z).surprisal);
  }

 private:
  GaussianHead head_;
  MixturePrior prior_;
};

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
