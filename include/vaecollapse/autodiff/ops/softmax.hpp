// Softmax of columns and its logarithm, on the tape.
#pragma once

#include <vaecollapse/autodiff/context.hpp>
#include <vaecollapse/autodiff/ops/given_sequence.hpp>
#include <vaecollapse/autodiff/tape.hpp>
#include <vaecollapse/kernels/columns.hpp>
#include <vaecollapse/kernels/softmax.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

/// exp(x_i) / sum_k exp(x_k), over the rows of each column: positive numbers whose sum is 1, for x
/// of any size.
/// \shape [V x N] -> [V x N]; a vector is one column
/// \cost one exp an element
template <Context C, int Rank, class Scalar = typename C::scalar_type>
requires(Rank >= 1) Var<Scalar, Rank> softmax(C& cx, const Var<Scalar, Rank>& x) {
  const auto y = cx.template make<Rank>(x.shape(), any_gradient(x));
  const auto split = [=](Team& team, const auto& run) {
    kernels::split_whole_columns(team, kernels::work_grain, y.view().shape(), run);
  };
  split(cx.team(), [=](Index first, Index count) {
    kernels::softmax_forward(x.view().middle_columns(first, count),
                             y.value_view().middle_columns(first, count));
  });
  cx.template record<"softmax">(y, [=](BackwardContext& back) {
    split(back.team, [=](Index first, Index count) {
      kernels::softmax_backward<Scalar>(y.view().middle_columns(first, count),
                                        y.gradient_view().middle_columns(first, count),
                                        x.gradient_view().middle_columns(first, count));
    });
  });
  return y;
}

/// x_i - log sum_k exp(x_k), over the rows of each column: log-probabilities, exact where the
/// logarithm of `softmax` would be -infinity.
/// \shape [V x N] -> [V x N]; a vector is one column
/// \cost one exp an element forward, another backward
template <Context C, int Rank, class Scalar = typename C::scalar_type>
requires(Rank >= 1) Var<Scalar, Rank> log_softmax(C& cx, const Var<Scalar, Rank>& x) {
  const auto y = cx.template make<Rank>(x.shape(), any_gradient(x));
  const auto split = [=](Team& team, const auto& run) {
    kernels::split_whole_columns(team, kernels::work_grain, y.view().shape(), run);
  };
  split(cx.team(), [=](Index first, Index count) {
    kernels::log_softmax_forward(x.view().middle_columns(first, count),
                                 y.value_view().middle_columns(first, count));
  });
  cx.template record<"log_softmax">(y, [=](BackwardContext& back) {
    split(back.team, [=](Index first, Index count) {
      kernels::log_softmax_backward<Scalar>(y.view().middle_columns(first, count),
                                            y.gradient_view().middle_columns(first, count),
                                            x.gradient_view().middle_columns(first, count));
    });
  });
  return y;
}

/// \cond
template <class Cx, class... Given>
requires GivenSequence<Given...>
void softmax(Cx&, const Given&...) = delete;  // write x.columns in place of a sequence x
template <class Cx, class... Given>
requires GivenSequence<Given...>
void log_softmax(Cx&, const Given&...) = delete;  // write x.columns in place of a sequence x
/// \endcond

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
