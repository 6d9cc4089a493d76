// A layer's input as a sum of contributions, each projected as seldom as can be: once a column,
// once a symbol of the vocabulary, once a row, or once a tag. What is constant over time is never
// multiplied at every step.
#pragma once

#include <algorithm>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>

#include <vaecollapse/autodiff/context.hpp>
#include <vaecollapse/autodiff/ops/embedding.hpp>
#include <vaecollapse/autodiff/tape.hpp>
#include <vaecollapse/kernels/affine.hpp>
#include <vaecollapse/kernels/attention.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

/// One part of a layer's input at every step of a sequence. The input of a step is the parts'
/// vectors on top of each other, and the weights' rows are divided among the parts in their order.
template <class Scalar>
struct Contribution {
  enum class Kind {
    per_step,    ///< values [I x N]: a column for each step of each row
    per_symbol,  ///< values [I x V], a table; each step takes the column of its id
    per_row,     ///< values [I x B], canonical order: the same at every step of a row
    per_tag,     ///< values [I x M], a table; each step mixes its row's `tags` by `weights`
    attended     ///< per_tag with weights that an attending GRU finds as it goes; only there
  };
  Kind kind;
  Var<Scalar, 2> values;
  std::span<const Symbol> ids{};
  TagSets tags{};
  Var<Scalar, 1> weights{};

  static Contribution per_step(const Var<Scalar, 2>& columns) { return {Kind::per_step, columns}; }
  static Contribution per_symbol(const Embedded<Scalar>& embedded) {
    return {Kind::per_symbol, embedded.table, embedded.symbols.ids};
  }
  static Contribution per_row(const Var<Scalar, 2>& rows) { return {Kind::per_row, rows}; }
  /// sum_j weight_nj e_j over the tags of each column's row; the weights lie as those of
  /// `ColumnTags`.
  static Contribution per_tag(const Var<Scalar, 2>& table, const Var<Scalar, 1>& weights,
                              const TagSets& tags) {
    return {Kind::per_tag, table, {}, tags, weights};
  }
  static Contribution attended(const Var<Scalar, 2>& table, const TagSets& tags) {
    return {Kind::attended, table, {}, tags};
  }
};

