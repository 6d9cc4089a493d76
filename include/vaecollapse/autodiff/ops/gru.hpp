// A GRU over a ragged sequence as one node of the tape. Its input is a sum of contributions, each
// projected as seldom as can be: once a column, once a symbol of the vocabulary or of the batch,
// once an example.
#pragma once

#include <algorithm>
#include <cstddef>
#include <span>
#include <type_traits>

#include <vaecollapse/autodiff/context.hpp>
#include <vaecollapse/autodiff/ops/contributions.hpp>
#include <vaecollapse/autodiff/tape.hpp>
#include <vaecollapse/core/at.hpp>
#include <vaecollapse/kernels/gru_backward.hpp>
#include <vaecollapse/kernels/tile.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

/// The parameters of one direction of a GRU, gates stacked r, u, n.
/// \shape input [I x 3H], recurrent [H x 3H], both biases [3H]
template <class Scalar>
struct GruVars {
  Var<Scalar, 2> input;
  Var<Scalar, 2> recurrent;
  Var<Scalar, 1> input_bias;
  Var<Scalar, 1> recurrent_bias;

  Index hidden() const { return recurrent.rows(); }
  kernels::GruBiases<Scalar> biases() const { return {input_bias.data(), recurrent_bias.data()}; }
  bool has_gradient() const { return any_gradient(input, recurrent, input_bias, recurrent_bias); }
};

/// The results of a GRU: its state at every step and each row's last one.
/// \shape states [H x N] on a plan, last [H x B] in canonical order
template <class Scalar>
struct GruStates {
  Sequence<Scalar> states;
  Var<Scalar, 2> final_state;

  Var<Scalar, 2> last() const { return final_state; }
  /// Its states, where a sequence is wanted.
  operator Sequence<Scalar>() const { return states; }
};

