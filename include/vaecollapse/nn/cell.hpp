// What a recurrent cell is to the layers and models above it: `Cell`. Encoders, decoders, searches
// for words and checkpoints work with any type that satisfies it; `Gru` is one.
#pragma once

#include <concepts>
#include <span>
#include <string>
#include <string_view>

#include <vaecollapse/autodiff/ops/attention.hpp>
#include <vaecollapse/autodiff/ops/contributions.hpp>
#include <vaecollapse/autodiff/tape.hpp>
#include <vaecollapse/autodiff/workspace.hpp>
#include <vaecollapse/core/layout.hpp>
#include <vaecollapse/core/sequence.hpp>
#include <vaecollapse/nn/recurrent.hpp>
#include <vaecollapse/nn/stepper.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

/// What a cell is called where it is a part of something: `Recurrent::name()`, or "recurrent".
template <class Recurrent>
constexpr std::string_view cell_name() {
  if constexpr (requires {
                  { Recurrent::name() } -> std::convertible_to<std::string_view>;
                }) {
    return Recurrent::name();
  } else {
    return "recurrent";
  }
}

/// Makes cells of one type, which has a name where a model declares its parameters. For a type that
/// is chosen at run time there is another: see `AnyCell`.
template <class Recurrent>
struct CellFactory {
  constexpr std::string_view name() const { return cell_name<Recurrent>(); }
  Recurrent operator()(Layout& layout, const std::string& name, const CellSizes& sizes,
                       Direction direction = Direction::forward) const requires
      std::constructible_from<Recurrent, Layout&, const std::string&, const CellSizes&, Direction> {
    return Recurrent(layout, name, sizes, direction);
  }
};

namespace detail {

/// What a cell gives for a sequence: outputs, the last of each row, and its last whole state.
template <class States>
concept GivesStates = requires(const States& states) {
  { states.states } -> std::convertible_to<Sequence<float>>;
  { states.last() } -> std::same_as<Var<float, 2>>;
  { states.last_state() } -> std::same_as<Var<float, 2>>;
};

/// How a model makes a cell.
template <class Factory, class Recurrent>
concept MakesCells = requires(const Factory& make, Layout& layout, const std::string& name,
                              const CellSizes& sizes) {
  { make(layout, name, sizes, Direction::backward) } -> std::same_as<Recurrent>;
  { make.name() } -> std::convertible_to<std::string_view>;
};

}  // namespace detail

/// A recurrent layer in one direction. Its state has `state_size()` rows, of which the first
/// `width()` are its output; an LSTM's is [h; c].
///
/// - `Recurrent(layout, name, sizes, direction)`, from `CellSizes`, declares its parameters; or a
///   `CellFactory` of its own does
/// - `sequence(cx, inputs, plan, first_state)` runs over a sum of contributions, from zeros where
///   the first state is a default Var, and gives outputs [width x N], `last()` [width x B] and
///   `last_state()` [state x B], the two in canonical order
/// - `stepper_of(cx, cell, inputs)`, a free function beside the type, gives what decoding steps
///   with: `step(cx, ids, rows, mix, before, after)` for whole states [state x n], in which column
///   i reads symbol ids[i], row rows[i], and the mix of attended tags where there is such an input
template <class Recurrent>
concept Cell = requires(const Recurrent& cell, Tape<float>& tape, Workspace<float>& workspace,
                        std::span<const Contribution<float>> inputs, const SequencePlan& plan,
                        const Var<float, 2>& first_state, std::span<const Symbol> ids,
                        std::span<const Index> rows, const kernels::TagMix<float>& mix,
                        View<const float> before, View<float> after) {
  requires detail::MakesCells<CellFactory<Recurrent>, Recurrent>;
  { cell.width() } -> std::same_as<Index>;
  { cell.state_size() } -> std::same_as<Index>;
  requires detail::GivesStates<decltype(cell.sequence(tape, inputs, plan, first_state))>;
  requires detail::GivesStates<decltype(cell.sequence(workspace, inputs, plan, first_state))>;
  stepper_of(workspace, cell, inputs).step(workspace, ids, rows, mix, before, after);
};

/// A cell that can attend to the tags of a row as it runs: `sequence(cx, attention, inputs, plan,
/// first_state)`, where one of the inputs is `Contribution::attended`, gives `weights` besides.
template <class Recurrent>
concept AttendingCell = Cell<Recurrent> &&
    requires(const Recurrent& cell, Tape<float>& tape, const AttentionVars<float>& attention,
             std::span<const Contribution<float>> inputs, const SequencePlan& plan,
             const Var<float, 2>& first_state) {
  {
    cell.sequence(tape, attention, inputs, plan, first_state).weights
    } -> std::convertible_to<Var<float, 1>>;
};

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
