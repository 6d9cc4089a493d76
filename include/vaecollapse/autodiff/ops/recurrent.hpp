// A recurrent cell over a ragged sequence as one node of the tape, whatever its kernels are. Its
// input is a sum of contributions.
#pragma once

#include <algorithm>
#include <cstddef>
#include <span>

#include <vaecollapse/autodiff/context.hpp>
#include <vaecollapse/autodiff/ops/contributions.hpp>
#include <vaecollapse/autodiff/ops/recurrent_parts.hpp>
#include <vaecollapse/autodiff/tape.hpp>
#include <vaecollapse/kernels/recurrent.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

namespace detail {

/// One direction of a cell over a sequence, as a node of the tape.
template <kernels::RecurrentKernels Kernels, class Part>
struct RecurrentNode {
  using Scalar = typename Kernels::scalar_type;

  RecurrentVars<Scalar> cell;
  std::span<const Contribution<Scalar>> inputs;
  const SequencePlan* plan;
  Direction direction;
  Var<Scalar, 2> first_state;  ///< [S x B] in canonical order, or empty for zeros
  RecurrentResults<Scalar> results;
  Part part;                   ///< what takes part in the loop besides the cell itself
  View<const Scalar> start{};  ///< the first state in the plan's order [S x B]
  View<Scalar> carried{};      ///< the rows of the state that are no output [(S - H) x N]
  View<Scalar> saved{};        ///< for the backward pass, or empty

  Index hidden() const { return cell.hidden(); }
  /// S - H.
  Index others() const { return Kernels::carried_rows(hidden()); }
  Index state_rows() const { return hidden() + others(); }
  /// \shape [H x N]
  View<Scalar> outputs() const {
    return results.outputs.value_view().middle_rows(results.first_row, hidden());
  }

  /// Whether something is wanted of a backward pass.
  bool has_gradient() const {
    return cell.has_gradient() || any_gradient(first_state) || any_input_gradient(inputs) ||
           part.has_gradient();
  }

  void require_shapes_of_all() const {
    require_recurrent_shapes<Kernels>(cell, inputs, *plan);
    require_shapes(first_state.shape() == Shape<2>{} ||
                       first_state.shape() == Shape<2>{{state_rows(), plan->batch()}},
                   Kernels::name,
                   {{"h0", first_state.shape()}, {"recurrent weights", cell.recurrent.shape()}},
                   others() == 0 ? "h0 must be [hidden x batch]"
                                 : "h0 must be a whole state for each row, [state x batch]");
  }

  template <Context C>
  void forward(C& cx) {
    start = in_plan_order(*plan, first_state, state_rows(), cx.arena());
    carried = columns_of(others(), cx.arena());
    if constexpr (C::records) saved = columns_of(Kernels::saved_rows(hidden()), cx.arena());
    run_steps(cx);
    for (Index row = 0; row < plan->batch(); ++row) {
      const Index column = last_column(*plan, direction, row);
      const Index place = plan->position(row);
      const Scalar* output = column >= 0 ? outputs().column(column) : start.column(place);
      std::copy_n(output, hidden(), results.last.value_view().column(row) + results.first_row);
      if (others() == 0) continue;
      Scalar* to = results.state.value_view().column(row) + results.first_state;
      std::copy_n(output, hidden(), to);
      std::copy_n(column >= 0 ? carried.column(column) : start.column(place) + hidden(), others(),
                  to + hidden());
    }
  }

  void backward(BackwardContext& back) const {
    const View<Scalar> state = last_backward(back);
    const auto previous = previous_of(start.middle_rows(0, hidden()), outputs(), back.arena);
    const auto previous_carried =
        previous_of(start.middle_rows(hidden(), others()), carried, back.arena);
    const Shape<2> of_sums = Kernels::sums(hidden(), plan->batch());
    const View<Scalar> sums = zero_sums<Scalar>(of_sums[0], of_sums[1], back.arena);
    const auto part_back = part.backward(back.arena);
    steps_backward({*plan, direction, previous, previous_carried, carried, output_gradients(),
                    saved, state, sums,
                    first_state.has_gradient() ? kernels::InitialGradient::wanted
                                               : kernels::InitialGradient::unwanted},
                   part_back, back);
    part_back.finish(previous, back);
    start_backward(state);
    recurrent_backward(previous, back);
    if (any_gradient(cell.input_bias, cell.recurrent_bias)) {
      Kernels::biases_backward(sums, back.gradient_or_scratch(cell.input_bias),
                               back.gradient_or_scratch(cell.recurrent_bias));
    }
    contributions_backward<Scalar>(cell.input, inputs, *plan, Kernels::input_gradients(saved),
                                   back);
  }