namespace detail {

template <class Scalar>
void require_gru_shapes(const GruVars<Scalar>& gru, std::span<const Contribution<Scalar>> inputs,
                        const SequencePlan& plan) {
  const Index hidden = gru.hidden();
  require_shapes(gru.input.columns() == 3 * hidden && gru.recurrent.columns() == 3 * hidden &&
                     gru.input_bias.size() == 3 * hidden && gru.recurrent_bias.size() == 3 * hidden,
                 "gru",
                 {{"input weights", gru.input.shape()},
                  {"recurrent weights", gru.recurrent.shape()},
                  {"input bias", gru.input_bias.shape()},
                  {"recurrent bias", gru.recurrent_bias.shape()}},
                 "weights must be [input x 3 hidden] and [hidden x 3 hidden], biases [3 hidden]");
  require_contributions("gru", gru.input.shape(), inputs, plan);
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
/// step; else empty. \shape -> [3H x N]
template <Context C, class Scalar = typename C::scalar_type>
View<const Scalar> gru_input_sums(C& cx, const GruVars<Scalar>& gru, const SequencePlan& plan,
                                  std::span<const kernels::GruProduct<Scalar>> products) {
  View<Scalar> sums;
  if constexpr (kernels::tile_columns > 1) {
    if (plan.batch() < kernels::tile_columns && !products.empty()) {
      const Index gates = gru.input.columns();
      sums = {cx.arena().template allocate<Scalar>(gates * plan.columns()), gates, plan.columns()};
      kernels::gru_input_sums<Scalar>(plan, gru.hidden(), gru.biases(), products, sums, cx.team());
    }
  }
  return sums;
}

/// What the inputs contribute to a GRU's gates, in the arena. The attended one is computed as the
/// sequence runs, in `attended` [3H x B].
template <Context C, class Scalar = typename C::scalar_type>
kernels::GruInputs<Scalar> gru_inputs(C& cx, const GruVars<Scalar>& gru,
                                      std::span<const Contribution<Scalar>> inputs,
                                      const SequencePlan& plan, View<const Scalar> attended) {
  using Input = Contribution<Scalar>;
  Arena& arena = cx.arena();
  const auto products = arena.template span<kernels::GruProduct<Scalar>>(std::count_if(
      inputs.begin(), inputs.end(),
      [](const Input& input) { return input.template get<typename Input::PerStep>() != nullptr; }));
  const Index sources = Index(inputs.size()) - Index(products.size());
  const auto pointers = arena.template span<const Scalar*>(sources * plan.columns());
  WeightRows<Scalar> rows(gru.input.view());
  std::size_t product = 0, source = 0;
  for (const Input& input : inputs) {
    const View<const Scalar> x = input.columns().of(input.values().view(), arena, cx.team());
    const View<const Scalar> w = rows.next(x.rows);
    input.match([&](const auto& kind) {
      using Kind = std::remove_cvref_t<decltype(kind)>;
      if constexpr (std::is_same_v<Kind, typename Input::PerStep>) {
        products[product++] = {cx.template packed<kernels::GatePanels<Scalar>>(w), x};
      } else if constexpr (std::is_same_v<Kind, typename Input::Attended>) {
        kind.point(plan, attended, pointers.data() + source++, sources);
      } else {
        kind.point(plan, View<const Scalar>(project(w, x, arena, cx.team())),
                   pointers.data() + source++, sources, arena, cx.team());
      }
    });
  }
  return {products, pointers, sources, gru_input_sums<C, Scalar>(cx, gru, plan, products)};
}

/// Whether weights that would be packed for one pass alone are better read as they lie.
inline bool row_is_alone(const SequencePlan& plan) { return plan.batch() == 1; }

/// The recurrent weights for a forward pass over `plan`. A workspace keeps them packed.
template <Context C, class Scalar = typename C::scalar_type>
kernels::RecurrentGates<Scalar> recurrent_gates(C& cx, View<const Scalar> weights,
                                                const SequencePlan& plan) {
  if (C::records && row_is_alone(plan)) return kernels::RecurrentGates<Scalar>(weights);
  return cx.template packed<kernels::GatePanels<Scalar>>(weights);
}

/// The same for the backward pass, in its arena.
template <class Scalar>
kernels::RecurrentGatesBackward<Scalar> recurrent_gates_backward(View<const Scalar> weights,
                                                                 const SequencePlan& plan,
                                                                 BackwardContext& back) {
  if (row_is_alone(plan)) return kernels::RecurrentGatesBackward<Scalar>(weights);
  const Index hidden = weights.rows;
  return kernels::pack_gates_for_backward(
      weights, back.arena.allocate<Scalar>(kernels::packed_size<Scalar>(hidden, 3 * hidden)),
      back.team);
}

/// Nothing happens around the steps of a GRU whose input does not depend on its state. The members
/// are what `GruNode` asks of that which does; see `Attending`.
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

/// The column that holds a row's last state in a direction, or -1 for an empty row.
inline Index last_column(const SequencePlan& plan, Direction direction, Index row) {
  if (plan.length(row) == 0) return -1;
  return plan.column(row, direction == Direction::forward ? plan.length(row) - 1 : 0);
}

}  // namespace detail

/// The memory for the results of a GRU: rows first_row .. first_row + H of both, so that two
/// directions share one buffer. \shape states [. x N], last [. x B]
template <class Scalar>
struct GruResults {
  Var<Scalar, 2> states;
  Var<Scalar, 2> last;
  Index first_row = 0;
};

namespace detail {

/// One direction of a GRU over a sequence, as a node of the tape.
template <class Scalar, class Part>
struct GruNode {
  GruVars<Scalar> gru;
  std::span<const Contribution<Scalar>> inputs;
  const SequencePlan* plan;
  Direction direction;
  Var<Scalar, 2> h0;  ///< [H x B] in canonical order, or empty for zeros
  GruResults<Scalar> results;
  Part part;                   ///< what takes part in the loop besides the GRU itself
  View<const Scalar> start{};  ///< h0 in the plan's order [H x B]
  View<Scalar> saved{};        ///< for the backward pass [4H x N], or empty

  Index hidden() const { return gru.hidden(); }
  /// \shape [H x N]
  View<Scalar> states() const {
    return results.states.value_view().middle_rows(results.first_row, hidden());
  }

