// A GRU over a ragged batch for the tests of its kernels, and its whole solution by them or by
// their naive twin.
#pragma once

#include <algorithm>
#include <cmath>
#include <span>
#include <vector>

#include <doctest/doctest.h>

#include <vaecollapse/core/sequence.hpp>
#include <vaecollapse/core/team.hpp>
#include <vaecollapse/kernels/gru_backward.hpp>
#include <vaecollapse/kernels/naive/gru.hpp>

#include "recurrent_case.hpp"
#include "support.hpp"

namespace kernel_test {

namespace naive = vaecollapse::kernels::naive;

/// A problem and its whole solution: states, and every gradient for given gradients of the states.
template <class Scalar>
struct Solution {
  vc::SequencePlan plan;
  Direction direction;
  Matrix<Scalar> weights, input_bias, recurrent_bias, inputs, h0, dh;
  Matrix<Scalar> input_weights, x, one, other;
  Matrix<Scalar> h, dinputs, dh0, dweights, dinput_bias, drecurrent_bias;
  /// Tell the kernels that h_0 is zero and its gradient unwanted; sum the products beforehand.
  bool from_zeros = false, sums_before = false;
  /// Read the recurrent weights as they lie: for one row.
  bool as_they_lie = false;

  /// Of the recurrent weights: those of many units must not let gradients grow from step to step.
  static double scale(Index hidden) { return std::min(0.6, 3 / std::sqrt(double(hidden))); }

  explicit Solution(const Case& c)
      : plan(c.lengths),
        direction(c.direction),
        weights(random<Scalar>(c.hidden, 3 * c.hidden, 1, scale(c.hidden))),
        input_bias(random<Scalar>(3 * c.hidden, 1, 2)),
        recurrent_bias(random<Scalar>(3 * c.hidden, 1, 3)),
        inputs(3 * c.hidden, plan.columns()),
        h0(random<Scalar>(c.hidden, plan.batch(), 5, c.with_h0 ? 1 : 0)),
        dh(random<Scalar>(c.hidden, plan.columns(), 6, 1, 4)),
        input_weights(random<Scalar>(3, 3 * c.hidden, 10)),
        x(random<Scalar>(3, plan.columns(), 11, 1, 2)),
        one(random<Scalar>(3 * c.hidden, plan.columns(), 12)),
        other(random<Scalar>(3 * c.hidden, plan.columns(), 13)),
        h(c.hidden, plan.columns(), 3),
        dinputs(3 * c.hidden, plan.columns()),
        dh0(c.hidden, plan.batch()),
        dweights(random<Scalar>(c.hidden, 3 * c.hidden, 7, 1, 1)),
        dinput_bias(random<Scalar>(3 * c.hidden, 1, 8)),
        drecurrent_bias(random<Scalar>(3 * c.hidden, 1, 9)) {}

  kernels::GruBiases<Scalar> biases() const { return {input_bias.data(), recurrent_bias.data()}; }
  View<const Scalar> constant(const Matrix<Scalar>& matrix) const { return matrix.view(); }

  /// W^T x and two columns that are given.
  void sum_inputs() {
    naive::affine_forward<Scalar>(constant(input_weights), nullptr, constant(x), inputs.view());
    for (Index n = 0; n < plan.columns(); ++n) {
      for (Index i = 0; i < inputs.rows(); ++i) {
        inputs.view()(i, n) += one.view()(i, n) + other.view()(i, n);
      }
    }
  }

  void solve_naively() {
    sum_inputs();
    const naive::GruProblem<Scalar> gru{plan,     direction,        constant(weights),
                                        biases(), constant(inputs), constant(h0)};
    naive::gru_sequence_forward<Scalar>(gru, h.view());
    naive::gru_sequence_backward<Scalar>(
        gru, constant(h), constant(dh),
        {dweights.view(), dinput_bias.data(), drecurrent_bias.data(), dinputs.view(), dh0.view()});
  }

  /// Runs the forward pass. \shape saved [4H x N] or empty
  void run(View<Scalar> saved, vc::Team& team) {
    const Index hidden = weights.rows();
    std::vector<Scalar> memory(size(kernels::packed_gates_size<Scalar>(hidden, hidden)));
    std::vector<Scalar> input_memory(size(kernels::packed_gates_size<Scalar>(x.rows(), hidden)));
    const kernels::GruProduct<Scalar> product{
        kernels::pack_gates(constant(input_weights), input_memory.data(), team), constant(x)};
    std::vector<const Scalar*> projected;
    for (Index n = 0; n < plan.columns(); ++n) {
      projected.push_back(constant(one).column(n));
      projected.push_back(constant(other).column(n));
    }
    Matrix<Scalar> sums(3 * hidden, plan.columns(), 2);
    if (sums_before) {
      kernels::gru_input_sums<Scalar>(plan, hidden, biases(), std::span(&product, 1), sums.view(),
                                      team);
    }
    kernels::gru_sequence_forward<Scalar>(
        plan, direction,
        as_they_lie ? kernels::RecurrentGates<Scalar>(constant(weights))
                    : kernels::pack_gates<Scalar>(constant(weights), memory.data(), team),
        biases(),
        {std::span(&product, 1), projected, 2, sums_before ? constant(sums) : View<const Scalar>{}},
        from_zeros ? View<const Scalar>{} : constant(h0), h.view(), saved, team);
    CHECK(sums.gaps_untouched());
  }

  void solve(vc::Team& team) {
    const Index hidden = weights.rows();
    std::vector<Scalar> memory(
        size(std::max(kernels::packed_size<Scalar>(hidden, 3 * hidden),
                      kernels::packed_size<Scalar>(hidden, plan.columns()))));
    Matrix<Scalar> saved(4 * hidden, plan.columns(), 5);
    run(saved.view(), team);
    std::vector<const Scalar*> previous(static_cast<std::size_t>(plan.columns()));
    kernels::previous_columns<Scalar>(plan, direction, constant(h0), constant(h), previous);
    Matrix<Scalar> sums(4 * hidden, kernels::gate_sums(plan.batch()), 3);
    kernels::gru_sequence_backward<Scalar>(
        plan, direction,
        as_they_lie ? kernels::RecurrentGatesBackward<Scalar>(constant(weights))
                    : kernels::pack_gates_for_backward(constant(weights), memory.data(), team),
        previous, constant(dh), saved.view(), dh0.view(), sums.view(),
        from_zeros ? kernels::InitialGradient::unwanted : kernels::InitialGradient::wanted, team);
    const View<const Scalar> gates = saved.view();
    const auto [first, count] = from_zeros
                                    ? kernels::SequenceOrder(plan, direction).continuing_columns()
                                    : kernels::ColumnRange{0, plan.columns()};
    kernels::gru_recurrent_weights_backward<Scalar>(
        std::span(previous).subspan(size(first), size(count)), gates.middle_columns(first, count),
        dweights.view(), memory.data(), team);
    kernels::gru_biases_backward(constant(sums), dinput_bias.data(), drecurrent_bias.data());
    for (Index n = 0; n < plan.columns(); ++n) {
      std::copy_n(gates.column(n) + hidden, 3 * hidden, dinputs.view().column(n));
    }
    CHECK(saved.gaps_untouched());
    CHECK(sums.gaps_untouched());
  }

  std::vector<const Matrix<Scalar>*> results() const {
    return {&h, &dinputs, &dh0, &dweights, &dinput_bias, &drecurrent_bias};
  }
};

}  // namespace kernel_test