 private:
  /// \shape [H x N]
  View<Scalar> output_gradients() const {
    return results.outputs.gradient_view().middle_rows(results.first_row, hidden());
  }

  /// Memory of so many rows for every column; none for no rows.
  View<Scalar> columns_of(Index rows, Arena& arena) const {
    if (rows == 0) return {};
    const Index leading = spaced_leading<Scalar>(rows), columns = plan->columns();
    return {arena.allocate<Scalar>(leading * columns), rows, columns, leading};
  }

  template <Context C>
  void run_steps(C& cx) const {
    const ArenaFrame frame(cx.arena());
    const Index gates = Kernels::gates * hidden(), batch = plan->batch();
    const View<Scalar> attended(cx.arena().template allocate<Scalar>(Part::attends * gates * batch),
                                gates, batch);
    const auto of_gates =
        recurrent_inputs<Kernels>(cx, cell, inputs, *plan, View<const Scalar>(attended));
    Kernels::forward(
        {*plan, direction, first_state.size() > 0 ? start : View<const Scalar>{}, outputs(),
         carried, saved},
        recurrent_weights<Kernels>(cx, cell.recurrent.view(), *plan), cell.biases(), of_gates,
        cx.team(),
        part.before_step(cx, direction, start.middle_rows(0, hidden()), outputs(), attended));
  }

  /// \shape before [rows x B], columns [rows x N] -> [N]; empty for no rows
  std::span<const Scalar* const> previous_of(View<const Scalar> before, View<const Scalar> columns,
                                             Arena& arena) const {
    if (before.rows == 0) return {};
    const auto previous = arena.span<const Scalar*>(plan->columns());
    kernels::previous_columns<Scalar>(*plan, direction, before, columns, previous);
    return previous;
  }

  /// Adds the gradients of the last outputs to those of the outputs that they are copies of.
  /// Returns the gradients of the last states otherwise: of first states that are last ones too,
  /// and of all that is carried. \shape -> [S x B]
  View<Scalar> last_backward(BackwardContext& back) const {
    const View<Scalar> state = zero_sums<Scalar>(state_rows(), plan->batch(), back.arena);
    for (Index row = 0; row < plan->batch(); ++row) {
      const Index column = last_column(*plan, direction, row);
      Scalar* of_place = state.column(plan->position(row));
      Scalar* to = column >= 0 ? output_gradients().column(column) : of_place;
      kernels::add<Scalar>(hidden(), results.last.gradient_view().column(row) + results.first_row,
                           to);
      if (others() == 0) continue;
      const Scalar* from = results.state.gradient_view().column(row) + results.first_state;
      kernels::add<Scalar>(hidden(), from, to);
      kernels::add<Scalar>(others(), from + hidden(), of_place + hidden());
    }
    return state;
  }

  template <class PartBackward>
  void steps_backward(const kernels::RecurrentBackwardPass<Scalar>& pass,
                      const PartBackward& part_back, BackwardContext& back) const {
    const ArenaFrame frame(back.arena);
    Kernels::backward(
        pass, recurrent_weights_backward<Kernels>(cell.recurrent.view(), *plan, back), back.team,
        part_back.after_step(Kernels::input_gradients(saved), pass.state.middle_rows(0, hidden()),
                             back.arena, back.team));
  }

  void start_backward(View<const Scalar> state) const {
    if (!first_state.has_gradient()) return;
    for (Index row = 0; row < plan->batch(); ++row) {
      kernels::add<Scalar>(state_rows(), state.column(plan->position(row)),
                           first_state.gradient_view().column(row));
    }
  }

