// Elementwise functions on the tape.
#pragma once

#include <vaecollapse/autodiff/context.hpp>
#include <vaecollapse/autodiff/tape.hpp>
#include <vaecollapse/kernels/activation.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

/// tanh of every element. \shape that of x \cost one exp an element forward, none backward
template <Context C, int Rank, class Scalar = typename C::scalar_type>
Var<Scalar, Rank> tanh(C& cx, const Var<Scalar, Rank>& x) {
  const auto y = cx.template make<Rank>(x.shape(), any_gradient(x));
  kernels::tanh_forward(x.size(), x.data(), y.data());
  cx.template record<"tanh">(y, [=](BackwardContext&) {
    kernels::tanh_backward<Scalar>(x.size(), y.data(), y.gradient_data(), x.gradient_data());
  });
  return y;
}

/// max(x, 0) of every element. \shape that of x \cost one pass, and one backward
template <Context C, int Rank, class Scalar = typename C::scalar_type>
Var<Scalar, Rank> relu(C& cx, const Var<Scalar, Rank>& x) {
  const auto y = cx.template make<Rank>(x.shape(), any_gradient(x));
  kernels::relu_forward(x.size(), x.data(), y.data());
  cx.template record<"relu">(y, [=](BackwardContext&) {
    kernels::relu_backward<Scalar>(x.size(), y.data(), y.gradient_data(), x.gradient_data());
  });
  return y;
}

/// Every element kept smoothly between low and high: x itself inside, to rounding.
/// \shape that of x \cost two exp and two log an element, two exp backward
template <Context C, int Rank, class Scalar = typename C::scalar_type>
Var<Scalar, Rank> soft_clamp(C& cx, const Var<Scalar, Rank>& x, double low, double high) {
  const auto y = cx.template make<Rank>(x.shape(), any_gradient(x));
  const auto lowest = static_cast<Scalar>(low), highest = static_cast<Scalar>(high);
  kernels::soft_clamp_forward(x.size(), lowest, highest, x.data(), y.data());
  cx.template record<"soft_clamp">(y, [=](BackwardContext&) {
    kernels::soft_clamp_backward<Scalar>(x.size(), lowest, highest, x.data(), y.gradient_data(),
                                         x.gradient_data());
  });
  return y;
}

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
