// The kernels of an LSTM as `RecurrentKernels`.
#pragma once

#include <span>

#include <vaecollapse/core/sequence.hpp>
#include <vaecollapse/core/shape.hpp>
#include <vaecollapse/core/team.hpp>
#include <vaecollapse/core/view.hpp>
#include <vaecollapse/kernels/gate_panels.hpp>
#include <vaecollapse/kernels/gemm.hpp>
#include <vaecollapse/kernels/lstm.hpp>
#include <vaecollapse/kernels/lstm_backward.hpp>
#include <vaecollapse/kernels/lstm_weights.hpp>
#include <vaecollapse/kernels/recurrent.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI::kernels {

/// An LSTM: four gates, a state of the output h and the cell c.
/// \cost 8 H (I + H) flops a column forward, twice that backward
/// \source Hochreiter & Schmidhuber 1997, with the forget gate of Gers et al. 2000, in the form
/// of cuDNN and PyTorch
template <class Scalar>
struct LstmKernels {
  using scalar_type = Scalar;
  using Panels = GatePanels<Scalar, lstm_gates>;
  using Product = LstmProduct<Scalar>;
  using Inputs = LstmInputs<Scalar>;
  using Weights = LstmGates<Scalar>;
  using BackwardWeights = LstmGatesBackward<Scalar>;
  static constexpr char name[] = "lstm";
  static constexpr Index gates = lstm_gates;

  /// c.
  static constexpr Index carried_rows(Index hidden) { return hidden; }
  /// i, f, g, o.
  static constexpr Index saved_rows(Index hidden) { return 4 * hidden; }
  static constexpr Shape<2> sums(Index hidden, Index batch) {
    return {{4 * hidden, gate_sums(batch)}};
  }

  static PackedPanels<Scalar> pack_for_backward(View<const Scalar> weights, Scalar* memory,
                                                Team& team) {
    return kernels::pack(weights, memory, team);
  }

  static void input_sums(const SequencePlan& plan, Index hidden,
                         const RecurrentBiases<Scalar>& biases, std::span<const Product> products,
                         View<Scalar> sums, Team& team) {
    lstm_input_sums<Scalar>(plan, hidden, biases, products, sums, team);
  }

  template <class Hook>
  static void forward(const RecurrentPass<Scalar>& pass, const Weights& weights,
                      const RecurrentBiases<Scalar>& biases, const Inputs& inputs, Team& team,
                      const Hook& before_step) {
    lstm_sequence_forward<Scalar>(pass.plan, pass.direction, weights, biases, inputs,
                                  state_in(pass.start), {pass.outputs, pass.carried}, pass.saved,
                                  team, before_step);
  }

  /// Leaves di, df, dg, do in `saved`.
  template <class Hook>
  static void backward(const RecurrentBackwardPass<Scalar>& pass, const BackwardWeights& weights,
                       Team& team, const Hook& after_step) {
    lstm_sequence_backward<Scalar>(pass.plan, pass.direction, weights, pass.previous_carried,
                                   pass.carried, pass.doutputs, pass.saved, state_in(pass.state),
                                   pass.sums, pass.initial, team, after_step);
  }

  /// \shape before, after [2H x n]
  static void step(const Weights& weights, const RecurrentBiases<Scalar>& biases,
                   const Inputs& inputs, View<const Scalar> before, View<Scalar> after,
                   Team& team) {
    lstm_step_forward<Scalar>(weights, biases, inputs, state_in(before), state_in(after), team);
  }

  static View<const Scalar> input_gradients(View<const Scalar> saved) { return saved; }
  static void recurrent_backward(std::span<const Scalar* const> previous, View<const Scalar> saved,
                                 View<Scalar> gradient, Scalar* scratch, Team& team) {
    lstm_recurrent_weights_backward<Scalar>(previous, saved, gradient, scratch, team);
  }
  static void biases_backward(View<const Scalar> sums, Scalar* input, Scalar* recurrent) {
    lstm_biases_backward<Scalar>(sums, input, recurrent);
  }

 private:
  /// \shape rows [2H x n], or empty
  template <class Element>
  static LstmState<Element> state_in(View<Element> rows) {
    if (rows.data == nullptr) return {};
    const Index hidden = rows.rows / 2;
    return {rows.middle_rows(0, hidden), rows.middle_rows(hidden, hidden)};
  }
};
static_assert(RecurrentKernels<LstmKernels<float>>);

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI::kernels
