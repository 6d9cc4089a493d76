// A recurrent cell that attends to the tags of its row at every step, as one node of the tape.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>
#include <type_traits>

#include <vaecollapse/autodiff/context.hpp>
#include <vaecollapse/autodiff/ops/contributions.hpp>
#include <vaecollapse/autodiff/ops/recurrent.hpp>
#include <vaecollapse/autodiff/tape.hpp>
#include <vaecollapse/core/check.hpp>
#include <vaecollapse/kernels/attention.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

/// What attention asks with, and what answers: a score v . tanh(W_h h + k_j) for each tag j.
/// \shape query [H x A], keys [A x M] (W_e e_j + b for all tags: an `affine` of their table),
/// score [A]
template <class Scalar>
struct AttentionVars {
  Var<Scalar, 2> query;
  Var<Scalar, 2> keys;
  Var<Scalar, 1> score;

  Index width() const { return score.size(); }
  kernels::AttentionKeys<Scalar> by() const { return {keys.view(), score.data()}; }
  bool has_gradient() const { return any_gradient(query, keys, score); }
};

/// The results of a cell that attends: its own, and its weights of the tags.
/// \shape weights: a number for each tag of each column's row, in the order of columns and tags
template <class Scalar>
struct AttendingStates : RecurrentStates<Scalar> {
  Var<Scalar, 1> weights;
};

namespace detail {

/// The part of attention in a cell's loop.
template <class Scalar>
struct Attending {
  static constexpr bool attends = true;
  bool has_gradient() const { return vars.has_gradient(); }
  const SequencePlan* plan;
  AttentionVars<Scalar> vars;
  Var<Scalar, 1> weights;
  kernels::ColumnTags columns;
  View<const Scalar> projections;  ///< what each tag contributes to the gates, [GH x M]
  View<Scalar> activations;        ///< saved for the backward pass, or empty

  template <Context C>
  kernels::AttentionBeforeStep<Scalar> before_step(C& cx, Direction direction,
                                                   View<const Scalar> h0, View<const Scalar> h,
                                                   View<Scalar> mixed) const {
    const Index width = vars.width();
    const auto packed = cx.template packed<kernels::TransposedPanels<Scalar>>(vars.query.view());
    const View<Scalar> query(cx.arena().template allocate<Scalar>(width * plan->batch()), width,
                             plan->batch());
    return {.plan = plan,
            .direction = direction,
            .query_weights = packed,
            .by = vars.by(),
            .columns = columns,
            .projections = projections,
            .h0 = h0,
            .h = h,
            .query = query,
            .weights = weights.data(),
            .activations = activations,
            .mixed = mixed};
  }

  /// A backward pass, with what its loop leaves for the sums over columns.
  struct Backward {
    const Attending& part;
    Scalar* dscores;
    View<Scalar> dquery;

    kernels::AttentionAfterStep<Scalar> after_step(View<const Scalar> dinputs, View<Scalar> state,
                                                   Arena& arena, Team& team) const {
      const View<const Scalar> query = part.vars.query.view();
      const auto packed = kernels::pack(
          query, arena.allocate<Scalar>(kernels::packed_size<Scalar>(query.rows, query.columns)),
          team);
      return {.plan = part.plan,
              .query_weights = packed,
              .by = part.vars.by(),
              .mix = {part.columns, part.weights.data()},
              .projections = part.projections,
              .activations = part.activations,
              .dinputs = dinputs,
              .dweights = part.weights.gradient_data(),
              .dscores = dscores,
              .dquery = dquery,
              .state = state};
    }

    void finish(std::span<const Scalar* const> previous, BackwardContext& back) const {
      const ArenaFrame frame(back.arena);
      const auto& [query, keys, score] = part.vars;
      if (any_gradient(keys, score)) parameters_backward(back);
      if (!query.has_gradient()) return;
      kernels::attention_query_backward<Scalar>(
          previous, dquery, query.gradient_view(),
          back.arena.allocate<Scalar>(kernels::packed_size<Scalar>(query.rows(), dquery.columns)),
          back.team);
    }

   private:
    void parameters_backward(BackwardContext& back) const {
      const auto& [query, keys, score] = part.vars;
      const View<Scalar> dkeys(back.gradient_or_scratch(keys), keys.rows(), keys.columns());
      Scalar* dscore = back.gradient_or_scratch(score);
      kernels::split_features<Scalar>(back.team, keys.rows(), [&](Index first, Index count) {
        kernels::attention_parameters_backward<Scalar>(
            part.vars.by().units(first, count), part.columns,
            part.activations.middle_rows(first, count), dscores, dscore + first,
            dkeys.middle_rows(first, count));
      });
    }
  };
  Backward backward(Arena& arena) const {
    const Index width = vars.width(), n = columns.columns();
    return {*this,
            arena.allocate<Scalar>(columns.size()),
            {arena.allocate<Scalar>(width * n), width, n}};
  }
};

/// The name of a cell's op that attends, as in `gru_attending`.
template <class Kernels>
struct AttendingName {
  static constexpr std::size_t length = sizeof(Kernels::name) - 1;
  static constexpr char suffix[] = "_attending";
  struct Text {
    char text[length + sizeof(suffix)]{};
  };
  static constexpr Text whole = [] {
    Text joined;
    for (std::size_t i = 0; i < length; ++i) joined.text[i] = Kernels::name[i];
    for (std::size_t i = 0; i < sizeof(suffix); ++i) joined.text[length + i] = suffix[i];
    return joined;
  }();
};
template <class Kernels>
constexpr std::string_view attending_name() {
  return AttendingName<Kernels>::whole.text;
}

/// Where the one attended input stands.
template <class Scalar>
std::size_t attended_input(std::string_view op, std::span<const Contribution<Scalar>> inputs) {
  std::size_t found = inputs.size();
  Index count = 0;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    if (inputs[i].template get<Attended<Scalar>>() == nullptr) continue;
    found = i;
    ++count;
  }
  if (count != 1) {
    detail::raise_error({op, ": there are ", count, " attended inputs: there must be one"});
  }
  return found;
}

