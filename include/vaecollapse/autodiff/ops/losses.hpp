// Losses on the tape: classes by label, yes or no, and squared error.
#pragma once

#include <concepts>
#include <cstddef>
#include <span>
#include <type_traits>

#include <vaecollapse/autodiff/context.hpp>
#include <vaecollapse/autodiff/ops/gather.hpp>
#include <vaecollapse/autodiff/ops/given_sequence.hpp>
#include <vaecollapse/autodiff/tape.hpp>
#include <vaecollapse/kernels/columns.hpp>
#include <vaecollapse/kernels/losses.hpp>
#include <vaecollapse/kernels/softmax_cross_entropy.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

namespace detail {

[[noreturn]] __attribute__((noinline, cold)) inline void refuse_label(std::size_t column,
                                                                      Index label,
                                                                      const AnyShape& logits) {
  raise_error({"cross_entropy: the label of column ", column, " is ", label, ", and logits is ",
               to_string(logits), ": a label must be at least 0 and below V = ", logits.extents[0],
               ", or -1 for none"});
}

template <class C, class Scalar, class Label>
Var<Scalar, 1> label_cross_entropy(C& cx, const Var<Scalar, 2>& logits,
                                   std::span<const Label> given) {
  require_shapes(Index(given.size()) == logits.columns(), "cross_entropy",
                 {{"logits", logits.shape()}, {"labels", Shape<1>{{Index(given.size())}}}},
                 "there must be a label for each column of logits");
  const std::size_t outside = first_outside(given, logits.rows());
  if (outside < given.size()) refuse_label(outside, given[outside], logits.shape());
  const std::span<const Symbol> labels = kept_ids(cx, given);
  const auto y = cx.template make<1>(Shape<1>{{logits.columns()}}, any_gradient(logits));
  auto* normaliser =
      cx.arena().template allocate<kernels::SplitLogSumExp<Scalar>>(logits.columns());
  const auto split = [=](Team& team, const auto& run) {
    kernels::split_whole_columns(team, kernels::work_grain, logits.shape(), run);
  };
  const auto of = [=](Index first, Index count) {
    return labels.subspan(std::size_t(first), std::size_t(count));
  };
  split(cx.team(), [=](Index first, Index count) {
    kernels::softmax_cross_entropy_forward(logits.view().middle_columns(first, count),
                                           of(first, count), y.data() + first, normaliser + first);
  });
  cx.template record<"cross_entropy">(y, [=](BackwardContext& back) {
    split(back.team, [=](Index first, Index count) {
      kernels::softmax_cross_entropy_backward<Scalar>(
          logits.view().middle_columns(first, count), of(first, count), normaliser + first,
          y.gradient_data() + first, logits.gradient_view().middle_columns(first, count));
    });
  });
  return y;
}

}  // namespace detail

/// -log softmax(logits_n)[label_n] of each column. A column whose label is -1 (`no_symbol`) costs
/// 0 and has no gradient. The labels are copied.
/// \shape logits [V x N], N labels -> [N]
/// \unit nats
/// \throws ShapeError, and Error for a label that is not a row of logits
/// \cost one exp an element forward, another backward
template <Context C, class Scalar = typename C::scalar_type>
Var<Scalar, 1> cross_entropy(C& cx, const Var<Scalar, 2>& logits,
                             std::type_identity_t<std::span<const Symbol>> labels) {
  return detail::label_cross_entropy(cx, logits, labels);
}

/// \copydoc cross_entropy
template <Context C, class Scalar = typename C::scalar_type>
Var<Scalar, 1> cross_entropy(C& cx, const Var<Scalar, 2>& logits,
                             std::type_identity_t<std::span<const Index>> labels) {
  return detail::label_cross_entropy(cx, logits, labels);
}

/// -t log sigmoid(x) - (1 - t) log sigmoid(-x) of every element: x is the logit of a yes, t its
/// probability, 0 to 1. Right for logits of any size.
/// \shape equal shapes -> the same
/// \unit nats
/// \throws ShapeError
/// \cost one exp and one log an element forward, one exp backward
template <Context C, int Rank, class Scalar = typename C::scalar_type>
Var<Scalar, Rank> binary_cross_entropy(C& cx, const Var<Scalar, Rank>& logits,
                                       const Var<Scalar, Rank>& targets) {
  require_shapes(logits.shape() == targets.shape(), "binary_cross_entropy",
                 {{"logits", logits.shape()}, {"targets", targets.shape()}},
                 "there must be a target for each logit");
  const auto y = cx.template make<Rank>(logits.shape(), any_gradient(logits, targets));
  split_by(cx.team(), kernels::work_grain, y.size(), [=](Index first, Index count) {
    kernels::binary_cross_entropy_forward<Scalar>(count, logits.data() + first,
                                                  targets.data() + first, y.data() + first);
  });
  cx.template record<"binary_cross_entropy">(y, [=](BackwardContext& back) {
    split_by(back.team, kernels::work_grain, y.size(), [=](Index first, Index count) {
      const Scalar *x = logits.data() + first, *dy = y.gradient_data() + first;
      if (logits.has_gradient()) {
        kernels::binary_cross_entropy_backward(count, x, targets.data() + first, dy,
                                               logits.gradient_data() + first);
      }
      if (targets.has_gradient()) {
        kernels::binary_cross_entropy_targets_backward(count, x, dy,
                                                       targets.gradient_data() + first);
      }
    });
  });
  return y;
}

/// The mean of (a - b)^2 over all elements: a scalar.
/// \shape equal shapes of at least one element -> []
/// \throws ShapeError
/// \cost O(elements); forward on one thread, as a sum is
template <Context C, int Rank, class Scalar = typename C::scalar_type>
Var<Scalar, 0> mean_squared_error(C& cx, const Var<Scalar, Rank>& a, const Var<Scalar, Rank>& b) {
  require_shapes(a.shape() == b.shape() && a.size() > 0, "mean_squared_error",
                 {{"left", a.shape()}, {"right", b.shape()}},
                 "the shapes must be equal, and there must be an element");
  const auto y = cx.template make<0>(Shape<0>{}, any_gradient(a, b));
  const auto count = static_cast<double>(a.size());
  *y.data() =
      static_cast<Scalar>(kernels::squared_distance<Scalar>(a.size(), a.data(), b.data()) / count);
  cx.template record<"mean_squared_error">(y, [=](BackwardContext& back) {
    const auto factor = static_cast<Scalar>(2 * static_cast<double>(*y.gradient_data()) / count);
    const auto pull = [&](const Var<Scalar, Rank>& of, const Var<Scalar, Rank>& other) {
      if (!of.has_gradient()) return;
      split_by(back.team, kernels::work_grain, of.size(), [&](Index first, Index n) {
        kernels::add_difference<Scalar>(n, factor, of.data() + first, other.data() + first,
                                        of.gradient_data() + first);
      });
    };
    pull(a, b);
    pull(b, a);
  });
  return y;
}

/// \cond
// `Symbols` are the targets of a sequence, which has a `cross_entropy` of its own.
template <class Cx, class... Given>
requires(GivenSequence<Given...> && !(std::convertible_to<const Given&, const Symbols&> ||
                                      ...)) void cross_entropy(Cx&, const Given&...) =
    delete;  // write x.columns in place of a sequence x
template <class Cx, class... Given>
requires GivenSequence<Given...>
void binary_cross_entropy(Cx&,
                          const Given&...) = delete;  // write x.columns in place of a sequence x
template <class Cx, class... Given>
requires GivenSequence<Given...>
void mean_squared_error(Cx&, const Given&...) = delete;  // write x.columns in place of a sequence x
/// \endcond

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
