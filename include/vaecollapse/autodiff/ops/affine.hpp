// Affine maps of columns, y = W^T x + b, on the tape.
#pragma once

#include <vaecollapse/autodiff/context.hpp>
#include <vaecollapse/autodiff/ops/given_sequence.hpp>
#include <vaecollapse/autodiff/tape.hpp>
#include <vaecollapse/kernels/affine.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

/// y = W^T x + b for every column of x. A bias that is a default Var is none.
/// \shape weights [I x O], bias [O], x [I x N] -> [O x N]
/// \throws ShapeError
/// \cost 2 I O N flops forward, twice that backward
template <Context C, class Scalar = typename C::scalar_type>
Var<Scalar, 2> affine(C& cx, const Var<Scalar, 2>& weights, const Var<Scalar, 1>& bias,
                      const Var<Scalar, 2>& x) {
  require_shapes(
      weights.rows() == x.rows() && (bias.data() == nullptr || weights.columns() == bias.size()),
      "affine", {{"weights", weights.shape()}, {"bias", bias.shape()}, {"input", x.shape()}},
      "weights must be [input x output], bias [output], and the rows of input equal "
      "the weights' rows");
  const auto y = cx.template make<2>(Shape<2>{{weights.columns(), x.columns()}},
                                     any_gradient(weights, bias, x));
  {
    const ArenaFrame frame(cx.arena());
    auto* scratch = cx.arena().template allocate<Scalar>(
        kernels::affine_forward_scratch<Scalar>(weights.rows(), weights.columns()));
    kernels::affine_forward(weights.view(), bias.data(), x.view(), y.value_view(),
                            kernels::Output::replace, scratch, cx.team());
  }
  cx.template record<"affine">(y, [=](BackwardContext& back) {
    const View<const Scalar> dy = y.gradient_view();
    auto* scratch = back.arena.allocate<Scalar>(
        kernels::packed_size<Scalar>(weights.rows(), std::max(weights.columns(), x.columns())));
    if (x.has_gradient()) {
      kernels::affine_input_backward(weights.view(), dy, x.gradient_view(), scratch, back.team);
    }
    if (weights.has_gradient()) {
      kernels::affine_weights_backward(x.view(), dy, weights.gradient_view(), scratch, back.team);
    }
    if (bias.has_gradient()) kernels::affine_bias_backward(dy, bias.gradient_data(), back.team);
  });
  return y;
}

/// \cond
template <class Cx, class... Given>
requires GivenSequence<Given...>
void affine(Cx&, const Given&...) = delete;  // write x.columns in place of a sequence x
/// \endcond

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
