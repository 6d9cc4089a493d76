// What the kernels of a recurrent cell are: `RecurrentKernels`, which one node of the tape, one
// layer and one stepper are built over, and what passes over a sequence read and write.
//
// A cell has G gates and H units. Its state has S rows, of which the first H are its output; the
// others, if there are any, are carried from step to step and only the cell itself reads them.
#pragma once

#include <concepts>
#include <cstddef>
#include <span>

#include <vaecollapse/core/sequence.hpp>
#include <vaecollapse/core/shape.hpp>
#include <vaecollapse/core/team.hpp>
#include <vaecollapse/core/view.hpp>
#include <vaecollapse/kernels/sequence_order.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI::kernels {

/// Both biases of a cell, in the order of its gates.
template <class Scalar>
struct RecurrentBiases {
  const Scalar* input = nullptr;      ///< [GH]
  const Scalar* recurrent = nullptr;  ///< [GH]
};

/// Inputs that are multiplied as the sequence runs: W^T x.
template <class Scalar, class Packed>
struct RecurrentProduct {
  Packed weights;        ///< [I x GH]
  View<const Scalar> x;  ///< [I x N]
};

/// The inputs of a cell's gates in each of N columns: the sum of products, which are computed with
/// the gates, and of columns that were projected before. Biases come on top.
template <class Scalar, class Packed>
struct RecurrentInputs {
  std::span<const RecurrentProduct<Scalar, Packed>> products;  ///< [any number]
  std::span<const Scalar* const> projected;  ///< [sources x N] pointers to columns [GH]
  Index sources = 0;
  /// The sums of products and biases from `input_sums` of the cell's kernels, [GH x N]; or empty:
  /// then they are computed step by step.
  View<const Scalar> sums{};

  std::span<const Scalar* const> projected_for(Index column) const {
    return projected.subspan(static_cast<std::size_t>(column * sources),
                             static_cast<std::size_t>(sources));
  }
};

/// A pass over a ragged sequence.
template <class Scalar>
struct RecurrentPass {
  const SequencePlan& plan;
  Direction direction;
  View<const Scalar> start;  ///< [S x B] in the plan's order, or empty for zeros
  View<Scalar> outputs;      ///< [H x N], written
  View<Scalar> carried;      ///< [(S - H) x N], written: the state's other rows
  View<Scalar> saved;        ///< [saved rows x N], written for the backward pass; or empty
};

/// Whether the caller asks for the gradient of the first state: a cell that starts from zeros does
/// not, and saves the products that only lead there.
enum class InitialGradient { wanted, unwanted };

/// The same pass backward.
template <class Scalar>
struct RecurrentBackwardPass {
  const SequencePlan& plan;
  Direction direction;
  std::span<const Scalar* const> previous;          ///< [N] pointers to outputs before, [H]
  std::span<const Scalar* const> previous_carried;  ///< [N] the same of the state's other rows
  View<const Scalar> carried;                       ///< [(S - H) x N]
  View<const Scalar> doutputs;                      ///< [H x N]
  /// On entry what the forward pass saved, on return the gates' gradients.
  View<Scalar> saved;
  /// [S x B] in the plan's order. On entry the gradients of the last states: in the first H rows
  /// for empty rows only, those of others are in `doutputs`. On return those of the first states,
  /// if they are wanted.
  View<Scalar> state;
  View<Scalar> sums;  ///< of the shape that the kernels say: zeros on entry, see `biases_backward`
  InitialGradient initial;
};

/// Where the columns before each column lie: previous[n] points into `columns` or `start`.
/// \shape start [rows x B] in the plan's order, columns [rows x N], previous [N]
template <class Scalar>
void previous_columns(const SequencePlan& plan, Direction direction, View<const Scalar> start,
                      View<const Scalar> columns, std::span<const Scalar*> previous) {
  const SequenceOrder order(plan, direction);
  for (Index i = 0; i < plan.steps(); ++i) {
    const Index step = order.step(i);
    const Index continuing = order.continuing(i);
    for (Index j = 0; j < plan.active(step); ++j) {
      previous[static_cast<std::size_t>(plan.offset(step) + j)] =
          j < continuing ? columns.column(plan.offset(order.step(i - 1)) + j) : start.column(j);
    }
  }
}

/// Nothing to do around a step.
struct NoStepHook {
  void operator()(Index, Index, Index) const {}
};

/// What the node of a recurrent layer asks of a cell's kernels: static members of a class over its
/// scalar type. `GruKernels` is the one to read.
///
/// - `name`: that of the op, a `char` array
/// - `gates`: G
/// - `carried_rows(H)`: S - H; `saved_rows(H)`: what the forward pass saves of a column for the
///   backward pass; `sums(H, B)`: the shape of the sums that the backward pass makes for the
///   gradients of biases
/// - `Panels`: how weights [K x GH] are packed for the forward pass, a form that contexts keep
/// - `Weights`, `BackwardWeights`: the recurrent weights as the passes read them, from
///   `Panels::Packed` and from `pack_for_backward`; each may take a plain View too, which a row
///   alone then gets, where packing takes as long as some steps
/// - `input_sums`: the sums of products and biases for all columns before the sequence runs
/// - `forward`, `backward`: the passes. `before_step(step, first, last)` runs before the rows
///   first .. last of a step are computed, and `after_step(step, first, last)` when the gates'
///   gradients of these rows are known and before the gradients of the states before them are read
/// - `step`: one step of n columns, whole states before and after
/// - `input_gradients`: of what the backward pass leaves in `saved`, the rows that multiply the
///   inputs' weights, [GH x N]
/// - `recurrent_backward`, `biases_backward`: the gradients of the recurrent weights and biases
template <class K>
concept RecurrentKernels = requires(
    const SequencePlan& plan, Index n, typename K::scalar_type* memory,
    View<const typename K::scalar_type> in, View<typename K::scalar_type> out,
    const RecurrentBiases<typename K::scalar_type>& biases, const typename K::Weights& weights,
    const typename K::BackwardWeights& back_weights, const typename K::Inputs& inputs,
    std::span<const typename K::Product> products,
    const RecurrentPass<typename K::scalar_type>& pass,
    const RecurrentBackwardPass<typename K::scalar_type>& back,
    std::span<const typename K::scalar_type* const> previous, Team& team, const NoStepHook& hook) {
  requires sizeof(K::name) > 1;
  { K::gates } -> std::convertible_to<Index>;
  { K::carried_rows(n) } -> std::same_as<Index>;
  { K::saved_rows(n) } -> std::same_as<Index>;
  { K::sums(n, n) } -> std::same_as<Shape<2>>;
  typename K::Panels::Packed;
  requires std::constructible_from<typename K::Weights, const typename K::Panels::Packed&>;
  { K::pack_for_backward(in, memory, team) } -> std::convertible_to<typename K::BackwardWeights>;
  K::input_sums(plan, n, biases, products, out, team);
  K::forward(pass, weights, biases, inputs, team, hook);
  K::backward(back, back_weights, team, hook);
  K::step(weights, biases, inputs, in, out, team);
  { K::input_gradients(in) } -> std::same_as<View<const typename K::scalar_type>>;
  K::recurrent_backward(previous, in, out, memory, team);
  K::biases_backward(in, memory, memory);
};

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI::kernels
