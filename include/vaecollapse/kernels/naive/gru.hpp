// The naive twin of kernels/gru.hpp and kernels/gru_backward.hpp: one row at a time, one unit at a
// time, as the formulas stand.
// Tests compare the two; nothing else includes this.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

#include <vaecollapse/core/at.hpp>
#include <vaecollapse/core/sequence.hpp>
#include <vaecollapse/core/view.hpp>
#include <vaecollapse/kernels/gru_backward.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI::kernels::naive {

/// A GRU's weights and what it reads.
template <class Scalar>
struct GruProblem {
  const SequencePlan& plan;
  Direction direction;
  View<const Scalar> weights;  ///< [H x 3H]
  GruBiases<Scalar> biases;
  View<const Scalar> inputs;  ///< [3H x N]
  View<const Scalar> h0;      ///< [H x B] in the plan's order

  Index hidden() const { return weights.rows; }
  Index length(Index place) const { return plan.length(at(plan.order(), place)); }
  /// The column of the row at `place` that is visited i-th.
  Index column(Index place, Index i) const {
    return plan.offset(direction == Direction::forward ? i : length(place) - 1 - i) + place;
  }
};

/// The gates of one unit at one step.
template <class Scalar>
struct GruUnit {
  Scalar r, u, hn, n;
};

template <class Scalar>
GruUnit<Scalar> gru_unit(const GruProblem<Scalar>& gru, Index unit, Index column,
                         const Scalar* before) {
  const auto sigmoid = [](Scalar x) { return 1 / (1 + std::exp(-x)); };
  const auto input = [&](Index row) { return gru.inputs(row, column) + gru.biases.input[row]; };
  const auto recurrent = [&](Index row) {
    Scalar sum = gru.biases.recurrent[row];
    for (Index k = 0; k < gru.hidden(); ++k) sum += gru.weights(k, row) * before[k];
    return sum;
  };
  const Index in_u = unit + gru.hidden(), in_n = unit + 2 * gru.hidden();
  const Scalar r = sigmoid(input(unit) + recurrent(unit));
  const Scalar u = sigmoid(input(in_u) + recurrent(in_u));
  const Scalar hn = recurrent(in_n);
  return {r, u, hn, std::tanh(input(in_n) + r * hn)};
}

/// The state before the i-th visited step of a row.
template <class Scalar>
const Scalar* gru_before(const GruProblem<Scalar>& gru, View<const Scalar> h, Index place,
                         Index i) {
  return i == 0 ? gru.h0.column(place) : h.column(gru.column(place, i - 1));
}

/// The reference of `gru_sequence_forward`. \shape h [H x N]
template <class Scalar>
void gru_sequence_forward(const GruProblem<Scalar>& gru, View<Scalar> h) {
  for (Index place = 0; place < gru.plan.batch(); ++place) {
    for (Index i = 0; i < gru.length(place); ++i) {
      const Index column = gru.column(place, i);
      const Scalar* before = gru_before<Scalar>(gru, h, place, i);
      for (Index unit = 0; unit < gru.hidden(); ++unit) {
        const auto g = gru_unit(gru, unit, column, before);
        h(unit, column) = (1 - g.u) * g.n + g.u * before[unit];
      }
    }
  }
}

/// Where gradients are added.
template <class Scalar>
struct GruGradients {
  View<Scalar> weights;    ///< [H x 3H]
  Scalar* input_bias;      ///< [3H]
  Scalar* recurrent_bias;  ///< [3H]
  View<Scalar> inputs;     ///< [3H x N]
  View<Scalar> h0;         ///< [H x B] in the plan's order
};

/// The reference of the backward kernels. \shape h, dh [H x N]
template <class Scalar>
void gru_sequence_backward(const GruProblem<Scalar>& gru, View<const Scalar> h,
                           View<const Scalar> dh, const GruGradients<Scalar>& d) {
  const Index hidden = gru.hidden();
  std::vector<Scalar> dafter(static_cast<std::size_t>(hidden)), dbefore(dafter);
  for (Index place = 0; place < gru.plan.batch(); ++place) {
    std::fill(dafter.begin(), dafter.end(), Scalar(0));
    for (Index i = gru.length(place); i-- > 0;) {
      const Index column = gru.column(place, i);
      const Scalar* before = gru_before(gru, h, place, i);
      std::fill(dbefore.begin(), dbefore.end(), Scalar(0));
      for (Index unit = 0; unit < hidden; ++unit) {
        const auto g = gru_unit(gru, unit, column, before);
        const Scalar dstate = at(dafter, unit) + dh(unit, column);
        at(dbefore, unit) += dstate * g.u;
        const Scalar dn = dstate * (1 - g.u) * (1 - g.n * g.n);
        const Scalar du = dstate * (before[unit] - g.n) * g.u * (1 - g.u);
        const Scalar dr = dn * g.hn * g.r * (1 - g.r);
        const Scalar dinput[3] = {dr, du, dn}, drecurrent[3] = {dr, du, dn * g.r};
        for (Index gate = 0; gate < 3; ++gate) {
          const Index row = gate * hidden + unit;
          d.inputs(row, column) += dinput[gate];
          d.input_bias[row] += dinput[gate];
          d.recurrent_bias[row] += drecurrent[gate];
          for (Index k = 0; k < hidden; ++k) {
            d.weights(k, row) += before[k] * drecurrent[gate];
            at(dbefore, k) += gru.weights(k, row) * drecurrent[gate];
          }
        }
      }
      dafter = dbefore;
    }
    for (Index unit = 0; unit < hidden; ++unit) {
      d.h0(unit, place) += at(dafter, unit);
    }
  }
}

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI::kernels::naive
