// A layer's input as a sum of contributions, each projected as seldom as can be: once a column,
// once a symbol of the vocabulary, or once a row. What is constant over time is never multiplied
// at every step.
#pragma once

#include <algorithm>
#include <span>
#include <string_view>

#include <vaecollapse/autodiff/context.hpp>
#include <vaecollapse/autodiff/ops/embedding.hpp>
#include <vaecollapse/autodiff/tape.hpp>
#include <vaecollapse/kernels/affine.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

/// One part of what a layer hears at every step of a sequence. The input of a step is the parts'
/// vectors on top of each other, and the weights' rows are divided among the parts in their order.
template <class Scalar>
struct Contribution {
  enum class Kind {
    per_step,    ///< values [I x N]: a column for each step of each row
    per_symbol,  ///< values [I x V], a table; `ids` says which column each step takes
    per_row      ///< values [I x B], canonical order: the same at every step of a row
  };
  Kind kind;
  Var<Scalar, 2> values;
  std::span<const Symbol> ids{};

  static Contribution per_step(const Var<Scalar, 2>& columns) { return {Kind::per_step, columns}; }
  static Contribution per_symbol(const Embedded<Scalar>& embedded) {
    return {Kind::per_symbol, embedded.table, embedded.symbols.ids};
  }
  static Contribution per_row(const Var<Scalar, 2>& rows) { return {Kind::per_row, rows}; }
};

namespace detail {

template <class Scalar>
void require_contributions(std::string_view op, const Shape<2>& weights,
                           std::span<const Contribution<Scalar>> inputs, const SequencePlan& plan) {
  const Shape<2> sizes{{plan.batch(), plan.columns()}};
  Index width = 0;
  for (const auto& input : inputs) {
    width += input.values.rows();
    switch (input.kind) {
      case Contribution<Scalar>::Kind::per_step:
        require_shapes(input.values.columns() == plan.columns(), op,
                       {{"input per step", input.values.shape()}, {"plan [rows x symbols]", sizes}},
                       "the input must have a column for each symbol of the plan");
        break;
      case Contribution<Scalar>::Kind::per_symbol:
        require_shapes(
            Index(input.ids.size()) == plan.columns(), op,
            {{"ids", Shape<1>{{Index(input.ids.size())}}}, {"plan [rows x symbols]", sizes}},
            "there must be an id for each symbol of the plan");
        require_symbols(op, input.ids, input.values.shape());
        break;
      case Contribution<Scalar>::Kind::per_row:
        require_shapes(input.values.columns() == plan.batch(), op,
                       {{"input per row", input.values.shape()}, {"plan [rows x symbols]", sizes}},
                       "the input must have a column for each row of the plan");
        break;
    }
  }
  require_shapes(weights[0] == width, op,
                 {{"weights", weights}, {"all inputs together", Shape<2>{{width, plan.columns()}}}},
                 "the rows of the inputs together must equal the weights' rows");
}

/// The rows of the weights, or of their gradient, that belong to each input in turn.
template <class T>
class WeightRows {
 public:
  explicit WeightRows(View<T> weights) : weights_(weights) {}
  View<T> next(Index rows) {
    const View<T> part = weights_.middle_rows(first_, rows);
    first_ += rows;
    return part;
  }

