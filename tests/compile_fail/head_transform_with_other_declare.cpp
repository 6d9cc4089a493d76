// expect: the hook with which a head transform declares parameters is `void declare(Layout& layout
#include <vaecollapse/latent/gaussian.hpp>
#include <vaecollapse/latent/transform/transformed_head.hpp>

namespace vc = vaecollapse;

struct OtherDeclare : vc::NoHeadTransform {
  void declare(vc::Layout&, vc::Index) {}
};

vc::Layout layout;
vc::TransformedHead head(layout, "transform", vc::GaussianHead(layout, "posterior", {4, 2}),
                         OtherDeclare());