template <class Scalar>
void require_attention_shapes(std::string_view op, const AttentionVars<Scalar>& attention,
                              const RecurrentVars<Scalar>& cell, const Attended<Scalar>& attended,
                              const SequencePlan& plan) {
  require_tags(op, attended.tags, attended.values.shape(), plan);
  require_shapes(
      attention.query.shape() == Shape<2>{{cell.hidden(), attention.width()}} &&
          attention.keys.shape() == Shape<2>{{attention.width(), attended.values.columns()}},
      op,
      {{"query", attention.query.shape()},
       {"keys", attention.keys.shape()},
       {"score", attention.score.shape()},
       {"recurrent weights", cell.recurrent.shape()},
       {"table of tags", attended.values.shape()}},
      "query must be [hidden x width], keys [width x tags], score [width]");
}

/// What each tag contributes to the gates through the rows of the input weights that belong to the
/// input `at`, in the arena. \shape -> [GH x M]
template <class Scalar, Context C>
View<const Scalar> project_attended(C& cx, const RecurrentVars<Scalar>& cell,
                                    std::span<const Contribution<Scalar>> inputs, std::size_t at) {
  Index first_row = 0;
  for (const auto& before : inputs.first(at)) first_row += before.values().rows();
  const View<const Scalar> table = inputs[at].values().view();
  return project<Scalar>(cell.input.view().middle_rows(first_row, table.rows), table, cx.arena(),
                         cx.team());
}

/// The part of attention, with memory for what its backward pass needs.
template <Context C, class Scalar = typename C::scalar_type>
Attending<Scalar> attending(C& cx, const SequencePlan& plan, const AttentionVars<Scalar>& attention,
                            const Var<Scalar, 1>& weights, const kernels::ColumnTags& columns,
                            View<const Scalar> projections) {
  View<Scalar> activations;
  if constexpr (C::records) {
    activations = {cx.arena().template allocate<Scalar>(attention.width() * columns.size()),
                   attention.width(), columns.size()};
  }
  return {&plan, attention, weights, columns, projections, activations};
}

}  // namespace detail

/// A cell, one of whose inputs is `Contribution::attended`: at each step the sum of its tags'
/// columns, weighed by a softmax over the tags of the row, which the output before the step
/// decides. A row without tags has zeros there.
/// \shape first_state [S x B] in canonical order, or a default Var for zeros
/// \throws ShapeError, and Error for a tag outside the table or another number of attended inputs
/// \cost as `recurrent`, and 2 H A flops a column, A tanh and 2 G H flops a tag of a column
/// \source Bahdanau et al. 2015, over tags
template <kernels::RecurrentKernels Kernels, Context C, class Scalar = typename C::scalar_type>
AttendingStates<Scalar> recurrent_attending(
    C& cx, const RecurrentVars<Scalar>& cell, const AttentionVars<Scalar>& attention,
    std::type_identity_t<std::span<const Contribution<Scalar>>> inputs, KeptPlan kept_plan,
    Direction direction = Direction::forward, const Var<Scalar, 2>& first_state = {}) {
  const SequencePlan& plan = kept_plan;
  constexpr std::string_view op = detail::attending_name<Kernels>();
  const std::size_t at = detail::attended_input<Scalar>(op, inputs);
  auto attended = *inputs[at].template get<detail::Attended<Scalar>>();
  detail::require_attention_shapes(op, attention, cell, attended, plan);
  const auto columns = detail::column_tags(plan, attended.tags, cx.arena());
  const bool with_gradient = cell.has_gradient() || attention.has_gradient() ||
                             any_gradient(first_state) || detail::any_input_gradient(inputs);
  attended.weights = cx.template make<1>(Shape<1>{{columns.size()}}, with_gradient);
  const auto parts = cx.keep(inputs);
  parts[at] = Contribution<Scalar>(attended);
  detail::require_recurrent_shapes<Kernels, Scalar>(cell, parts, plan);
  const auto part = detail::attending(cx, plan, attention, attended.weights, columns,
                                      detail::project_attended<Scalar>(cx, cell, parts, at));
  const auto results = detail::make_results<Kernels>(cx, cell.hidden(), plan, with_gradient);
  recurrent_into<Kernels>(cx, cell, std::span<const Contribution<Scalar>>(parts), plan, direction,
                          first_state, results, part);
  return {{{results.outputs, &plan}, results.last, results.state}, attended.weights};
}

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
