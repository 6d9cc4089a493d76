// Elementwise functions on the tape.
#pragma once

#include <vaecollapse/autodiff/context.hpp>
#include <vaecollapse/autodiff/ops/given_sequence.hpp>
#include <vaecollapse/autodiff/tape.hpp>
#include <vaecollapse/kernels/activation.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

/// tanh of every element. \shape that of x \cost one exp an element forward, none backward
template <Context C, int Rank, class Scalar = typename C::scalar_type>
Var<Scalar, Rank> tanh(C& cx, const Var<Scalar, Rank>& x) {
  const auto y = cx.template make<Rank>(x.shape(), any_gradient(x));
  split_by(cx.team(), copy_grain, x.size(), [&](Index first, Index n) {
    kernels::tanh_forward(n, x.data() + first, y.data() + first);
  });
  cx.template record<"tanh">(y, [=](BackwardContext& back) {
    split_by(back.team, copy_grain, x.size(), [&](Index first, Index n) {
      kernels::tanh_backward<Scalar>(n, y.data() + first, y.gradient_data() + first,
                                     x.gradient_data() + first);
    });
  });
  return y;
}

/// max(x, 0) of every element. \shape that of x \cost one pass, and one backward
template <Context C, int Rank, class Scalar = typename C::scalar_type>
Var<Scalar, Rank> relu(C& cx, const Var<Scalar, Rank>& x) {
  const auto y = cx.template make<Rank>(x.shape(), any_gradient(x));
  split_by(cx.team(), copy_grain, x.size(), [&](Index first, Index n) {
    kernels::relu_forward(n, x.data() + first, y.data() + first);
  });
  cx.template record<"relu">(y, [=](BackwardContext& back) {
    split_by(back.team, copy_grain, x.size(), [&](Index first, Index n) {
      kernels::relu_backward<Scalar>(n, y.data() + first, y.gradient_data() + first,
                                     x.gradient_data() + first);
    });
  });
  return y;
}

/// Every element kept smoothly between low and high: x itself inside, to rounding.
/// \shape that of x \cost two exp and two log an element, two exp backward
template <Context C, int Rank, class Scalar = typename C::scalar_type>
Var<Scalar, Rank> soft_clamp(C& cx, const Var<Scalar, Rank>& x, double low, double high) {
  const auto y = cx.template make<Rank>(x.shape(), any_gradient(x));
  const auto lowest = static_cast<Scalar>(low), highest = static_cast<Scalar>(high);
  split_by(cx.team(), copy_grain, x.size(), [&](Index first, Index n) {
    kernels::soft_clamp_forward(n, lowest, highest, x.data() + first, y.data() + first);
  });
  cx.template record<"soft_clamp">(y, [=](BackwardContext& back) {
    split_by(back.team, copy_grain, x.size(), [&](Index first, Index n) {
      kernels::soft_clamp_backward<Scalar>(n, lowest, highest, x.data() + first,
                                           y.gradient_data() + first, x.gradient_data() + first);
    });
  });
  return y;
}

/// \cond
template <class Cx, class... Given>
requires GivenSequence<Given...>
void tanh(Cx&, const Given&...) = delete;  // write x.columns in place of a sequence x
template <class Cx, class... Given>
requires GivenSequence<Given...>
void relu(Cx&, const Given&...) = delete;  // write x.columns in place of a sequence x
template <class Cx, class... Given>
requires GivenSequence<Given...>
void soft_clamp(Cx&, const Given&...) = delete;  // write x.columns in place of a sequence x
/// \endcond

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
