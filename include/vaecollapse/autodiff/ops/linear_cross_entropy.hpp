// The output layer of a large vocabulary on the tape: affine map, softmax and the negative
// log-likelihood of target symbols as one op.
#pragma once

#include <algorithm>

#include <vaecollapse/autodiff/context.hpp>
#include <vaecollapse/autodiff/ops/embedding.hpp>
#include <vaecollapse/autodiff/tape.hpp>
#include <vaecollapse/core/check.hpp>
#include <vaecollapse/kernels/linear_cross_entropy_backward.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

namespace detail {

/// `bias` may be a Var without a value.
template <Context C, class Scalar>
Var<Scalar, 1> output_cross_entropy(C& cx, const Var<Scalar, 2>& weights,
                                    const Var<Scalar, 1>& bias, const Sequence<Scalar>& states,
                                    const Symbols& targets, double smoothing) {
  const auto x = states.columns;
  const SequencePlan& plan = *targets.plan;
  require_shapes(weights.rows() == x.rows() && x.columns() == plan.columns(),
                 "linear_cross_entropy",
                 {{"weights", weights.shape()},
                  {"states", x.shape()},
                  {"targets", Shape<1>{{plan.columns()}}}},
                 "weights must be [input x symbols], and there must be a column of states, of "
                 "input rows, for each target");
  require_id_per_column("linear_cross_entropy", targets);
  require_symbols("linear_cross_entropy", targets.ids, weights.shape());
  const auto y = cx.template make<1>(Shape<1>{{plan.batch()}}, any_gradient(weights, bias, x));
  const Index symbols = weights.columns(), keeps = y.has_gradient();
  const kernels::BlockedSoftmax<Scalar> softmax(
      x.columns(), symbols, keeps,
      cx.arena().template allocate<Scalar>(
          kernels::BlockedSoftmax<Scalar>::size(x.columns(), symbols, keeps)));
  const auto rate = static_cast<Scalar>(smoothing);
  std::fill_n(y.data(), y.size(), Scalar(0));
  {
    const ArenaFrame frame(cx.arena());
    Scalar* const nll = cx.arena().template allocate<Scalar>(x.columns());
    kernels::linear_cross_entropy_forward<Scalar>(
        {weights.view(), bias.data()}, x.view(), targets.ids, rate, softmax, nll,
        cx.arena().template allocate<Scalar>(kernels::packed_size<Scalar>(x.columns(), x.rows())),
        cx.team());
    kernels::spread_rows_backward<Scalar>(plan, {nll, 1, x.columns()}, {y.data(), 1, y.size()});
  }
  cx.template record<"linear_cross_entropy">(y, [=, &plan](BackwardContext& back) {
    Scalar* const seeds = back.arena.allocate_zeros<Scalar>(x.columns());
    kernels::spread_rows_forward<Scalar>(plan, {y.gradient_data(), 1, y.size()},
                                         {seeds, 1, x.columns()});
    Scalar* const scratch = back.arena.allocate<Scalar>(
        kernels::linear_cross_entropy_backward_scratch<Scalar>(x.rows(), x.columns()));
    kernels::linear_cross_entropy_backward<Scalar>(
        {weights.view(), bias.data()}, x.view(), targets.ids, rate, softmax, seeds,
        {{weights.gradient_or_null(), weights.rows(), weights.columns()},
         bias.gradient_or_null(),
         {x.gradient_or_null(), x.rows(), x.columns()}},
        scratch, back.team);
  });
  return y;
}

}  // namespace detail

/// sum_t -log softmax(W^T h_t + b)[target_t] for each row, as one op: the exponentials of the
/// logits are kept for the pass backward, which turns them into gradients in place. With
/// `smoothing`, of each target's probability so much is spread evenly over all V symbols, the
/// target among them. The weights are those of a `Linear`, or a table of embeddings.
///
/// Exponentials are kept, not computed anew: to write, read and scale them takes 4 % of both
/// passes (H 256, V 10,000, N 700), and to compute the logits anew would take 33 % more. Where
/// nothing has a gradient, nothing is kept.
/// \shape weights [H x V], bias [V], states [H x N], targets N symbols on the same plan -> [B],
/// canonical order
/// \unit nats per word
/// \cost 2 H V N flops forward, twice that backward; for each of V N logits an exp and, where there
/// is a gradient, a number of memory
/// \throws ShapeError, and Error for a target that is not one of the weights' columns
template <Context C, class Scalar = typename C::scalar_type>
Var<Scalar, 1> linear_cross_entropy(C& cx, const Var<Scalar, 2>& weights,
                                    const Var<Scalar, 1>& bias, const Sequence<Scalar>& states,
                                    const Symbols& targets, double smoothing = 0) {
  require_shapes(bias.size() == weights.columns(), "linear_cross_entropy",
                 {{"weights", weights.shape()}, {"bias", bias.shape()}},
                 "there must be a bias for each of the weights' columns");
  return detail::output_cross_entropy(cx, weights, bias, states, targets, smoothing);
}

/// \copydoc linear_cross_entropy
/// Without a bias.
template <Context C, class Scalar = typename C::scalar_type>
Var<Scalar, 1> linear_cross_entropy(C& cx, const Var<Scalar, 2>& weights,
                                    const Sequence<Scalar>& states, const Symbols& targets,
                                    double smoothing = 0) {
  return detail::output_cross_entropy(cx, weights, Var<Scalar, 1>(), states, targets, smoothing);
}

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
