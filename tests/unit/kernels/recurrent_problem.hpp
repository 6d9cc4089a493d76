// A recurrent layer over a ragged batch for the tests of its kernels, and its whole solution by
// them or by their naive twin.
#pragma once

#include <algorithm>
#include <cmath>
#include <span>
#include <vector>

#include <doctest/doctest.h>

#include <vaecollapse/core/sequence.hpp>
#include <vaecollapse/core/team.hpp>
#include <vaecollapse/kernels/affine.hpp>
#include <vaecollapse/kernels/gru_kernels.hpp>
#include <vaecollapse/kernels/lstm_kernels.hpp>
#include <vaecollapse/kernels/naive/gru.hpp>
#include <vaecollapse/kernels/naive/lstm.hpp>

#include "recurrent_case.hpp"
#include "support.hpp"

namespace kernel_test {

/// A GRU: its kernels, and its naive twin.
struct GruCell {
  template <class Scalar>
  using Kernels = kernels::GruKernels<Scalar>;

  template <class Solution>
  static void solve_naively(Solution& s) {
    using Scalar = typename Solution::scalar_type;
    const kernels::naive::GruProblem<Scalar> gru{
        s.plan, s.direction, s.constant(s.weights), s.biases(), s.constant(s.inputs), s.first_h()};
    kernels::naive::gru_sequence_forward<Scalar>(gru, s.h.view());
    kernels::naive::gru_sequence_backward<Scalar>(
        gru, s.constant(s.h), s.constant(s.dh),
        {s.dweights.view(), s.dinput_bias.data(), s.drecurrent_bias.data(), s.dinputs.view(),
         s.state.view()});
  }
};

/// An LSTM, whose carried rows are c.
struct LstmCell {
  template <class Scalar>
  using Kernels = kernels::LstmKernels<Scalar>;

  template <class Solution>
  static void solve_naively(Solution& s) {
    using Scalar = typename Solution::scalar_type;
    const kernels::naive::LstmProblem<Scalar> lstm{
        s.plan,     s.direction,          s.constant(s.weights),
        s.biases(), s.constant(s.inputs), {s.first_h(), s.first_carried()}};
    kernels::naive::lstm_sequence_forward<Scalar>(lstm, {s.h.view(), s.carried.view()});
    const Index hidden = s.hidden();
    kernels::naive::lstm_sequence_backward<Scalar>(
        lstm, {s.constant(s.h), s.constant(s.carried)}, s.constant(s.dh),
        {s.dweights.view(),
         s.dinput_bias.data(),
         s.drecurrent_bias.data(),
         s.dinputs.view(),
         {s.state.view().middle_rows(0, hidden), s.state.view().middle_rows(hidden, hidden)}});
  }
};

/// A problem and its whole solution: outputs and the state's other rows, which are carried, and
/// every gradient for given gradients of all outputs and of the last carried rows.
template <class Cell, class Scalar>
struct Solution {
  using scalar_type = Scalar;
  using Kernels = typename Cell::template Kernels<Scalar>;
  using Panels = typename Kernels::Panels;
  static constexpr Index gates = Kernels::gates;

  vc::SequencePlan plan;
  Direction direction;
  Matrix<Scalar> weights, input_bias, recurrent_bias, inputs, start, dh;
  Matrix<Scalar> input_weights, x, one, other;
  Matrix<Scalar> h, carried, dinputs;
  Matrix<Scalar> state;  ///< gradients: of the last carried rows, then of the first state
  Matrix<Scalar> dweights, dinput_bias, drecurrent_bias;
  /// Tell the kernels that the first state is zero and its gradient unwanted; sum the products
  /// beforehand.
  bool from_zeros = false, sums_before = false;
  /// Read the recurrent weights as they lie: for one row.
  bool as_they_lie = false;

  explicit Solution(const Case& c)
      : plan(c.lengths),
        direction(c.direction),
        weights(random<Scalar>(c.hidden, gates * c.hidden, 1, scale(c.hidden))),
        input_bias(random<Scalar>(gates * c.hidden, 1, 2)),
        recurrent_bias(random<Scalar>(gates * c.hidden, 1, 3)),
        inputs(gates * c.hidden, plan.columns()),
        start(random<Scalar>(state_rows(c.hidden), plan.batch(), 5, c.with_start ? 1 : 0)),
        dh(random<Scalar>(c.hidden, plan.columns(), 6, 1, 4)),
        input_weights(random<Scalar>(3, gates * c.hidden, 10)),
        x(random<Scalar>(3, plan.columns(), 11, 1, 2)),
        one(random<Scalar>(gates * c.hidden, plan.columns(), 12)),
        other(random<Scalar>(gates * c.hidden, plan.columns(), 13)),
        h(c.hidden, plan.columns(), 3),
        carried(Kernels::carried_rows(c.hidden), plan.columns(), 1),
        dinputs(gates * c.hidden, plan.columns()),
        state(last_gradients(c.hidden, plan.batch())),
        dweights(random<Scalar>(c.hidden, gates * c.hidden, 7, 1, 1)),
        dinput_bias(random<Scalar>(gates * c.hidden, 1, 8)),
        drecurrent_bias(random<Scalar>(gates * c.hidden, 1, 9)) {}

