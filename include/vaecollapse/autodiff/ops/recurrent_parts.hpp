// What one node of a recurrent layer works on: its parameters, its results, and what its inputs
// contribute to the gates, each projected as seldom as can be: once a column, once a symbol of the
// vocabulary or of the batch, once an example.
#pragma once

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <span>
#include <string>
#include <type_traits>

#include <vaecollapse/autodiff/context.hpp>
#include <vaecollapse/autodiff/ops/contributions.hpp>
#include <vaecollapse/autodiff/tape.hpp>
#include <vaecollapse/core/at.hpp>
#include <vaecollapse/kernels/recurrent.hpp>
#include <vaecollapse/kernels/tile.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

/// The parameters of one direction of a cell with G gates, stacked.
/// \shape input [I x GH], recurrent [H x GH], both biases [GH]
template <class Scalar>
struct RecurrentVars {
  Var<Scalar, 2> input;
  Var<Scalar, 2> recurrent;
  Var<Scalar, 1> input_bias;
  Var<Scalar, 1> recurrent_bias;

  Index hidden() const { return recurrent.rows(); }
  kernels::RecurrentBiases<Scalar> biases() const {
    return {input_bias.data(), recurrent_bias.data()};
  }
  bool has_gradient() const { return any_gradient(input, recurrent, input_bias, recurrent_bias); }
};

/// The results of a recurrent layer: its output at every step, each row's last one, and each row's
/// last state, whose first rows are that output.
/// \shape states [H x N] on a plan; last [H x B], last state [S x B] in canonical order
template <class Scalar>
struct RecurrentStates {
  Sequence<Scalar> states;
  Var<Scalar, 2> last_output;
  Var<Scalar, 2> final_state;

  Var<Scalar, 2> last() const { return last_output; }
  /// What another sequence may start from.
  Var<Scalar, 2> last_state() const { return final_state; }
  /// Its outputs, where a sequence is wanted.
  operator Sequence<Scalar>() const { return states; }
};

/// The memory for the results of a cell, from a row of each on, so that two directions share one
/// buffer. Where a cell's state is its output, `state` is not used.
/// \shape outputs [. x N], last [. x B], state [. x B]
template <class Scalar>
struct RecurrentResults {
  Var<Scalar, 2> outputs;
  Var<Scalar, 2> last;
  Index first_row = 0;  ///< of both
  Var<Scalar, 2> state{};
  Index first_state = 0;  ///< the first row of state
};

