// A GRU over a ragged sequence as one node of the tape. Its input is a sum of contributions, each
// projected as seldom as can be: once a column, once a symbol of the vocabulary, once an example.
#pragma once

#include <algorithm>
#include <span>

#include <vaecollapse/autodiff/context.hpp>
#include <vaecollapse/autodiff/ops/contributions.hpp>
#include <vaecollapse/autodiff/tape.hpp>
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
};

/// What a GRU leaves behind: its state at every step and each row's last one.
/// \shape states [H x N] on a plan, last [H x B] in canonical order
template <class Scalar>
struct GruStates {
  Sequence<Scalar> states;
  Var<Scalar, 2> final_state;

  Var<Scalar, 2> last() const { return final_state; }
  /// Where a sequence is wanted, its states stand for it.
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
    std::copy_n(canonical.view().column(plan.order()[static_cast<std::size_t>(j)]), rows,
                sorted.column(j));
  }
  return sorted;
}

/// Calls f(column, place, row) for every column of a plan.
template <class F>
void for_each_column(const SequencePlan& plan, F&& f) {
  for (Index step = 0; step < plan.steps(); ++step) {
    for (Index place = 0; place < plan.active(step); ++place) {
      f(plan.offset(step) + place, place, plan.order()[static_cast<std::size_t>(place)]);
    }
  }
}

/// Points to column n of an input that is projected before the sequence runs, for every n, in
/// pointers[n * sources]. \shape projected [3H x .], attended [3H x B] in the plan's order
template <class Scalar>
void point_at_columns(const Contribution<Scalar>& input, const SequencePlan& plan,
                      View<const Scalar> projected, const Scalar** pointers, Index sources,
                      Arena& arena, Team& team) {
  using Kind = typename Contribution<Scalar>::Kind;
  if (input.kind == Kind::per_symbol) {
    const Scalar* zeros = arena.allocate_zeros<Scalar>(projected.rows);
    for (const Symbol id : input.ids) {
      *pointers = id == no_symbol ? zeros : projected.column(id);
      pointers += sources;
    }
    return;
  }
  const bool by_row = input.kind == Kind::per_row, by_place = input.kind == Kind::attended;
  if (input.kind == Kind::per_tag) {
    const View<Scalar> mixed(arena.allocate<Scalar>(projected.rows * plan.columns()),
                             projected.rows, plan.columns());
    spread_forward<Scalar>(input, plan, projected, mixed, kernels::Output::replace, arena, team);
    projected = mixed;
  }
  for_each_column(plan, [&](Index column, Index place, Index row) {
    pointers[column * sources] = projected.column(by_row ? row : by_place ? place : column);
  });
}

