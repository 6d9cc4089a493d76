// Layer normalisation on the tape.
#pragma once

#include <vaecollapse/autodiff/context.hpp>
#include <vaecollapse/autodiff/ops/given_sequence.hpp>
#include <vaecollapse/autodiff/tape.hpp>
#include <vaecollapse/core/check.hpp>
#include <vaecollapse/core/finite.hpp>
#include <vaecollapse/kernels/columns.hpp>
#include <vaecollapse/kernels/layer_norm.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

namespace detail {

/// With another the root of a small variance is not a number.
inline void require_layer_norm_epsilon(double epsilon) {
  if (epsilon >= 0 && is_finite(epsilon)) return;
  raise_error({"layer_norm: epsilon is ", epsilon, ", it must be finite, 0 or more"});
}

}  // namespace detail

/// gain_i (x_i - mean) / sqrt(variance + epsilon) + bias_i, mean and (biased) variance those of the
/// rows of each column: examples do not mix, and training and evaluation are the same.
/// \shape x [I x N], gain [I], bias [I] -> [I x N]; a vector is one column
/// \throws ShapeError, and Error for an epsilon that is negative or not finite
/// \cost O(I N)
/// \source Ba, Kiros & Hinton 2016
template <Context C, int Rank, class Scalar = typename C::scalar_type>
requires(Rank >= 1) Var<Scalar, Rank> layer_norm(C& cx, const Var<Scalar, Rank>& x,
                                                 const Var<Scalar, 1>& gain,
                                                 const Var<Scalar, 1>& bias,
                                                 double epsilon = 1e-5) {
  require_shapes(gain.size() == x.rows() && bias.size() == x.rows(), "layer_norm",
                 {{"input", x.shape()}, {"gain", gain.shape()}, {"bias", bias.shape()}},
                 "gain and bias must have a number for each row of the input");
  detail::require_layer_norm_epsilon(epsilon);
  const auto y = cx.template make<Rank>(x.shape(), any_gradient(x, gain, bias));
  auto& arena = cx.arena();
  const kernels::ColumnNorms<Scalar> norms{arena.template allocate<Scalar>(x.columns()),
                                           arena.template allocate<Scalar>(x.columns())};
  const auto split = [=](Team& team, const auto& run) {
    kernels::split_whole_columns(team, kernels::work_grain, x.view().shape(), run);
  };
  split(cx.team(), [=](Index first, Index count) {
    kernels::layer_norm_forward(x.view().middle_columns(first, count), gain.data(), bias.data(),
                                static_cast<Scalar>(epsilon), norms.from(first),
                                y.value_view().middle_columns(first, count));
  });
  cx.template record<"layer_norm">(y, [=](BackwardContext& back) {
    const View<const Scalar> dy = y.gradient_view();
    if (x.has_gradient()) {
      split(back.team, [=](Index first, Index count) {
        kernels::layer_norm_input_backward(x.view().middle_columns(first, count), norms.from(first),
                                           gain.data(), dy.middle_columns(first, count),
                                           x.gradient_view().middle_columns(first, count));
      });
    }
    if (any_gradient(gain, bias)) {
      kernels::layer_norm_parameters_backward(x.view(), norms, dy, gain.gradient_or_null(),
                                              bias.gradient_or_null(), back.team);
    }
  });
  return y;
}

/// \cond
template <class Cx, class... Given>
requires GivenSequence<Given...>
void layer_norm(Cx&, const Given&...) = delete;  // write x.columns in place of a sequence x
/// \endcond

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
