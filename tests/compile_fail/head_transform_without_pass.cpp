// expect: a head transform needs `template <Context C, class Scalar = typename C::scalar_type>
#include <vaecollapse/latent/gaussian.hpp>
#include <vaecollapse/latent/transform/transformed_head.hpp>

namespace vc = vaecollapse;

struct WithoutPass {
  template <vc::Context C, class Scalar = typename C::scalar_type>
  vc::Gaussian<Scalar> operator()(C&, const vc::Gaussian<Scalar>& q) const {
    return q;
  }
};

vc::Layout layout;
vc::TransformedHead head(layout, "transform", vc::GaussianHead(layout, "posterior", {4, 2}),
                         WithoutPass());