  /// Whether something is wanted of a backward pass.
  bool has_gradient() const {
    return gru.has_gradient() || any_gradient(h0) || any_input_gradient(inputs) ||
           part.has_gradient();
  }

  void require_shapes_of_all() const {
    require_gru_shapes(gru, inputs, *plan);
    require_shapes(h0.size() == 0 || h0.shape() == Shape<2>{{hidden(), plan->batch()}}, "gru",
                   {{"h0", h0.shape()}, {"recurrent weights", gru.recurrent.shape()}},
                   "h0 must be [hidden x batch]");
  }

  template <Context C>
  void forward(C& cx) {
    Arena& arena = cx.arena();
    start = in_plan_order(*plan, h0, hidden(), arena);
    if constexpr (C::records) {
      const Index leading = spaced_leading<Scalar>(4 * hidden()), columns = plan->columns();
      saved = {arena.template allocate<Scalar>(leading * columns), 4 * hidden(), columns, leading};
    }
    run_steps(cx);
    for (Index row = 0; row < plan->batch(); ++row) {
      const Index column = last_column(*plan, direction, row);
      std::copy_n(column >= 0 ? states().column(column) : start.column(plan->position(row)),
                  hidden(), results.last.value_view().column(row) + results.first_row);
    }
  }

  void backward(BackwardContext& back) const {
    const View<Scalar> state = last_backward(back);
    const auto previous = back.arena.span<const Scalar*>(plan->columns());
    kernels::gru_previous_states<Scalar>(*plan, direction, start, states(), previous);
    const Index parts = kernels::gru_gate_sums(plan->batch());
    const View<Scalar> sums = zero_sums<Scalar>(4 * hidden(), parts, back.arena);
    const auto part_back = part.backward(back.arena);
    steps_backward(previous, state, sums, part_back, back);
    part_back.finish(previous, back);
    start_backward(state);
    recurrent_backward(previous, back);
    if (any_gradient(gru.input_bias, gru.recurrent_bias)) {
      kernels::gru_biases_backward<Scalar>(sums, back.gradient_or_scratch(gru.input_bias),
                                           back.gradient_or_scratch(gru.recurrent_bias));
    }
    contributions_backward<Scalar>(gru.input, inputs, *plan, input_gradients(), back);
  }

 private:
  /// After the steps were run backward: d(U_n h + b'_n), dr, du, dn.
  View<const Scalar> gate_gradients() const { return saved; }
  View<const Scalar> input_gradients() const {
    return gate_gradients().middle_rows(hidden(), 3 * hidden());
  }
  /// \shape [H x N]
  View<Scalar> state_gradients() const {
    return results.states.gradient_view().middle_rows(results.first_row, hidden());
  }

  template <Context C>
  void run_steps(C& cx) const {
    const ArenaFrame frame(cx.arena());
    const Index gates = 3 * hidden(), batch = plan->batch();
    const View<Scalar> attended(cx.arena().template allocate<Scalar>(Part::attends * gates * batch),
                                gates, batch);
    const auto gate_inputs = gru_inputs(cx, gru, inputs, *plan, View<const Scalar>(attended));
    kernels::gru_sequence_forward<Scalar>(
        *plan, direction, recurrent_gates(cx, gru.recurrent.view(), *plan), gru.biases(),
        gate_inputs, h0.size() > 0 ? start : View<const Scalar>{}, states(), saved, cx.team(),
        part.before_step(cx, direction, start, states(), attended));
  }

  /// Adds the gradients of the last states to those of the states that they are copies of.
  /// Returns the gradients of first states that are last ones too. \shape -> [H x B]
  View<Scalar> last_backward(BackwardContext& back) const {
    const View<Scalar> state = zero_sums<Scalar>(hidden(), plan->batch(), back.arena);
    for (Index row = 0; row < plan->batch(); ++row) {
      const Index column = last_column(*plan, direction, row);
      Scalar* to =
          column >= 0 ? state_gradients().column(column) : state.column(plan->position(row));
      kernels::add<Scalar>(hidden(), results.last.gradient_view().column(row) + results.first_row,
                           to);
    }
    return state;
  }

