// A product, compiled with optimisation in one object and without in the other.
#include <vaecollapse/core/team.hpp>
#include <vaecollapse/core/view.hpp>
#include <vaecollapse/kernels/affine.hpp>

namespace vc = vaecollapse;

// Static: the two objects are not linked, but what they call must have different names.
[[maybe_unused, gnu::used]] static void multiply(vc::View<const float> weights,
                                                 vc::View<const float> x, vc::View<float> y,
                                                 float* scratch) {
  vc::Team team(2);
  vc::kernels::gemm(vc::kernels::pack_transposed(weights, scratch, team), vc::kernels::as_is(x), y,
                    vc::kernels::Output::replace, team);
}
