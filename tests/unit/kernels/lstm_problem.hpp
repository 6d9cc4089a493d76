// An LSTM over a ragged batch for the tests of its kernels, and its whole solution by them or by
// their naive twin.
#pragma once

#include <algorithm>
#include <cmath>
#include <span>
#include <vector>

#include <doctest/doctest.h>

#include <vaecollapse/core/sequence.hpp>
#include <vaecollapse/core/team.hpp>
#include <vaecollapse/kernels/affine.hpp>
#include <vaecollapse/kernels/lstm_backward.hpp>
#include <vaecollapse/kernels/naive/lstm.hpp>

#include "recurrent_case.hpp"
#include "support.hpp"

namespace kernel_test {

/// A problem and its whole solution: states and cells, and every gradient for given gradients of
/// all states and of the last cells.
template <class Scalar>
struct LstmSolution {
  vc::SequencePlan plan;
  Direction direction;
  Matrix<Scalar> weights, input_bias, recurrent_bias, inputs, h0, c0, dh;
  Matrix<Scalar> input_weights, x, one, other;
  Matrix<Scalar> h, c, dinputs, dh0, dc0, dweights, dinput_bias, drecurrent_bias;
  /// Tell the kernels that h_0 and c_0 are zero and their gradients unwanted; sum the products
  /// beforehand.
  bool from_zeros = false, sums_before = false;
  /// Read the recurrent weights as they lie: for one row.
  bool as_they_lie = false;

  /// Of the recurrent weights: those of many units must not let gradients grow from step to step.
  static double scale(Index hidden) { return std::min(0.6, 3 / std::sqrt(double(hidden))); }

  explicit LstmSolution(const Case& of)
      : plan(of.lengths),
        direction(of.direction),
        weights(random<Scalar>(of.hidden, 4 * of.hidden, 1, scale(of.hidden))),
        input_bias(random<Scalar>(4 * of.hidden, 1, 2)),
        recurrent_bias(random<Scalar>(4 * of.hidden, 1, 3)),
        inputs(4 * of.hidden, plan.columns()),
        h0(random<Scalar>(of.hidden, plan.batch(), 5, of.with_h0 ? 1 : 0)),
        c0(random<Scalar>(of.hidden, plan.batch(), 15, of.with_h0 ? 1 : 0)),
        dh(random<Scalar>(of.hidden, plan.columns(), 6, 1, 4)),
        input_weights(random<Scalar>(3, 4 * of.hidden, 10)),
        x(random<Scalar>(3, plan.columns(), 11, 1, 2)),
        one(random<Scalar>(4 * of.hidden, plan.columns(), 12)),
        other(random<Scalar>(4 * of.hidden, plan.columns(), 13)),
        h(of.hidden, plan.columns(), 3),
        c(of.hidden, plan.columns(), 1),
        dinputs(4 * of.hidden, plan.columns()),
        dh0(of.hidden, plan.batch()),
        dc0(random<Scalar>(of.hidden, plan.batch(), 14)),
        dweights(random<Scalar>(of.hidden, 4 * of.hidden, 7, 1, 1)),
        dinput_bias(random<Scalar>(4 * of.hidden, 1, 8)),
        drecurrent_bias(random<Scalar>(4 * of.hidden, 1, 9)) {}

  Index hidden() const { return weights.rows(); }
  kernels::RecurrentBiases<Scalar> biases() const {
    return {input_bias.data(), recurrent_bias.data()};
  }
  View<const Scalar> constant(const Matrix<Scalar>& matrix) const { return matrix.view(); }
  kernels::LstmState<const Scalar> start() const { return {h0.view(), c0.view()}; }
  kernels::LstmState<const Scalar> states() const { return {h.view(), c.view()}; }

  /// W^T x and two columns that are given.
  void sum_inputs() {
    kernels::naive::affine_forward<Scalar>(constant(input_weights), nullptr, constant(x),
                                           inputs.view());
    for (Index n = 0; n < plan.columns(); ++n) {
      for (Index i = 0; i < inputs.rows(); ++i) {
        inputs.view()(i, n) += one.view()(i, n) + other.view()(i, n);
      }
    }
  }