namespace detail {

/// \throws ShapeError
template <class Kernels, class Scalar>
void require_recurrent_shapes(const RecurrentVars<Scalar>& cell,
                              std::span<const Contribution<Scalar>> inputs,
                              const SequencePlan& plan) {
  const Index gates = Kernels::gates * cell.hidden();
  const bool fits = cell.input.columns() == gates && cell.recurrent.columns() == gates &&
                    cell.input_bias.size() == gates && cell.recurrent_bias.size() == gates;
  if (!fits) {
    const std::string rows = (Kernels::gates == 1 ? "" : std::to_string(Kernels::gates) + " ");
    raise(ShapeError(Kernels::name,
                     {{"input weights", cell.input.shape()},
                      {"recurrent weights", cell.recurrent.shape()},
                      {"input bias", cell.input_bias.shape()},
                      {"recurrent bias", cell.recurrent_bias.shape()}},
                     "weights must be [input x " + rows + "hidden] and [hidden x " + rows +
                         "hidden], biases [" + rows + "hidden]"));
  }
  require_contributions(Kernels::name, cell.input.shape(), inputs, plan);
}

/// The columns of `canonical` in the plan's order; a column of zeros for all where there are none.
template <class Scalar>
View<const Scalar> in_plan_order(const SequencePlan& plan, const Var<Scalar, 2>& canonical,
                                 Index rows, Arena& arena) {
  if (canonical.size() == 0) {
    return {arena.allocate_zeros<Scalar>(rows), rows, plan.batch(), 0};
  }
  const View<Scalar> sorted(arena.allocate<Scalar>(rows * plan.batch()), rows, plan.batch());
  for (Index j = 0; j < plan.batch(); ++j) {
    std::copy_n(canonical.view().column(at(plan.order(), j)), rows, sorted.column(j));
  }
  return sorted;
}

/// Sums of products and biases for all columns, in the arena, where that is faster than step by
/// step; else empty. \shape -> [GH x N]
template <class Kernels, Context C, class Scalar = typename C::scalar_type>
View<const Scalar> recurrent_input_sums(C& cx, const RecurrentVars<Scalar>& cell,
                                        const SequencePlan& plan,
                                        std::span<const typename Kernels::Product> products) {
  View<Scalar> sums;
  if constexpr (kernels::tile_columns > 1) {
    if (plan.batch() < kernels::tile_columns && !products.empty()) {
      const Index gates = cell.input.columns();
      sums = {cx.arena().template allocate<Scalar>(gates * plan.columns()), gates, plan.columns()};
      Kernels::input_sums(plan, cell.hidden(), cell.biases(), products, sums, cx.team());
    }
  }
  return sums;
}

/// What the inputs contribute to the gates, in the arena. The attended one is computed as the
/// sequence runs, in `attended` [GH x B].
template <class Kernels, Context C, class Scalar = typename C::scalar_type>
typename Kernels::Inputs recurrent_inputs(C& cx, const RecurrentVars<Scalar>& cell,
                                          std::span<const Contribution<Scalar>> inputs,
                                          const SequencePlan& plan, View<const Scalar> attended) {
  using Input = Contribution<Scalar>;
  Arena& arena = cx.arena();
  const auto products = arena.template span<typename Kernels::Product>(std::count_if(
      inputs.begin(), inputs.end(),
      [](const Input& input) { return input.template get<typename Input::PerStep>() != nullptr; }));
  const Index sources = Index(inputs.size()) - Index(products.size());
  const auto pointers = arena.template span<const Scalar*>(sources * plan.columns());
  WeightRows<Scalar> rows(cell.input.view());
  std::size_t product = 0, source = 0;
  for (const Input& input : inputs) {
    const View<const Scalar> x = input.columns().of(input.values().view(), arena, cx.team());
    const View<const Scalar> w = rows.next(x.rows);
    input.match([&](const auto& kind) {
      using Kind = std::remove_cvref_t<decltype(kind)>;
      if constexpr (std::is_same_v<Kind, typename Input::PerStep>) {
        products[product++] = {cx.template packed<typename Kernels::Panels>(w), x};
      } else if constexpr (std::is_same_v<Kind, typename Input::Attended>) {
        kind.point(plan, attended, pointers.data() + source++, sources);
      } else {
        kind.point(plan, View<const Scalar>(project(w, x, arena, cx.team())),
                   pointers.data() + source++, sources, arena, cx.team());
      }
    });
  }
  return {products, pointers, sources,
          recurrent_input_sums<Kernels, C, Scalar>(cx, cell, plan, products)};
}

/// Whether weights that would be packed for one pass alone are better read as they lie.
template <class Weights, class Scalar>
bool row_is_alone(const SequencePlan& plan) {
  return std::constructible_from<Weights, View<const Scalar>> && plan.batch() == 1;
}

/// The recurrent weights for a forward pass over `plan`. A workspace keeps them packed.
template <class Kernels, Context C, class Scalar = typename C::scalar_type>
typename Kernels::Weights recurrent_weights(C& cx, View<const Scalar> weights,
                                            const SequencePlan& plan) {
  using Weights = typename Kernels::Weights;
  if constexpr (C::records && std::constructible_from<Weights, View<const Scalar>>) {
    if (row_is_alone<Weights, Scalar>(plan)) return Weights(weights);
  }
  return Weights(cx.template packed<typename Kernels::Panels>(weights));
}

/// The same for the backward pass, in its arena.
template <class Kernels, class Scalar>
typename Kernels::BackwardWeights recurrent_weights_backward(View<const Scalar> weights,
                                                             const SequencePlan& plan,
                                                             BackwardContext& back) {
  using Weights = typename Kernels::BackwardWeights;
  if constexpr (std::constructible_from<Weights, View<const Scalar>>) {
    if (row_is_alone<Weights, Scalar>(plan)) return Weights(weights);
  }
  const Index size = kernels::packed_size<Scalar>(weights.rows, weights.columns);
  return Kernels::pack_for_backward(weights, back.arena.allocate<Scalar>(size), back.team);
}

/// The column that holds a row's last state in a direction, or -1 for an empty row.
inline Index last_column(const SequencePlan& plan, Direction direction, Index row) {
  if (plan.length(row) == 0) return -1;
  return plan.column(row, direction == Direction::forward ? plan.length(row) - 1 : 0);
}

/// Nothing happens around the steps of a cell whose input does not depend on its state. The members
/// are what `RecurrentNode` asks of that which does; see `Attending`.
template <class Scalar>
struct NotAttending {
  static constexpr bool attends = false;
  bool has_gradient() const { return false; }
  template <Context C>
  kernels::NoStepHook before_step(C&, Direction, View<const Scalar>, View<const Scalar>,
                                  View<Scalar>) const {
    return {};
  }
  /// Made anew for a backward pass, before its loop; `finish` comes after it.
  struct Backward {
    kernels::NoStepHook after_step(View<const Scalar>, View<Scalar>, Arena&, Team&) const {
      return {};
    }
    void finish(std::span<const Scalar* const>, BackwardContext&) const {}
  };
  Backward backward(Arena&) const { return {}; }
};

}  // namespace detail

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
