// Heads behind a ReLU, as a published system has them.
#pragma once

#include <utility>

#include <vaecollapse/autodiff/ops/activation.hpp>
#include <vaecollapse/core/check.hpp>
#include <vaecollapse/latent/concepts.hpp>
#include <vaecollapse/latent/gaussian.hpp>
#include <vaecollapse/latent/head_pass.hpp>
#include <vaecollapse/latent/wrapper.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI::compat {

/// A Gaussian family with a ReLU between its linear heads and mu or logvar, so that neither is
/// negative: no mean left of zero, no posterior narrower than the prior. A switch to reproduce
/// systems that do so. \source github.com/akashrajkn/akruti
template <class Family>
requires(HasLinearHead<Family>&& GaussianFamily<Family>) class ReluHeads
    : public PosteriorWrapper<Family> {
 public:
  /// \param on false leaves the family as it is
  /// \throws Error for an erased family that is no Gaussian, where it is on
  explicit ReluHeads(Family family, bool on = true)
      : PosteriorWrapper<Family>(std::move(family)), on_(on) {
    if (on && !this->is_gaussian()) {
      raise(Error("ReluHeads: this posterior family has no mu and logvar to rectify"));
    }
  }

  template <Context C, class Scalar = typename C::scalar_type>
  auto head(C& cx, const Var<Scalar, 2>& code, const HeadPass& pass = {}) const {
    return on_ ? GaussianHead::bounded(cx, linear_head(cx, code))
               : head_of(cx, this->wrapped(), code, pass);
  }
  template <Context C, class Scalar = typename C::scalar_type>
  auto linear_head(C& cx, const Var<Scalar, 2>& code) const {
    auto q = this->wrapped().linear_head(cx, code);
    if (!on_) return q;
    q.mu = relu(cx, q.mu);
    q.logvar = relu(cx, q.logvar);
    return q;
  }

 private:
  bool on_;
};

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI::compat
