// expect: a posterior has at most one head transform: two in a row are a transform of their
#include <vaecollapse/latent/gaussian.hpp>
#include <vaecollapse/latent/transform/transformed_head.hpp>

namespace vc = vaecollapse;

vc::Layout layout;
vc::TransformedHead once(layout, "one", vc::GaussianHead(layout, "posterior", {4, 2}),
                         vc::NoHeadTransform());
// Even of one that does nothing, and of one that is chosen at run time.
vc::TransformedHead twice(layout, "two", once, vc::AnyHeadTransform());
