// The program of docs/how_to/custom_head_transform.md: a head transform of one's own.
#include <cstdio>

#include <vaecollapse/autodiff/tape.hpp>
#include <vaecollapse/latent/gaussian.hpp>
#include <vaecollapse/latent/transform/transformed_head.hpp>

namespace vc = vaecollapse;

namespace mine {

struct Moved {
  vc::Slot<1> bias;

  void declare(vc::Layout& layout, const std::string& name, vc::Index latent) {
    bias = layout.add(name + ".bias", vc::Shape<1>{{latent}}, vc::Init::zeros());
  }

  template <vc::Context C, class Scalar = typename C::scalar_type>
  vc::Gaussian<Scalar> operator()(C& cx, const vc::Gaussian<Scalar>& q, const vc::HeadPass&) const {
    const auto shift = cx.parameter(bias);
    const auto mu = cx.template make<2>(q.mu.shape());
    for (vc::Index i = 0; i < mu.size(); ++i) {
      mu.data()[i] = q.mu.data()[i] + shift.data()[i % shift.size()];
    }
    cx.template record<"moved">(mu, [=, from = q.mu](vc::BackwardContext& back) {
      Scalar* const dmu = back.gradient_or_scratch(from);
      Scalar* const dshift = back.gradient_or_scratch(shift);
      for (vc::Index i = 0; i < mu.size(); ++i) {
        dmu[i] += mu.gradient_data()[i];
        dshift[i % shift.size()] += mu.gradient_data()[i];
      }
    });
    return {mu, q.logvar};
  }
};

}  // namespace mine

int main() {
  vc::Layout layout;
  const vc::GaussianHead head(layout, "posterior", {.input = 4, .latent = 2});
  const vc::TransformedHead posterior(layout, "posterior.transform", head, mine::Moved());

  vc::Parameters<float> parameters(layout, vc::Seed{1});
  parameters.values(*parameters.layout().find("posterior.transform.bias"))[0] = 5;
  vc::Workspace<float> workspace(parameters);
  const auto code = workspace.make<2>(vc::Shape<2>{{4, 1}});
  for (vc::Index i = 0; i < code.size(); ++i) code.data()[i] = 0.1f;
  const float plain = head.head(workspace, code).mu.data()[0];
  std::printf("moved by %.1f\n", posterior.head(workspace, code).mu.data()[0] - plain);
  return 0;
}
