// The negative log-likelihood of target symbols under softmax, on the tape.
#pragma once

#include <algorithm>

#include <vaecollapse/autodiff/context.hpp>
#include <vaecollapse/autodiff/ops/embedding.hpp>
#include <vaecollapse/autodiff/tape.hpp>
#include <vaecollapse/core/check.hpp>
#include <vaecollapse/kernels/softmax_cross_entropy.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

/// sum_t -log softmax(logits_t)[target_t] for each row. With `smoothing`, of each target's
/// probability so much is spread evenly over all V symbols, the target among them.
/// \shape logits [V x N], targets N symbols on the same plan -> [B], canonical order
/// \unit nats per word \cost one exp an element of logits, and another backward
/// \throws ShapeError, and Error for a target outside the logits' rows
template <Context C, class Scalar = typename C::scalar_type>
Var<Scalar, 1> cross_entropy(C& cx, const Sequence<Scalar>& logits, const Symbols& targets,
                             double smoothing = 0) {
  const auto x = logits.columns;
  const SequencePlan& plan = *targets.plan;
  require_shapes(x.columns() == plan.columns(), "cross_entropy",
                 {{"logits", x.shape()}, {"targets", Shape<1>{{plan.columns()}}}},
                 "there must be a column of logits for each target");
  detail::require_id_per_column("cross_entropy", targets);
  for (const Symbol target : targets.ids) {
    if (target >= no_symbol && target < x.rows()) continue;
    detail::raise_error({"cross_entropy: target ", target, " is not one of the rows of logits ",
                         to_string(x.shape())});
  }
  const auto y = cx.template make<1>(Shape<1>{{plan.batch()}}, any_gradient(x));
  Scalar* nll = cx.arena().template allocate<Scalar>(x.columns());
  Scalar* normaliser = cx.arena().template allocate<Scalar>(x.columns());
  const auto rate = static_cast<Scalar>(smoothing);
  kernels::split_columns(cx.team(), x.columns(), [&](Index first, Index count) {
    const auto some = x.view().middle_columns(first, count);
    const auto ids = targets.ids.subspan(std::size_t(first), std::size_t(count));
    kernels::softmax_cross_entropy_forward(some, ids, nll + first, normaliser + first);
    if (rate > 0) kernels::smooth_labels_forward(some, ids, rate, nll + first);
  });
  std::fill_n(y.data(), y.size(), Scalar(0));
  kernels::spread_rows_backward<Scalar>(plan, {nll, 1, x.columns()}, {y.data(), 1, y.size()});
  cx.template record<"cross_entropy">(y, [=, &plan](BackwardContext& back) {
    Scalar* seeds = back.arena.allocate_zeros<Scalar>(x.columns());
    kernels::spread_rows_forward<Scalar>(plan, {y.gradient_data(), 1, y.size()},
                                         {seeds, 1, x.columns()});
    kernels::split_columns(back.team, x.columns(), [&](Index first, Index count) {
      const auto ids = targets.ids.subspan(std::size_t(first), std::size_t(count));
      const auto gradients = x.gradient_view().middle_columns(first, count);
      kernels::softmax_cross_entropy_backward<Scalar>(x.view().middle_columns(first, count), ids,
                                                      normaliser + first, seeds + first, gradients);
      if (rate > 0) kernels::smooth_labels_backward(ids, rate, seeds + first, gradients);
    });
  });
  return y;
}

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