  template <class PartBackward>
  void steps_backward(std::span<const Scalar* const> previous, View<Scalar> state,
                      View<Scalar> sums, const PartBackward& part_back,
                      BackwardContext& back) const {
    const ArenaFrame frame(back.arena);
    kernels::gru_sequence_backward<Scalar>(
        *plan, direction, recurrent_gates_backward(gru.recurrent.view(), *plan, back), previous,
        state_gradients(), saved, state, sums,
        h0.has_gradient() ? kernels::InitialGradient::wanted : kernels::InitialGradient::unwanted,
        back.team, part_back.after_step(input_gradients(), state, back.arena, back.team));
  }

  void start_backward(View<const Scalar> state) const {
    if (!h0.has_gradient()) return;
    for (Index row = 0; row < plan->batch(); ++row) {
      kernels::add<Scalar>(hidden(), state.column(plan->position(row)),
                           h0.gradient_view().column(row));
    }
  }

  /// Columns that start from zeros multiply nothing.
  void recurrent_backward(std::span<const Scalar* const> previous, BackwardContext& back) const {
    if (!gru.recurrent.has_gradient()) return;
    const ArenaFrame frame(back.arena);
    const auto [first, count] = h0.size() > 0
                                    ? kernels::ColumnRange{0, plan->columns()}
                                    : kernels::SequenceOrder(*plan, direction).continuing_columns();
    kernels::gru_recurrent_weights_backward<Scalar>(
        previous.subspan(static_cast<std::size_t>(first), static_cast<std::size_t>(count)),
        gate_gradients().middle_columns(first, count), gru.recurrent.gradient_view(),
        back.arena.allocate<Scalar>(kernels::packed_size<Scalar>(hidden(), count)), back.team);
  }
};

}  // namespace detail

/// Runs one direction of a GRU and writes its states into `results`. `part` is what takes part in
/// the loop besides the GRU itself. The results must have gradients if anything that they are
/// computed from has one.
/// \shape h0 [H x B] in canonical order, or a default Var for zeros
/// \throws ShapeError
/// \cost 6 H (I + H) flops a column forward, twice that backward; I counts what is projected
/// \source Cho et al. 2014, in the form of cuDNN and PyTorch
template <Context C, class Scalar = typename C::scalar_type,
          class Part = detail::NotAttending<Scalar>>
void gru_into(C& cx, const GruVars<Scalar>& gru, std::span<const Contribution<Scalar>> inputs,
              KeptPlan plan, Direction direction, const Var<Scalar, 2>& h0,
              const std::type_identity_t<GruResults<Scalar>>& results, const Part& part = {}) {
  detail::GruNode<Scalar, Part> node{
      gru, inputs, &static_cast<const SequencePlan&>(plan), direction, h0, results, part};
  node.require_shapes_of_all();
  node.inputs = detail::with_columns_chosen(cx, inputs);
  node.forward(cx);
  if constexpr (C::records) {
    if (!node.has_gradient()) return;
    cx.template record<"gru">(results.states,
                              [node](BackwardContext& back) { node.backward(back); });
  }
}

/// Runs a GRU over a ragged sequence; see `gru_into`.
template <Context C, class Scalar = typename C::scalar_type>
GruStates<Scalar> gru(C& cx, const GruVars<Scalar>& vars,
                      std::span<const Contribution<Scalar>> inputs, KeptPlan kept_plan,
                      Direction direction = Direction::forward, const Var<Scalar, 2>& h0 = {}) {
  const SequencePlan& plan = kept_plan;
  const bool with_gradient =
      vars.has_gradient() || any_gradient(h0) || detail::any_input_gradient(inputs);
  const auto states = cx.template make<2>(Shape<2>{{vars.hidden(), plan.columns()}}, with_gradient);
  const auto last = cx.template make<2>(Shape<2>{{vars.hidden(), plan.batch()}}, with_gradient);
  gru_into(cx, vars, inputs, plan, direction, h0, {states, last});
  return {{states, &plan}, last};
}

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
