// expect: a head transform changes mu and logvar, which this posterior family has not
#include <vaecollapse/latent/gaussian.hpp>
#include <vaecollapse/latent/transform/transformed_head.hpp>

namespace vc = vaecollapse;

template <class Scalar>
struct Point {
  vc::Var<Scalar, 2> place;
};

struct PointHead {
  vc::Index latent() const { return 2; }
  template <vc::Context C, class Scalar = typename C::scalar_type>
  Point<Scalar> head(C&, const vc::Var<Scalar, 2>& code) const {
    return {code};
  }
};

vc::Layout layout;
vc::TransformedHead head(layout, "transform", PointHead(), vc::NoHeadTransform());