  static Index state_rows(Index hidden) { return hidden + Kernels::carried_rows(hidden); }
  Index hidden() const { return weights.rows(); }
  kernels::RecurrentBiases<Scalar> biases() const {
    return {input_bias.data(), recurrent_bias.data()};
  }
  View<const Scalar> constant(const Matrix<Scalar>& matrix) const { return matrix.view(); }
  View<const Scalar> first_h() const { return start.view().middle_rows(0, hidden()); }
  View<const Scalar> first_carried() const {
    return start.view().middle_rows(hidden(), Kernels::carried_rows(hidden()));
  }

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
    Cell::solve_naively(*this);
  }

  /// Runs the forward pass. \shape saved [saved rows x N] or empty
  void run(View<Scalar> saved, vc::Team& team) {
    std::vector<Scalar> memory(size(Panels::size(constant(weights))));
    std::vector<Scalar> input_memory(size(Panels::size(constant(input_weights))));
    const typename Kernels::Product product{
        Panels::pack(constant(input_weights), input_memory.data(), team), constant(x)};
    std::vector<const Scalar*> projected;
    for (Index n = 0; n < plan.columns(); ++n) {
      projected.push_back(constant(one).column(n));
      projected.push_back(constant(other).column(n));
    }
    Matrix<Scalar> sums(gates * hidden(), plan.columns(), 2);
    if (sums_before) {
      Kernels::input_sums(plan, hidden(), biases(), std::span(&product, 1), sums.view(), team);
    }
    Kernels::forward(
        {plan, direction, from_zeros ? View<const Scalar>{} : constant(start), h.view(),
         carried.view(), saved},
        as_they_lie
            ? typename Kernels::Weights(constant(weights))
            : typename Kernels::Weights(Panels::pack(constant(weights), memory.data(), team)),
        biases(),
        {std::span(&product, 1), projected, 2, sums_before ? constant(sums) : View<const Scalar>{}},
        team, kernels::NoStepHook{});
    CHECK(sums.gaps_untouched());
  }

  void solve(vc::Team& team) {
    std::vector<Scalar> memory(
        size(std::max(kernels::packed_size<Scalar>(hidden(), gates * hidden()),
                      kernels::packed_size<Scalar>(hidden(), plan.columns()))));
    Matrix<Scalar> saved(Kernels::saved_rows(hidden()), plan.columns(), 5);
    run(saved.view(), team);
    std::vector<const Scalar*> previous(size(plan.columns())), previous_carried(previous);
    kernels::previous_columns<Scalar>(plan, direction, first_h(), constant(h), previous);
    kernels::previous_columns<Scalar>(plan, direction, first_carried(), constant(carried),
                                      previous_carried);
    const vc::Shape<2> of_sums = Kernels::sums(hidden(), plan.batch());
    Matrix<Scalar> sums(of_sums[0], of_sums[1], 3);
    using BackwardWeights = typename Kernels::BackwardWeights;
    Kernels::backward(
        {plan, direction, previous, previous_carried, constant(carried), constant(dh), saved.view(),
         state.view(), sums.view(),
         from_zeros ? kernels::InitialGradient::unwanted : kernels::InitialGradient::wanted},
        as_they_lie
            ? BackwardWeights(constant(weights))
            : BackwardWeights(Kernels::pack_for_backward(constant(weights), memory.data(), team)),
        team, kernels::NoStepHook{});
    const auto [first, count] = from_zeros
                                    ? kernels::SequenceOrder(plan, direction).continuing_columns()
                                    : kernels::ColumnRange{0, plan.columns()};
    const View<const Scalar> gradients = saved.view();
    Kernels::recurrent_backward(std::span(previous).subspan(size(first), size(count)),
                                gradients.middle_columns(first, count), dweights.view(),
                                memory.data(), team);
    Kernels::biases_backward(constant(sums), dinput_bias.data(), drecurrent_bias.data());
    for (Index n = 0; n < plan.columns(); ++n) {
      std::copy_n(Kernels::input_gradients(gradients).column(n), gates * hidden(),
                  dinputs.view().column(n));
    }
    CHECK(saved.gaps_untouched());
    CHECK(sums.gaps_untouched());
  }

  std::vector<const Matrix<Scalar>*> results() const {
    return {&h, &carried, &dinputs, &state, &dweights, &dinput_bias, &drecurrent_bias};
  }

 private:
  /// Of the recurrent weights: those of many units must not let gradients grow from step to step.
  static double scale(Index hidden) { return std::min(0.6, 3 / std::sqrt(double(hidden))); }

  /// Those of the last outputs are zero: `dh` has them.
  static Matrix<Scalar> last_gradients(Index hidden, Index batch) {
    auto result = random<Scalar>(state_rows(hidden), batch, 14);
    for (Index j = 0; j < batch; ++j) std::fill_n(result.view().column(j), hidden, Scalar(0));
    return result;
  }
};

}  // namespace kernel_test

TYPE_TO_STRING_AS("GRU", kernel_test::GruCell);
TYPE_TO_STRING_AS("LSTM", kernel_test::LstmCell);