/// What the inputs contribute to a GRU's gates, in the arena. The attended one is computed as the
/// sequence runs, in `attended` [3H x B].
template <Context C, class Scalar = typename C::scalar_type>
kernels::GruInputs<Scalar> gru_inputs(C& cx, const GruVars<Scalar>& gru,
                                      std::span<const Contribution<Scalar>> inputs,
                                      const SequencePlan& plan, View<const Scalar> attended) {
  Arena& arena = cx.arena();
  using Kind = typename Contribution<Scalar>::Kind;
  const auto products = arena.template span<kernels::GruProduct<Scalar>>(
      std::count_if(inputs.begin(), inputs.end(),
                    [](const auto& input) { return input.kind == Kind::per_step; }));
  const Index sources = Index(inputs.size()) - Index(products.size());
  const auto pointers = arena.template span<const Scalar*>(sources * plan.columns());
  WeightRows<const Scalar> rows(gru.input.view());
  std::size_t product = 0, source = 0;
  for (const auto& input : inputs) {
    const View<const Scalar> x = input.values.view(), w = rows.next(x.rows);
    if (input.kind == Kind::per_step) {
      products[product++] = {cx.template packed<kernels::GatePanels<Scalar>>(w), x};
    } else {
      const View<const Scalar> projected =
          input.kind == Kind::attended ? attended : project(w, x, arena, cx.team());
      point_at_columns(input, plan, projected, pointers.data() + source++, sources, arena,
                       cx.team());
    }
  }
  View<Scalar> sums;
  if constexpr (kernels::tile_columns > 1) {
    if (plan.batch() < kernels::tile_columns && !products.empty()) {
      const Index gates = gru.input.columns();
      sums = {arena.template allocate<Scalar>(gates * plan.columns()), gates, plan.columns()};
      kernels::gru_input_sums<Scalar>(plan, gru.hidden(), gru.biases(), products, sums, cx.team());
    }
  }
  return {products, pointers, sources, sums};
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
/// are what `gru_into` asks of that which does; see `Attending`.
template <class Scalar>
struct NotAttending {
  static constexpr bool attends = false;
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

/// Runs one direction of a GRU and writes its states into rows first_row .. first_row + H of
/// `states` and `last`, so that two directions share one buffer. `part` is what takes part in the
/// loop besides the GRU itself.
/// \shape h0 [H x B] in canonical order, or a default Var for zeros
/// \throws ShapeError
/// \cost 6 H (I + H) flops a column forward, twice that backward; I counts what is projected
/// \source Cho et al. 2014, in the form of cuDNN and PyTorch
template <Context C, class Scalar = typename C::scalar_type,
          class Part = detail::NotAttending<Scalar>>
void gru_into(C& cx, const GruVars<Scalar>& gru, std::span<const Contribution<Scalar>> inputs,
              KeptPlan kept_plan, Direction direction, const Var<Scalar, 2>& h0,
              const Var<Scalar, 2>& states, const Var<Scalar, 2>& last, Index first_row,
              const Part& part = {}) {
  const SequencePlan& plan = kept_plan;
  detail::require_gru_shapes(gru, inputs, plan);
  const Index hidden = gru.hidden(), columns = plan.columns();
  require_shapes(h0.size() == 0 || h0.shape() == Shape<2>{{hidden, plan.batch()}}, "gru",
                 {{"h0", h0.shape()}, {"recurrent weights", gru.recurrent.shape()}},
                 "h0 must be [hidden x batch]");
  Arena& arena = cx.arena();
  const auto start = detail::in_plan_order(plan, h0, hidden, arena);
  const View<Scalar> h = states.value_view().middle_rows(first_row, hidden);
  View<Scalar> saved;
  if constexpr (C::records) {
    const Index leading = spaced_leading<Scalar>(4 * hidden);
    saved = {arena.template allocate<Scalar>(leading * columns), 4 * hidden, columns, leading};
  }
  {
    const ArenaFrame frame(arena);
    const View<Scalar> attended(
        arena.template allocate<Scalar>(Part::attends * 3 * hidden * plan.batch()), 3 * hidden,
        plan.batch());
    const auto gate_inputs =
        detail::gru_inputs(cx, gru, inputs, plan, View<const Scalar>(attended));
    kernels::gru_sequence_forward<Scalar>(
        plan, direction, detail::recurrent_gates(cx, gru.recurrent.view(), plan), gru.biases(),
        gate_inputs, h0.size() > 0 ? start : View<const Scalar>{}, h, saved, cx.team(),
        part.before_step(cx, direction, start, h, attended));
  }
  for (Index row = 0; row < plan.batch(); ++row) {
    const Index column = detail::last_column(plan, direction, row);
    std::copy_n(column >= 0 ? h.column(column) : start.column(plan.position(row)), hidden,
                last.value_view().column(row) + first_row);
  }
  if constexpr (C::records) {
    const auto kept = cx.keep(inputs);
    cx.template record<"gru">(states, [=, &plan](BackwardContext& back) {
      const View<Scalar> dh = states.gradient_view().middle_rows(first_row, hidden);
      const View<Scalar> state(back.arena.allocate_zeros<Scalar>(hidden * plan.batch()), hidden,
                               plan.batch());
      for (Index row = 0; row < plan.batch(); ++row) {
        const Index column = detail::last_column(plan, direction, row);
        Scalar* to = column >= 0 ? dh.column(column) : state.column(plan.position(row));
        kernels::add<Scalar>(hidden, last.gradient_view().column(row) + first_row, to);
      }
      const auto previous = back.arena.span<const Scalar*>(columns);
      kernels::gru_previous_states<Scalar>(plan, direction, start, h, previous);
      const View<const Scalar> d = saved, dinputs = d.middle_rows(hidden, 3 * hidden);
      const Index parts = kernels::gru_gate_sums(plan.batch());
      const View<Scalar> sums(back.arena.allocate_zeros<Scalar>(4 * hidden * parts), 4 * hidden,
                              parts);
      const auto part_back = part.backward(back.arena);
      {
        const ArenaFrame frame(back.arena);
        kernels::gru_sequence_backward<Scalar>(
            plan, direction, detail::recurrent_gates_backward(gru.recurrent.view(), plan, back),
            previous, dh, saved, state, sums,
            h0.has_gradient() ? kernels::InitialGradient::wanted
                              : kernels::InitialGradient::unwanted,
            back.team, part_back.after_step(dinputs, state, back.arena, back.team));
      }
      part_back.finish(previous, back);
      if (h0.has_gradient()) {
        for (Index row = 0; row < plan.batch(); ++row) {
          kernels::add<Scalar>(hidden, state.column(plan.position(row)),
                               h0.gradient_view().column(row));
        }
      }
      if (gru.recurrent.has_gradient()) {
        const ArenaFrame frame(back.arena);
        const auto [first, count] =
            h0.size() > 0 ? kernels::ColumnRange{0, columns}
                          : kernels::SequenceOrder(plan, direction).continuing_columns();
        kernels::gru_recurrent_weights_backward<Scalar>(
            previous.subspan(static_cast<std::size_t>(first), static_cast<std::size_t>(count)),
            d.middle_columns(first, count), gru.recurrent.gradient_view(),
            back.arena.allocate<Scalar>(kernels::packed_size<Scalar>(hidden, count)), back.team);
      }
      kernels::gru_biases_backward<Scalar>(sums, back.gradient_or_scratch(gru.input_bias),
                                           back.gradient_or_scratch(gru.recurrent_bias));
      detail::contributions_backward<Scalar>(gru.input, kept, plan, dinputs, back);
    });
  }
}

/// Runs a GRU over a ragged sequence; see `gru_into`.
template <Context C, class Scalar = typename C::scalar_type>
GruStates<Scalar> gru(C& cx, const GruVars<Scalar>& vars,
                      std::span<const Contribution<Scalar>> inputs, KeptPlan kept_plan,
                      Direction direction = Direction::forward, const Var<Scalar, 2>& h0 = {}) {
  const SequencePlan& plan = kept_plan;
  const auto states = cx.template make<2>(Shape<2>{{vars.hidden(), plan.columns()}});
  const auto last = cx.template make<2>(Shape<2>{{vars.hidden(), plan.batch()}});
  gru_into(cx, vars, inputs, plan, direction, h0, states, last, 0);
  return {{states, &plan}, last};
}

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
