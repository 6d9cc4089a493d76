// Heads behind a ReLU, as a published system has them.
#pragma once

#include <utility>

#include <vaecollapse/autodiff/ops/activation.hpp>
#include <vaecollapse/compat/wrapped_posterior.hpp>
#include <vaecollapse/latent/concepts.hpp>
#include <vaecollapse/latent/gaussian.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI::compat {

/// A Gaussian family with a ReLU between its linear heads and mu or logvar, so that neither is
/// negative: no mean left of zero, no posterior narrower than the prior. A switch to reproduce
/// systems that do so. \source github.com/akashrajkn/akruti
template <class Family>
requires HasLinearHead<Family>
class ReluHeads : public WrappedPosterior<Family> {
 public:
  /// \param on false leaves the family as it is
  explicit ReluHeads(Family family, bool on = true)
      : WrappedPosterior<Family>(std::move(family)), on_(on) {}

  template <Context C, class Scalar = typename C::scalar_type>
  Gaussian<Scalar> head(C& cx, const Var<Scalar, 2>& code) const {
    return on_ ? GaussianHead::bounded(cx, linear_head(cx, code)) : this->wrapped().head(cx, code);
  }
  template <Context C, class Scalar = typename C::scalar_type>
  Gaussian<Scalar> linear_head(C& cx, const Var<Scalar, 2>& code) const {
    const Gaussian<Scalar> q = this->wrapped().linear_head(cx, code);
    if (!on_) return q;
    const auto mu = relu(cx, q.mu), logvar = relu(cx, q.logvar);
    return {mu, logvar};
  }

 private:
  bool on_;
};

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI::compat
