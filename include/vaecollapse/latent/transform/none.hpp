// No head transform.
#pragma once

#include <vaecollapse/latent/gaussian.hpp>
#include <vaecollapse/latent/head_pass.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

/// q(z|x) is what the head gives.
class NoHeadTransform {
 public:
  template <Context C, class Scalar = typename C::scalar_type>
  Gaussian<Scalar> operator()(C&, const Gaussian<Scalar>& q, const HeadPass&) const {
    return q;
  }
};

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
