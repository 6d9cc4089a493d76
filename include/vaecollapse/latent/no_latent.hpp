// The posterior family of a model without z.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>

#include <vaecollapse/autodiff/context.hpp>
#include <vaecollapse/core/rng.hpp>
#include <vaecollapse/core/shape.hpp>
#include <vaecollapse/core/view.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

/// The parameters of a distribution over nothing: its one value. \shape [0 x B]
template <class Scalar>
struct OverNothing {
  Var<Scalar, 2> z;
};

/// z has no dimension: its posterior is its prior, the KL has no entry, and both densities are 1.
/// So a language model is a sequence VAE, which whatever trains and evaluates these takes. \shape
/// code [any x B] -> z [0 x B], kl [0 x B]
class NoLatent {
 public:
  Index latent() const { return 0; }
  Index kl_groups() const { return 0; }

  template <Context C, class Scalar = typename C::scalar_type>
  OverNothing<Scalar> head(C& cx, const Var<Scalar, 2>& code) const {
    return {cx.template make<2>(Shape<2>{{0, code.columns()}})};
  }

  template <Context C, class Scalar = typename C::scalar_type>
  Var<Scalar, 2> sample(C&, const OverNothing<Scalar>& q, const Draws&,
                        std::span<const std::uint32_t>, std::uint32_t = 0) const {
    return q.z;
  }
  template <class Scalar>
  Var<Scalar, 2> mean(const OverNothing<Scalar>& q) const {
    return q.z;
  }

  template <Context C, class Scalar = typename C::scalar_type>
  Var<Scalar, 2> kl(C&, const OverNothing<Scalar>& q, const Var<Scalar, 2>&) const {
    return q.z;
  }
  template <Context C, class Scalar = typename C::scalar_type>
  Var<Scalar, 1> log_density(C& cx, const OverNothing<Scalar>&, const Var<Scalar, 2>& z) const {
    return log_prior(cx, z);
  }
  template <Context C, class Scalar = typename C::scalar_type>
  Var<Scalar, 1> log_prior(C& cx, const Var<Scalar, 2>& z) const {
    const auto zeros = cx.template make<1>(Shape<1>{{z.columns()}});
    std::fill_n(zeros.data(), zeros.size(), Scalar(0));
    return zeros;
  }
  template <Context C, class Scalar = typename C::scalar_type>
  void sample_prior(C&, const Draws&, std::span<const std::uint32_t>, View<Scalar>) const {}
};

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
