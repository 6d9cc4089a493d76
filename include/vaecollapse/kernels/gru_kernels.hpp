// The kernels of a GRU as `RecurrentKernels`.
#pragma once

#include <span>

#include <vaecollapse/core/sequence.hpp>
#include <vaecollapse/core/shape.hpp>
#include <vaecollapse/core/team.hpp>
#include <vaecollapse/core/view.hpp>
#include <vaecollapse/kernels/gru.hpp>
#include <vaecollapse/kernels/gru_backward.hpp>
#include <vaecollapse/kernels/gru_weights.hpp>
#include <vaecollapse/kernels/recurrent.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI::kernels {

/// A GRU: three gates, a state that is its output.
/// \cost 6 H (I + H) flops a column forward, twice that backward
/// \source Cho et al. 2014, in the form of cuDNN and PyTorch
template <class Scalar>
struct GruKernels {
  using scalar_type = Scalar;
  using Panels = GatePanels<Scalar>;
  using Product = GruProduct<Scalar>;
  using Inputs = GruInputs<Scalar>;
  using Weights = RecurrentGates<Scalar>;
  using BackwardWeights = RecurrentGatesBackward<Scalar>;
  static constexpr char name[] = "gru";
  static constexpr Index gates = 3;

  static constexpr Index carried_rows(Index) { return 0; }
  /// r, u, U_n h + b'_n, n.
  static constexpr Index saved_rows(Index hidden) { return 4 * hidden; }
  static constexpr Shape<2> sums(Index hidden, Index batch) {
    return {{4 * hidden, gate_sums(batch)}};
  }

  static PackedPanels<Scalar> pack_for_backward(View<const Scalar> weights, Scalar* memory,
                                                Team& team) {
    return pack_gates_for_backward(weights, memory, team);
  }

  static void input_sums(const SequencePlan& plan, Index hidden, const GruBiases<Scalar>& biases,
                         std::span<const Product> products, View<Scalar> sums, Team& team) {
    gru_input_sums<Scalar>(plan, hidden, biases, products, sums, team);
  }

  template <class Hook>
  static void forward(const RecurrentPass<Scalar>& pass, const Weights& weights,
                      const GruBiases<Scalar>& biases, const Inputs& inputs, Team& team,
                      const Hook& before_step) {
    gru_sequence_forward<Scalar>(pass.plan, pass.direction, weights, biases, inputs, pass.start,
                                 pass.outputs, pass.saved, team, before_step);
  }

  /// Leaves d(U_n h + b'_n), dr, du, dn in `saved`.
  template <class Hook>
  static void backward(const RecurrentBackwardPass<Scalar>& pass, const BackwardWeights& weights,
                       Team& team, const Hook& after_step) {
    gru_sequence_backward<Scalar>(pass.plan, pass.direction, weights, pass.previous, pass.doutputs,
                                  pass.saved, pass.state, pass.sums, pass.initial, team,
                                  after_step);
  }

  /// \shape before, after [H x n]
  static void step(const Weights& weights, const GruBiases<Scalar>& biases, const Inputs& inputs,
                   View<const Scalar> before, View<Scalar> after, Team& team) {
    gru_step_forward<Scalar>(weights, biases, inputs, before, after, team);
  }

  static View<const Scalar> input_gradients(View<const Scalar> saved) {
    const Index hidden = saved.rows / 4;
    return saved.middle_rows(hidden, 3 * hidden);
  }
  static void recurrent_backward(std::span<const Scalar* const> previous, View<const Scalar> saved,
                                 View<Scalar> gradient, Scalar* scratch, Team& team) {
    gru_recurrent_weights_backward<Scalar>(previous, saved, gradient, scratch, team);
  }
  static void biases_backward(View<const Scalar> sums, Scalar* input, Scalar* recurrent) {
    gru_biases_backward<Scalar>(sums, input, recurrent);
  }
};
static_assert(RecurrentKernels<GruKernels<float>>);

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI::kernels
