// The common base of wrappers of posterior families.
#pragma once

#include <concepts>
#include <cstdint>
#include <span>
#include <utility>

#include <vaecollapse/autodiff/context.hpp>
#include <vaecollapse/autodiff/workspace.hpp>
#include <vaecollapse/core/rng.hpp>
#include <vaecollapse/core/view.hpp>
#include <vaecollapse/latent/concepts.hpp>
#include <vaecollapse/latent/gaussian.hpp>
#include <vaecollapse/latent/prior.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI::compat {

/// Another posterior family as it is: a wrapper derives from this, and has one thing otherwise.
template <PosteriorFamily Family>
class WrappedPosterior {
 public:
  const Family& wrapped() const { return family_; }
  Index latent() const { return family_.latent(); }
  Index kl_groups() const { return family_.kl_groups(); }

  template <Context C, class Scalar = typename C::scalar_type>
  Gaussian<Scalar> head(C& cx, const Var<Scalar, 2>& code) const {
    return family_.head(cx, code);
  }

  template <Context C, class Scalar = typename C::scalar_type>
  Var<Scalar, 2> sample(C& cx, const Gaussian<Scalar>& q, const Draws& draws,
                        std::span<const std::uint32_t> rows, std::uint32_t number = 0) const {
    return family_.sample(cx, q, draws, rows, number);
  }

  template <class Scalar>
  Var<Scalar, 2> mean(const Gaussian<Scalar>& q) const {
    return family_.mean(q);
  }

  template <Context C, class Scalar = typename C::scalar_type>
  Var<Scalar, 2> kl(C& cx, const Gaussian<Scalar>& q, const Var<Scalar, 2>& z) const {
    return family_.kl(cx, q, z);
  }

 protected:
  explicit WrappedPosterior(Family family) : family_(std::move(family)) {}

 private:
  Family family_;
};

/// -log p(z_b) of each column under the prior of the wrapped family. \shape z [Z x B], out [B]
/// \unit nats
template <class Family, class Scalar>
void prior_surprisals(Workspace<Scalar>& ws, const WrappedPosterior<Family>& posterior,
                      const Var<Scalar, 2>& z, std::span<double> out) {
  prior_surprisals(ws, posterior.wrapped(), z, out);
}

/// z ~ p(z) of the wrapped family. \shape out [Z x rows]
template <class Family, class Scalar>
void sample_prior(Workspace<Scalar>& ws, const WrappedPosterior<Family>& posterior,
                  const Draws& draws, std::span<const std::uint32_t> rows, View<Scalar> out) {
  sample_prior(ws, posterior.wrapped(), draws, rows, out);
}

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI::compat
