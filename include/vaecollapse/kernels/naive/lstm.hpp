// The naive twin of kernels/lstm.hpp and kernels/lstm_backward.hpp: one row at a time, one unit at
// a time, as the formulas stand.
// Tests compare the two; nothing else includes this.
#pragma once

#include <cmath>
#include <cstddef>
#include <vector>

#include <vaecollapse/core/at.hpp>
#include <vaecollapse/core/sequence.hpp>
#include <vaecollapse/core/view.hpp>
#include <vaecollapse/kernels/lstm_backward.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI::kernels::naive {

/// An LSTM's weights and what it reads.
template <class Scalar>
struct LstmProblem {
  const SequencePlan& plan;
  Direction direction;
  View<const Scalar> weights;  ///< [H x 4H]
  RecurrentBiases<Scalar> biases;
  View<const Scalar> inputs;      ///< [4H x N]
  LstmState<const Scalar> start;  ///< [H x B] in the plan's order

  Index hidden() const { return weights.rows; }
  Index length(Index place) const { return plan.length(at(plan.order(), place)); }
  /// The column of the row at `place` that is visited i-th.
  Index column(Index place, Index i) const {
    return plan.offset(direction == Direction::forward ? i : length(place) - 1 - i) + place;
  }
};

/// The gates of one unit at one step.
template <class Scalar>
struct LstmUnit {
  Scalar i, f, g, o;
};

template <class Scalar>
LstmUnit<Scalar> lstm_unit(const LstmProblem<Scalar>& lstm, Index unit, Index column,
                           const Scalar* h_before) {
  const auto sigmoid = [](Scalar x) { return 1 / (1 + std::exp(-x)); };
  const auto sum = [&](Index gate) {
    const Index row = gate * lstm.hidden() + unit;
    Scalar total = lstm.inputs(row, column) + lstm.biases.input[row] + lstm.biases.recurrent[row];
    for (Index k = 0; k < lstm.hidden(); ++k) total += lstm.weights(k, row) * h_before[k];
    return total;
  };
  return {sigmoid(sum(0)), sigmoid(sum(1)), std::tanh(sum(2)), sigmoid(sum(3))};
}

/// The state or the cell before the i-th visited step of a row. \shape start [H x B], after [H x N]
template <class Scalar>
const Scalar* lstm_before(const LstmProblem<Scalar>& lstm, View<const Scalar> start,
                          View<const Scalar> after, Index place, Index i) {
  return i == 0 ? start.column(place) : after.column(lstm.column(place, i - 1));
}

/// The reference of `lstm_sequence_forward`. \shape states [H x N]
template <class Scalar>
void lstm_sequence_forward(const LstmProblem<Scalar>& lstm, const LstmState<Scalar>& states) {
  for (Index place = 0; place < lstm.plan.batch(); ++place) {
    for (Index i = 0; i < lstm.length(place); ++i) {
      const Index column = lstm.column(place, i);
      const Scalar* h = lstm_before<Scalar>(lstm, lstm.start.h, states.h, place, i);
      const Scalar* c = lstm_before<Scalar>(lstm, lstm.start.c, states.c, place, i);
      for (Index unit = 0; unit < lstm.hidden(); ++unit) {
        const auto gate = lstm_unit(lstm, unit, column, h);
        states.c(unit, column) = gate.f * c[unit] + gate.i * gate.g;
        states.h(unit, column) = gate.o * std::tanh(states.c(unit, column));
      }
    }
  }
}

/// Where gradients are added.
template <class Scalar>
struct LstmGradients {
  View<Scalar> weights;    ///< [H x 4H]
  Scalar* input_bias;      ///< [4H]
  Scalar* recurrent_bias;  ///< [4H]
  View<Scalar> inputs;     ///< [4H x N]
  /// [H x B] in the plan's order. On entry the gradients of the last states and cells.
  LstmState<Scalar> start;
};

/// The reference of the backward kernels. \shape states [H x N], dh [H x N]
template <class Scalar>
void lstm_sequence_backward(const LstmProblem<Scalar>& lstm, const LstmState<const Scalar>& states,
                            View<const Scalar> dh, const LstmGradients<Scalar>& d) {
  const Index hidden = lstm.hidden();
  std::vector<Scalar> dbefore(static_cast<std::size_t>(hidden));
  for (Index place = 0; place < lstm.plan.batch(); ++place) {
    for (Index i = lstm.length(place); i-- > 0;) {
      const Index column = lstm.column(place, i);
      const Scalar* h = lstm_before(lstm, lstm.start.h, states.h, place, i);
      const Scalar* c = lstm_before(lstm, lstm.start.c, states.c, place, i);
      dbefore.assign(dbefore.size(), Scalar(0));
      for (Index unit = 0; unit < hidden; ++unit) {
        const auto gate = lstm_unit(lstm, unit, column, h);
        const Scalar bent = std::tanh(states.c(unit, column));
        const Scalar dstate = d.start.h(unit, place) + dh(unit, column);
        const Scalar dcell = d.start.c(unit, place) + dstate * gate.o * (1 - bent * bent);
        const Scalar dgates[4] = {
            dcell * gate.g * gate.i * (1 - gate.i), dcell * c[unit] * gate.f * (1 - gate.f),
            dcell * gate.i * (1 - gate.g * gate.g), dstate * bent * gate.o * (1 - gate.o)};
        d.start.c(unit, place) = dcell * gate.f;
        for (Index which = 0; which < 4; ++which) {
          const Index row = which * hidden + unit;
          d.inputs(row, column) += dgates[which];
          d.input_bias[row] += dgates[which];
          d.recurrent_bias[row] += dgates[which];
          for (Index k = 0; k < hidden; ++k) {
            d.weights(k, row) += h[k] * dgates[which];
            at(dbefore, k) += lstm.weights(k, row) * dgates[which];
          }
        }
      }
      for (Index unit = 0; unit < hidden; ++unit) d.start.h(unit, place) = at(dbefore, unit);
    }
  }
}

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI::kernels::naive