 private:
  View<T> weights_;
  Index first_ = 0;
};

/// out = the sum of what all inputs contribute.
template <class Scalar>
void contributions_forward(const Var<Scalar, 2>& weights,
                           std::span<const Contribution<Scalar>> inputs, const SequencePlan& plan,
                           View<Scalar> out, Arena& arena, Team& team) {
  using Kind = typename Contribution<Scalar>::Kind;
  WeightRows<const Scalar> rows(weights.view());
  kernels::Output output = kernels::Output::replace;
  if (inputs.empty()) std::fill_n(out.data, out.rows * out.columns, Scalar(0));
  for (const auto& input : inputs) {
    const ArenaFrame frame(arena);
    const View<const Scalar> x = input.values.view(), w = rows.next(x.rows);
    auto* scratch =
        arena.allocate<Scalar>(kernels::affine_forward_scratch<Scalar>(x.rows, out.rows));
    if (input.kind == Kind::per_step) {
      kernels::affine_forward<Scalar>(w, nullptr, x, out, output, scratch, team);
    } else {
      const View<Scalar> projected(arena.allocate<Scalar>(out.rows * x.columns), out.rows,
                                   x.columns);
      kernels::affine_forward<Scalar>(w, nullptr, x, projected, kernels::Output::replace, scratch,
                                      team);
      if (input.kind == Kind::per_symbol) {
        kernels::embedding_forward<Scalar>(projected, input.ids, out, output);
      } else {
        if (output == kernels::Output::replace) {
          std::fill_n(out.data, out.rows * out.columns, Scalar(0));
        }
        kernels::spread_rows_forward<Scalar>(plan, projected, out);
      }
    }
    output = kernels::Output::accumulate;
  }
}

/// Carries the gradient of the sum back to every input and to the weights.
template <class Scalar>
void contributions_backward(const Var<Scalar, 2>& weights,
                            std::span<const Contribution<Scalar>> inputs, const SequencePlan& plan,
                            View<const Scalar> dout, BackwardContext& back) {
  using Kind = typename Contribution<Scalar>::Kind;
  WeightRows<const Scalar> rows(weights.view());
  WeightRows<Scalar> gradient_rows(
      {back.gradient_or_scratch(weights), weights.rows(), weights.columns()});
  for (const auto& input : inputs) {
    const ArenaFrame frame(back.arena);
    const View<const Scalar> x = input.values.view(), w = rows.next(x.rows);
    const View<Scalar> dw = gradient_rows.next(x.rows);
    View<const Scalar> d = dout;
    if (input.kind != Kind::per_step) {
      const View<Scalar> sums(back.arena.allocate_zeros<Scalar>(dout.rows * x.columns), dout.rows,
                              x.columns);
      if (input.kind == Kind::per_symbol) {
        kernels::embedding_backward(input.ids, dout, sums);
      } else {
        kernels::spread_rows_backward(plan, dout, sums);
      }
      d = sums;
    }
    auto* scratch = back.arena.allocate<Scalar>(
        kernels::packed_size<Scalar>(x.rows, std::max(x.columns, w.columns)));
    if (input.values.has_gradient()) {
      kernels::affine_input_backward(w, d, input.values.gradient_view(), scratch, back.team);
    }
    kernels::affine_weights_backward(x, d, dw, scratch, back.team);
  }
}

}  // namespace detail

/// The affine map W^T [x1; x2; ...] + b of a sum of contributions, at every step of a sequence.
/// \shape weights [(I1 + I2 + ...) x O], bias [O] -> [O x N]
/// \throws ShapeError, and Error for a symbol outside its table
template <Context C, class Scalar = typename C::scalar_type>
Sequence<Scalar> affine_sum(C& cx, const Var<Scalar, 2>& weights, const Var<Scalar, 1>& bias,
                            std::span<const Contribution<Scalar>> inputs,
                            const SequencePlan& plan) {
  detail::require_contributions("affine_sum", weights.shape(), inputs, plan);
  require_shapes(bias.size() == weights.columns(), "affine_sum",
                 {{"weights", weights.shape()}, {"bias", bias.shape()}},
                 "there must be a bias for each of the weights' columns");
  const auto y = cx.template make<2>(Shape<2>{{weights.columns(), plan.columns()}});
  detail::contributions_forward(weights, inputs, plan, y.value_view(), cx.arena(), cx.team());
  for (Index n = 0; n < y.columns(); ++n) {
    kernels::add<Scalar>(y.rows(), bias.data(), y.value_view().column(n));
  }
  if constexpr (C::records) {
    const auto kept = cx.keep(inputs);
    cx.template record<"affine_sum">(y, [=, &plan](BackwardContext& back) {
      const View<const Scalar> dy = y.gradient_view();
      detail::contributions_backward<Scalar>(weights, kept, plan, dy, back);
      kernels::affine_bias_backward(dy, back.gradient_or_scratch(bias));
    });
  }
  return {y, &plan};
}

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