  void solve_naively() {
    sum_inputs();
    const kernels::naive::LstmProblem<Scalar> lstm{plan,     direction,        constant(weights),
                                                   biases(), constant(inputs), start()};
    kernels::naive::lstm_sequence_forward<Scalar>(lstm, {h.view(), c.view()});
    kernels::naive::lstm_sequence_backward<Scalar>(lstm, states(), constant(dh),
                                                   {dweights.view(),
                                                    dinput_bias.data(),
                                                    drecurrent_bias.data(),
                                                    dinputs.view(),
                                                    {dh0.view(), dc0.view()}});
  }

  /// Runs the forward pass. \shape saved [4H x N] or empty
  void run(View<Scalar> saved, vc::Team& team) {
    using Panels = kernels::GatePanels<Scalar, kernels::lstm_gates>;
    std::vector<Scalar> memory(size(Panels::size(constant(weights))));
    std::vector<Scalar> input_memory(size(Panels::size(constant(input_weights))));
    const kernels::LstmProduct<Scalar> product{
        Panels::pack(constant(input_weights), input_memory.data(), team), constant(x)};
    std::vector<const Scalar*> projected;
    for (Index n = 0; n < plan.columns(); ++n) {
      projected.push_back(constant(one).column(n));
      projected.push_back(constant(other).column(n));
    }
    Matrix<Scalar> sums(4 * hidden(), plan.columns(), 2);
    if (sums_before) {
      kernels::lstm_input_sums<Scalar>(plan, hidden(), biases(), std::span(&product, 1),
                                       sums.view(), team);
    }
    kernels::lstm_sequence_forward<Scalar>(
        plan, direction,
        as_they_lie ? kernels::LstmGates<Scalar>(constant(weights))
                    : Panels::pack(constant(weights), memory.data(), team),
        biases(),
        {std::span(&product, 1), projected, 2, sums_before ? constant(sums) : View<const Scalar>{}},
        from_zeros ? kernels::LstmState<const Scalar>{} : start(), {h.view(), c.view()}, saved,
        team);
    CHECK(sums.gaps_untouched());
  }

  void solve(vc::Team& team) {
    std::vector<Scalar> memory(
        size(std::max(kernels::packed_size<Scalar>(hidden(), 4 * hidden()),
                      kernels::packed_size<Scalar>(hidden(), plan.columns()))));
    Matrix<Scalar> saved(4 * hidden(), plan.columns(), 5);
    run(saved.view(), team);
    std::vector<const Scalar*> previous(size(plan.columns())), previous_c(previous);
    kernels::previous_columns<Scalar>(plan, direction, constant(h0), constant(h), previous);
    kernels::previous_columns<Scalar>(plan, direction, constant(c0), constant(c), previous_c);
    Matrix<Scalar> sums(4 * hidden(), kernels::gate_sums(plan.batch()), 3);
    kernels::lstm_sequence_backward<Scalar>(
        plan, direction,
        as_they_lie ? kernels::LstmGatesBackward<Scalar>(constant(weights))
                    : kernels::pack(constant(weights), memory.data(), team),
        previous_c, constant(c), constant(dh), saved.view(), {dh0.view(), dc0.view()}, sums.view(),
        from_zeros ? kernels::InitialGradient::unwanted : kernels::InitialGradient::wanted, team);
    const View<const Scalar> gates = saved.view();
    const auto [first, count] = from_zeros
                                    ? kernels::SequenceOrder(plan, direction).continuing_columns()
                                    : kernels::ColumnRange{0, plan.columns()};
    kernels::lstm_recurrent_weights_backward<Scalar>(
        std::span(previous).subspan(size(first), size(count)), gates.middle_columns(first, count),
        dweights.view(), memory.data(), team);
    kernels::lstm_biases_backward(constant(sums), dinput_bias.data(), drecurrent_bias.data());
    for (Index n = 0; n < plan.columns(); ++n) {
      std::copy_n(gates.column(n), 4 * hidden(), dinputs.view().column(n));
    }
    CHECK(saved.gaps_untouched());
    CHECK(sums.gaps_untouched());
  }

  std::vector<const Matrix<Scalar>*> results() const {
    return {&h, &c, &dinputs, &dh0, &dc0, &dweights, &dinput_bias, &drecurrent_bias};
  }
};

}  // namespace kernel_test
