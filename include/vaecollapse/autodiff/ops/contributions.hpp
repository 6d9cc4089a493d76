// A layer's input as a sum of contributions, each projected as seldom as can be: once a column,
// once a symbol of the vocabulary or of the batch, once a row, or once a tag. What is constant over
// time is never multiplied at every step.
#pragma once

#include <algorithm>
#include <span>
#include <string_view>
#include <type_traits>
#include <variant>

#include <vaecollapse/autodiff/context.hpp>
#include <vaecollapse/autodiff/ops/contribution_kinds.hpp>
#include <vaecollapse/autodiff/ops/embedding.hpp>
#include <vaecollapse/autodiff/tape.hpp>
#include <vaecollapse/kernels/affine.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

/// One part of a layer's input at every step of a sequence. The input of a step is the parts'
/// vectors on top of each other, and the weights' rows are divided among the parts in their order.
template <class Scalar>
class Contribution {
  using Any =
      std::variant<detail::PerStep<Scalar>, detail::PerSymbol<Scalar>, detail::PerRow<Scalar>,
                   detail::PerTag<Scalar>, detail::Attended<Scalar>>;

 public:
  using PerStep = detail::PerStep<Scalar>;
  using PerSymbol = detail::PerSymbol<Scalar>;
  using PerRow = detail::PerRow<Scalar>;
  using PerTag = detail::PerTag<Scalar>;
  using Attended = detail::Attended<Scalar>;

  /// A column for each step of each row. \shape columns [I x N]
  static Contribution per_step(const Var<Scalar, 2>& columns) {
    return Contribution(Any(PerStep{columns}));
  }
  /// A column for each symbol. \shape table [I x V], N ids
  static Contribution per_symbol(const Embedded<Scalar>& embedded) {
    return Contribution(Any(PerSymbol{embedded.table, embedded.symbols.ids}));
  }
  /// A column for each row, the same at every step. \shape rows [I x B], canonical order
  static Contribution per_row(const Var<Scalar, 2>& rows) {
    return Contribution(Any(PerRow{rows}));
  }
  /// sum_j weight_nj e_j over the tags of each column's row; the weights lie as those of
  /// `ColumnTags`. \shape table [I x M]
  static Contribution per_tag(const Var<Scalar, 2>& table, const Var<Scalar, 1>& weights,
                              const TagSets& tags) {
    return Contribution(Any(PerTag{{table, tags, weights}}));
  }
  /// The same by weights that an attending GRU finds as it runs; only there. \shape table [I x M]
  static Contribution attended(const Var<Scalar, 2>& table, const TagSets& tags) {
    return Contribution(Attended{{table, tags, {}}});
  }
  /// An attended one whose weights have their memory; see `recurrent_attending`.
  explicit Contribution(const Attended& attended) : kind_(attended) {}
  /// One per symbol whose columns are chosen; see `with_columns_chosen`.
  explicit Contribution(const PerSymbol& symbols) : kind_(symbols) {}

  /// Calls f(kind) with the one that it is.
  template <class F>
  decltype(auto) match(F&& f) const {
    if (const auto* kind = get<PerStep>()) return f(*kind);
    if (const auto* kind = get<PerSymbol>()) return f(*kind);
    if (const auto* kind = get<PerRow>()) return f(*kind);
    if (const auto* kind = get<PerTag>()) return f(*kind);
    return f(*get<Attended>());
  }
  /// The kind, or null where it is another.
  template <class Kind>
  const Kind* get() const {
    return std::get_if<Kind>(&kind_);
  }

  /// What is projected: columns, a table, or rows.
  const Var<Scalar, 2>& values() const {
    return match([](const auto& kind) -> const Var<Scalar, 2>& { return kind.values; });
  }
  /// Which columns of `values` are projected.
  detail::ColumnSubset columns() const {
    const auto* symbols = get<PerSymbol>();
    return symbols != nullptr ? symbols->columns : detail::ColumnSubset{};
  }

 private:
  explicit Contribution(const Any& kind) : kind_(kind) {}

  Any kind_;
};