  /// Columns that start from zeros multiply nothing.
  void recurrent_backward(std::span<const Scalar* const> previous, BackwardContext& back) const {
    if (!cell.recurrent.has_gradient()) return;
    const ArenaFrame frame(back.arena);
    const auto [first, count] = first_state.size() > 0
                                    ? kernels::ColumnRange{0, plan->columns()}
                                    : kernels::SequenceOrder(*plan, direction).continuing_columns();
    Kernels::recurrent_backward(
        previous.subspan(static_cast<std::size_t>(first), static_cast<std::size_t>(count)),
        saved.middle_columns(first, count), cell.recurrent.gradient_view(),
        back.arena.allocate<Scalar>(kernels::packed_size<Scalar>(hidden(), count)), back.team);
  }
};

/// Memory for the results of a cell alone.
template <class Kernels, Context C, class Scalar = typename C::scalar_type>
RecurrentResults<Scalar> make_results(C& cx, Index hidden, const SequencePlan& plan,
                                      bool with_gradient) {
  const Index state = hidden + Kernels::carried_rows(hidden);
  const auto outputs = cx.template make<2>(Shape<2>{{hidden, plan.columns()}}, with_gradient);
  const auto last = cx.template make<2>(Shape<2>{{hidden, plan.batch()}}, with_gradient);
  if (state == hidden) return {outputs, last, 0, last};
  return {outputs, last, 0, cx.template make<2>(Shape<2>{{state, plan.batch()}}, with_gradient)};
}

}  // namespace detail

/// Runs one direction of a cell and writes its results into `results`. `part` is what takes part in
/// the loop besides the cell itself. The results must have gradients if anything that they are
/// computed from has one.
/// \shape first_state [S x B] in canonical order, or a default Var for zeros
/// \throws ShapeError
/// \cost that of the cell's kernels; 2 G H (I + H) flops a column forward and twice that backward,
/// where I counts what is projected
template <kernels::RecurrentKernels Kernels, Context C, class Scalar = typename C::scalar_type,
          class Part = detail::NotAttending<Scalar>>
void recurrent_into(C& cx, const RecurrentVars<Scalar>& cell,
                    std::span<const Contribution<Scalar>> inputs, KeptPlan plan,
                    Direction direction, const Var<Scalar, 2>& first_state,
                    const std::type_identity_t<RecurrentResults<Scalar>>& results,
                    const Part& part = {}) {
  detail::RecurrentNode<Kernels, Part> node{
      cell, inputs, &static_cast<const SequencePlan&>(plan), direction, first_state, results, part};
  node.require_shapes_of_all();
  node.inputs = detail::with_columns_chosen(cx, inputs);
  node.forward(cx);
  if constexpr (C::records) {
    if (!node.has_gradient()) return;
    cx.template record<OpName(Kernels::name)>(
        results.outputs, [node](BackwardContext& back) { node.backward(back); });
  }
}

/// Runs a cell of any kernels over a ragged sequence whose input is a sum of contributions.
/// \shape first_state [S x B] in canonical order, or a default Var for zeros -> outputs [H x N],
/// last [H x B], last state [S x B]
/// \throws ShapeError \cost as `recurrent_into`
template <kernels::RecurrentKernels Kernels, Context C, class Scalar = typename C::scalar_type>
RecurrentStates<Scalar> recurrent(
    C& cx, const RecurrentVars<Scalar>& cell,
    std::type_identity_t<std::span<const Contribution<Scalar>>> inputs, KeptPlan kept_plan,
    Direction direction = Direction::forward, const Var<Scalar, 2>& first_state = {}) {
  const SequencePlan& plan = kept_plan;
  const bool with_gradient =
      cell.has_gradient() || any_gradient(first_state) || detail::any_input_gradient(inputs);
  const auto results = detail::make_results<Kernels>(cx, cell.hidden(), plan, with_gradient);
  recurrent_into<Kernels>(cx, cell, inputs, plan, direction, first_state, results);
  return {{results.outputs, &plan}, results.last, results.state};
}

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
