// An op of one's own, in one's own namespace: softplus, with its gradient checked against central
// differences. The same op computes without recording where there is no tape.
#include <algorithm>
#include <cmath>
#include <cstdio>

#include <vaecollapse/autodiff/eigen.hpp>
#include <vaecollapse/autodiff/gradcheck.hpp>
#include <vaecollapse/autodiff/workspace.hpp>
#include <vaecollapse/nn/linear.hpp>

namespace vc = vaecollapse;

namespace mine {

/// log(1 + exp x) of every element.
template <vc::Context C, int Rank, class Scalar = typename C::scalar_type>
vc::Var<Scalar, Rank> softplus(C& cx, const vc::Var<Scalar, Rank>& x) {
  const auto y = cx.template make<Rank>(x.shape());
  for (vc::Index i = 0; i < x.size(); ++i) y.data()[i] = std::log1p(std::exp(x.data()[i]));
  cx.template record<"softplus">(y, [=](vc::BackwardContext&) {
    if (!x.has_gradient()) return;
    for (vc::Index i = 0; i < x.size(); ++i) {
      x.gradient_data()[i] += y.gradient_data()[i] / (1 + std::exp(-x.data()[i]));
    }
  });
  return y;
}

}  // namespace mine

int main() {
  vc::Layout layout;
  const vc::Linear linear(layout, "linear", {.input = 3, .output = 4});
  vc::Parameters<double> parameters(layout, vc::Seed{1});
  Eigen::Tensor<double, 2> input(3, 5);
  for (vc::Index i = 0; i < input.size(); ++i) input.data()[i] = std::sin(static_cast<double>(i));

  const auto model = [&](auto& cx) { return mine::softplus(cx, linear(cx, cx.constant(input))); };
  const vc::GradcheckResult result = vc::gradcheck(parameters, model);
  std::printf("%d derivatives agree with differences: %s\n", static_cast<int>(result.checked),
              result.error < 1e-8 ? "yes" : result.message().c_str());

  vc::Workspace workspace(parameters);
  const auto y = model(workspace);
  std::printf("without a tape: %s, all above zero: %s\n", vc::to_string(y.shape()).c_str(),
              *std::min_element(y.data(), y.data() + y.size()) > 0 ? "yes" : "no");
}