namespace detail {

template <class Scalar>
void require_contributions(std::string_view op, const Shape<2>& weights,
                           std::span<const Contribution<Scalar>> inputs, const SequencePlan& plan) {
  Index width = 0;
  for (const auto& input : inputs) {
    width += input.values().rows();
    input.match([&](const auto& kind) { kind.require(op, plan); });
  }
  require_shapes(weights[0] == width, op,
                 {{"weights", weights}, {"all inputs together", Shape<2>{{width, plan.columns()}}}},
                 "the rows of the inputs together must equal the weights' rows");
}

/// A copy of the inputs, as long-lived as the innermost scope, in which every table of symbols is
/// projected as a whole or by the columns that are taken, whichever is faster.
template <Context C, class Scalar = typename C::scalar_type>
std::span<Contribution<Scalar>> with_columns_chosen(C& cx,
                                                    std::span<const Contribution<Scalar>> inputs) {
  const auto chosen = cx.keep(inputs);
  for (auto& input : chosen) {
    if (const auto* symbols = input.template get<PerSymbol<Scalar>>()) {
      input = Contribution<Scalar>(symbols->with_columns_chosen(cx.arena()));
    }
  }
  return chosen;
}

/// Whether some input has a gradient, or the weights of its tags have.
template <class Scalar>
bool any_input_gradient(std::span<const Contribution<Scalar>> inputs) {
  return std::any_of(inputs.begin(), inputs.end(), [](const auto& input) {
    const auto* mix = input.template get<PerTag<Scalar>>();
    return input.values().has_gradient() || (mix != nullptr && mix->weights.has_gradient());
  });
}

/// The rows of the weights that belong to each input in turn.
template <class Scalar>
class WeightRows {
 public:
  explicit WeightRows(View<const Scalar> weights) : weights_(weights) {}
  View<const Scalar> next(Index rows) {
    const View<const Scalar> part = weights_.middle_rows(first_, rows);
    first_ += rows;
    return part;
  }

 private:
  View<const Scalar> weights_;
  Index first_ = 0;
};

/// Adds what an input contributes to `out`, or begins the sum with it; returns how it goes on. The
/// part of an attended one is added elsewhere.
/// \shape w [I x O], x: the input's columns, out [O x N]
template <class Scalar, class Kind>
kernels::Output contribute(const Kind& kind, View<const Scalar> w, View<const Scalar> x,
                           const SequencePlan& plan, View<Scalar> out, kernels::Output output,
                           Arena& arena, Team& team) {
  if constexpr (std::is_same_v<Kind, Attended<Scalar>>) {
    return output;
  } else if constexpr (std::is_same_v<Kind, PerStep<Scalar>>) {
    kernels::affine_forward<Scalar>(
        w, nullptr, x, out, output,
        arena.allocate<Scalar>(kernels::affine_forward_scratch<Scalar>(x.rows, out.rows)), team);
  } else {
    kind.spread(plan, project(w, x, arena, team), out, output, arena, team);
  }
  return kernels::Output::accumulate;
}

/// out = the sum of what all inputs contribute, save the attended one: its part is added later.
template <class Scalar>
void contributions_forward(const Var<Scalar, 2>& weights,
                           std::span<const Contribution<Scalar>> inputs, const SequencePlan& plan,
                           View<Scalar> out, Arena& arena, Team& team) {
  WeightRows<Scalar> rows(weights.view());
  kernels::Output output = kernels::Output::replace;
  for (const auto& input : inputs) {
    const ArenaFrame frame(arena);
    const View<const Scalar> w = rows.next(input.values().rows());
    const View<const Scalar> x = input.columns().of(input.values().view(), arena, team);
    output = input.match([&](const auto& kind) {
      return contribute<Scalar>(kind, w, x, plan, out, output, arena, team);
    });
  }
  begin_sum(out, output);
}

/// The gradient of an input's projection. \shape dout [O x N]
template <class Scalar, class Kind>
View<const Scalar> projection_gradient(const Kind& kind, const SequencePlan& plan,
                                       View<const Scalar> dout, BackwardContext& back) {
  if constexpr (std::is_same_v<Kind, PerStep<Scalar>>) {
    return dout;
  } else {
    return kind.collect(plan, dout, back.arena, back.team);
  }
}

/// Carries the gradient of an input's projection back to its values and to its rows of the weights,
/// which begin at `first_row`. \shape d [O x .]: a column for each that is projected
template <class Scalar>
void projection_backward(const Contribution<Scalar>& input, const Var<Scalar, 2>& weights,
                         Index first_row, View<const Scalar> d, BackwardContext& back) {
  const Var<Scalar, 2>& values = input.values();
  const ColumnSubset columns = input.columns();
  const Index rows = values.rows();
  auto* scratch =
      back.arena.allocate<Scalar>(kernels::packed_size<Scalar>(rows, std::max(d.columns, d.rows)));
  if (values.has_gradient()) {
    const View<Scalar> dx = columns.of(values.gradient_view(), back.arena, back.team);
    kernels::affine_input_backward(weights.view().middle_rows(first_row, rows), d, dx, scratch,
                                   back.team);
    columns.put_back<Scalar>(dx, values.gradient_view(), back.team);
  }
  if (weights.has_gradient()) {
    const View<const Scalar> x = columns.of(values.view(), back.arena, back.team);
    kernels::affine_weights_backward(x, d, weights.gradient_view().middle_rows(first_row, rows),
                                     scratch, back.team);
  }
}

/// Carries the gradient of the sum back to every input and to the weights, as far as they have
/// gradients. The weights of attended tags had theirs in the sequence loop.
template <class Scalar>
void contributions_backward(const Var<Scalar, 2>& weights,
                            std::span<const Contribution<Scalar>> inputs, const SequencePlan& plan,
                            View<const Scalar> dout, BackwardContext& back) {
  Index first_row = 0;
  for (const auto& input : inputs) {
    const ArenaFrame frame(back.arena);
    const Index rows = input.values().rows();
    if (const auto* mix = input.template get<PerTag<Scalar>>()) {
      mix->weigh_backward(plan, weights.view().middle_rows(first_row, rows), dout, back);
    }
    if (input.values().has_gradient() || weights.has_gradient()) {
      const View<const Scalar> d = input.match(
          [&](const auto& kind) { return projection_gradient<Scalar>(kind, plan, dout, back); });
      projection_backward(input, weights, first_row, d, back);
    }
    first_row += rows;
  }
}

}  // namespace detail

