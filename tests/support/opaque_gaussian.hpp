// A Gaussian family that hides mu and logvar, so that its figures are found as those of any family.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include <vaecollapse/autodiff/context.hpp>
#include <vaecollapse/autodiff/workspace.hpp>
#include <vaecollapse/core/rng.hpp>
#include <vaecollapse/latent/gaussian.hpp>

namespace vaecollapse_test {

namespace vc = vaecollapse;

/// A Gaussian that cannot be looked into.
template <class Scalar>
struct Opaque {
  vc::Gaussian<Scalar> inside;
};

class OpaqueGaussian {
 public:
  OpaqueGaussian(vc::Layout& layout, const std::string& name, vc::GaussianHead::Sizes sizes)
      : head_(layout, name, sizes) {}

  vc::Index latent() const { return head_.latent(); }

  template <vc::Context C, class Scalar = typename C::scalar_type>
  Opaque<Scalar> head(C& cx, const vc::Var<Scalar, 2>& code) const {
    return {head_.head(cx, code)};
  }
  template <vc::Context C, class Scalar = typename C::scalar_type>
  vc::Var<Scalar, 2> sample(C& cx, const Opaque<Scalar>& q, const vc::Draws& draws,
                            std::span<const std::uint32_t> rows, std::uint32_t number = 0) const {
    return head_.sample(cx, q.inside, draws, rows, number);
  }
  template <class Scalar>
  vc::Var<Scalar, 2> mean(const Opaque<Scalar>& q) const {
    return q.inside.mu;
  }
  template <vc::Context C, class Scalar = typename C::scalar_type>
  vc::Var<Scalar, 2> kl(C& cx, const Opaque<Scalar>& q, const vc::Var<Scalar, 2>& z) const {
    return head_.kl(cx, q.inside, z);
  }
  template <vc::Context C, class Scalar = typename C::scalar_type>
  vc::Var<Scalar, 1> log_density(C& cx, const Opaque<Scalar>& q,
                                 const vc::Var<Scalar, 2>& z) const {
    return head_.log_density(cx, q.inside, z);
  }
  template <vc::Context C, class Scalar = typename C::scalar_type>
  vc::Var<Scalar, 1> log_prior(C& cx, const vc::Var<Scalar, 2>& z) const {
    return head_.log_prior(cx, z);
  }
  template <class Scalar>
  void sample_prior(vc::Workspace<Scalar>& workspace, const vc::Draws& draws,
                    std::span<const std::uint32_t> rows, vc::View<Scalar> out) const {
    head_.sample_prior(workspace, draws, rows, out);
  }

 private:
  vc::GaussianHead head_;
};

}  // namespace vaecollapse_test
