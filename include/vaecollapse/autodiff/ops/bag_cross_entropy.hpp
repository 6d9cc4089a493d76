// Cross-entropy between softmax and bags of symbols, on the tape.
#pragma once

#include <vaecollapse/autodiff/context.hpp>
#include <vaecollapse/autodiff/tape.hpp>
#include <vaecollapse/kernels/bag_cross_entropy.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

/// -sum_v bag_vb log softmax(logits_b)_v for each row b. The bag is a constant.
/// \shape logits, bag [V x B] -> [B] \unit nats per word \throws ShapeError
/// \cost O(V B)
template <Context C, class Scalar = typename C::scalar_type>
Var<Scalar, 1> bag_cross_entropy(C& cx, const Var<Scalar, 2>& logits, const Var<Scalar, 2>& bag) {
  require_shapes(logits.shape() == bag.shape(), "bag_cross_entropy",
                 {{"logits", logits.shape()}, {"bag", bag.shape()}}, "the shapes must be equal");
  const auto y = cx.template make<1>(Shape<1>{{logits.columns()}}, any_gradient(logits));
  Scalar* normaliser = cx.arena().template allocate<Scalar>(logits.columns());
  kernels::bag_cross_entropy_forward(logits.view(), bag.view(), y.data(), normaliser);
  cx.template record<"bag_cross_entropy">(y, [=](BackwardContext&) {
    kernels::bag_cross_entropy_backward<Scalar>(logits.view(), bag.view(), normaliser,
                                                y.gradient_data(), logits.gradient_view());
  });
  return y;
}

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