/// The affine map W^T [x1; x2; ...] + b of a sum of contributions, at every step of a sequence. A
/// bias that is a default Var is none.
/// \shape weights [(I1 + I2 + ...) x O], bias [O] -> [O x N]
/// \cost 2 I O flops for each column that an input has, projected once: N steps, V symbols, B rows
/// \throws ShapeError, and Error for a symbol outside its table
template <Context C, class Scalar = typename C::scalar_type>
Sequence<Scalar> affine_sum(C& cx, const Var<Scalar, 2>& weights, const Var<Scalar, 1>& bias,
                            std::type_identity_t<std::span<const Contribution<Scalar>>> given,
                            KeptPlan kept_plan) {
  const SequencePlan& plan = kept_plan;
  detail::require_contributions<Scalar>("affine_sum", weights.shape(), given, plan);
  const bool has_bias = bias.data() != nullptr;
  require_shapes(!has_bias || bias.size() == weights.columns(), "affine_sum",
                 {{"weights", weights.shape()}, {"bias", bias.shape()}},
                 "there must be a bias for each of the weights' columns");
  const std::span<const Contribution<Scalar>> inputs = detail::with_columns_chosen(cx, given);
  const auto y =
      cx.template make<2>(Shape<2>{{weights.columns(), plan.columns()}},
                          any_gradient(weights, bias) || detail::any_input_gradient(inputs));
  detail::contributions_forward(weights, inputs, plan, y.value_view(), cx.arena(), cx.team());
  kernels::split_columns(cx.team(), y.columns(), [&](Index first, Index count) {
    for (Index n = first; has_bias && n < first + count; ++n) {
      kernels::add<Scalar>(y.rows(), bias.data(), y.value_view().column(n));
    }
  });
  if constexpr (C::records) {
    cx.template record<"affine_sum">(y, [=, &plan](BackwardContext& back) {
      const View<const Scalar> dy = y.gradient_view();
      detail::contributions_backward<Scalar>(weights, inputs, plan, dy, back);
      if (bias.has_gradient()) {
        kernels::affine_bias_backward(dy, bias.gradient_data(), back.team);
      }
    });
  }
  return {y, &plan};
}

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