namespace detail {

/// The tags of each column of a plan, in the arena.
inline kernels::ColumnTags column_tags(const SequencePlan& plan, const TagSets& tags,
                                       Arena& arena) {
  const auto rows = arena.span<Index>(plan.columns());
  kernels::column_rows(plan, rows);
  return kernels::column_tags(tags, rows, arena.span<Index>(plan.columns() + 1));
}

/// How many numbers `ColumnTags` speaks of.
inline Index count_column_tags(const SequencePlan& plan, const TagSets& tags) {
  Index count = 0;
  for (Index row = 0; row < plan.batch(); ++row) {
    count += plan.length(row) * Index(tags.of(row).size());
  }
  return count;
}

inline void require_tags(std::string_view op, const TagSets& tags, const Shape<2>& table,
                         const SequencePlan& plan) {
  require_shapes(tags.batch() == plan.batch(), op,
                 {{"tag sets", Shape<1>{{tags.batch()}}},
                  {"plan [rows x symbols]", Shape<2>{{plan.batch(), plan.columns()}}}},
                 "there must be a set of tags for each row of the plan");
  require_tags(op, tags, table);
}

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
      case Contribution<Scalar>::Kind::per_tag:
      case Contribution<Scalar>::Kind::attended:
        require_tags(op, input.tags, input.values.shape(), plan);
        require_shapes(input.weights.size() == count_column_tags(plan, input.tags), op,
                       {{"weights of tags", input.weights.shape()},
                        {"tags of all columns", Shape<1>{{count_column_tags(plan, input.tags)}}}},
                       "there must be a weight for each tag of each column; an attended input gets "
                       "them from a GRU's attention, and can stand nowhere else");
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

/// The projection of an input's columns, in the arena.
template <class Scalar>
View<Scalar> project(View<const Scalar> weights, View<const Scalar> x, Arena& arena, Team& team) {
  const View<Scalar> projected(arena.allocate<Scalar>(weights.columns * x.columns), weights.columns,
                               x.columns);
  const ArenaFrame frame(arena);
  kernels::affine_forward<Scalar>(weights, nullptr, x, projected, kernels::Output::replace,
                                  arena.allocate<Scalar>(kernels::affine_forward_scratch<Scalar>(
                                      weights.rows, weights.columns)),
                                  team);
  return projected;
}

/// How the tags of an input per tag or an attended one are mixed; of any other input, nothing.
template <class Scalar>
kernels::TagMix<Scalar> tag_mix(const Contribution<Scalar>& input, const SequencePlan& plan,
                                Arena& arena) {
  using Kind = typename Contribution<Scalar>::Kind;
  if (input.kind != Kind::per_tag && input.kind != Kind::attended) return {};
  return {column_tags(plan, input.tags, arena), input.weights.data()};
}

/// What an input contributes that was projected in fewer columns than the sequence has.
template <class Scalar>
void spread_forward(const Contribution<Scalar>& input, const SequencePlan& plan,
                    View<const Scalar> projected, View<Scalar> out, kernels::Output output,
                    Arena& arena, Team& team) {
  using Kind = typename Contribution<Scalar>::Kind;
  if (output == kernels::Output::replace && input.kind != Kind::per_symbol) {
    std::fill_n(out.data, out.rows * out.columns, Scalar(0));
  }
  const kernels::TagMix<Scalar> mix = tag_mix(input, plan, arena);
  kernels::split_features<Scalar>(team, out.rows, [&](Index first, Index count) {
    const View<const Scalar> from = projected.middle_rows(first, count);
    const View<Scalar> to = out.middle_rows(first, count);
    if (input.kind == Kind::per_symbol) {
      kernels::embedding_forward(from, input.ids, to, output);
    } else if (input.kind == Kind::per_row) {
      kernels::spread_rows_forward(plan, from, to);
    } else {
      kernels::tag_mix_forward(from, mix, 0, to);
    }
  });
}

/// The sums over the sequence's columns that each column of such an input's projection gets.
template <class Scalar>
View<const Scalar> spread_backward(const Contribution<Scalar>& input, const SequencePlan& plan,
                                   View<const Scalar> dout, Arena& arena, Team& team) {
  using Kind = typename Contribution<Scalar>::Kind;
  const Index columns = input.values.columns();
  const View<Scalar> sums(arena.allocate_zeros<Scalar>(dout.rows * columns), dout.rows, columns);
  const kernels::TagMix<Scalar> mix = tag_mix(input, plan, arena);
  kernels::split_features<Scalar>(team, dout.rows, [&](Index first, Index count) {
    const View<const Scalar> from = dout.middle_rows(first, count);
    const View<Scalar> to = sums.middle_rows(first, count);
    if (input.kind == Kind::per_symbol) {
      kernels::embedding_backward(input.ids, from, to);
    } else if (input.kind == Kind::per_row) {
      kernels::spread_rows_backward(plan, from, to);
    } else {
      kernels::tag_mix_table_backward(mix, from, to);
    }
  });
  return sums;
}

/// out = the sum of what all inputs contribute, save the attended one: its part is added later.
template <class Scalar>
void contributions_forward(const Var<Scalar, 2>& weights,
                           std::span<const Contribution<Scalar>> inputs, const SequencePlan& plan,
                           View<Scalar> out, Arena& arena, Team& team) {
  using Kind = typename Contribution<Scalar>::Kind;
  WeightRows<const Scalar> rows(weights.view());
  kernels::Output output = kernels::Output::replace;
  for (const auto& input : inputs) {
    const ArenaFrame frame(arena);
    const View<const Scalar> x = input.values.view(), w = rows.next(x.rows);
    if (input.kind == Kind::attended) continue;
    if (input.kind == Kind::per_step) {
      kernels::affine_forward<Scalar>(
          w, nullptr, x, out, output,
          arena.allocate<Scalar>(kernels::affine_forward_scratch<Scalar>(x.rows, out.rows)), team);
    } else {
      spread_forward<Scalar>(input, plan, project(w, x, arena, team), out, output, arena, team);
    }
    output = kernels::Output::accumulate;
  }
  if (output == kernels::Output::replace) std::fill_n(out.data, out.rows * out.columns, Scalar(0));
}

/// Carries the gradient of the sum back to every input and to the weights. The weights of attended
/// tags had theirs in the sequence loop.
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
    const View<const Scalar> d = input.kind == Kind::per_step
                                     ? dout
                                     : spread_backward(input, plan, dout, back.arena, back.team);
    if (input.kind == Kind::per_tag && input.weights.has_gradient()) {
      const View<const Scalar> projected = project(w, x, back.arena, back.team);
      kernels::tag_mix_weights_backward<Scalar>(projected,
                                                column_tags(plan, input.tags, back.arena), 0, dout,
                                                input.weights.gradient_data());
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
                            std::type_identity_t<std::span<const Contribution<Scalar>>> inputs,
                            KeptPlan kept_plan) {
  const SequencePlan& plan = kept_plan;
  detail::require_contributions<Scalar>("affine_sum", weights.shape(), inputs, plan);
  require_shapes(bias.size() == weights.columns(), "affine_sum",
                 {{"weights", weights.shape()}, {"bias", bias.shape()}},
                 "there must be a bias for each of the weights' columns");
  const auto y = cx.template make<2>(Shape<2>{{weights.columns(), plan.columns()}});
  detail::contributions_forward(weights, inputs, plan, y.value_view(), cx.arena(), cx.team());
  kernels::split_columns(cx.team(), y.columns(), [&](Index first, Index count) {
    for (Index n = first; n < first + count; ++n) {
      kernels::add<Scalar>(y.rows(), bias.data(), y.value_view().column(n));
    }
  });
  if constexpr (C::records) {
    const auto kept = cx.keep(inputs);
    cx.template record<"affine_sum">(y, [=, &plan](BackwardContext& back) {
      const View<const Scalar> dy = y.gradient_view();
      detail::contributions_backward<Scalar>(weights, kept, plan, dy, back);
      kernels::affine_bias_backward(dy, back.gradient_or_scratch(bias), back.team);
    });
  }
  return {y, &plan};
}

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
