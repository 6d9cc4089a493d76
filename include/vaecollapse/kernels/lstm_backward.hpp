// The way back through an LSTM over a ragged batch: through the steps, where the gradients of
// biases add up, and then the gradients of weights, as one large product over all columns.
#pragma once

#include <algorithm>
#include <span>

#include <vaecollapse/core/at.hpp>
#include <vaecollapse/core/check.hpp>
#include <vaecollapse/core/sequence.hpp>
#include <vaecollapse/kernels/chunk.hpp>
#include <vaecollapse/kernels/gate_panels.hpp>
#include <vaecollapse/kernels/gemm.hpp>
#include <vaecollapse/kernels/lstm.hpp>
#include <vaecollapse/kernels/lstm_weights.hpp>
#include <vaecollapse/kernels/recurrent.hpp>
#include <vaecollapse/kernels/sequence_order.hpp>
#include <vaecollapse/simd/math.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI::kernels {

namespace detail {

/// The gates of one column: `saved` (i, f, g, o) becomes the gradients before the nonlinearities,
/// and `dc` from the gradient of the cell that of the cell before. Adds the gradients to `sums`,
/// while they are in registers. `saved_next` is what the next column saved.
/// \shape c, c_before, dh, dh_after, dc [H]; saved, saved_next, sums [4H]. dh + dh_after is the
/// gradient of the state
template <class Scalar>
void lstm_gates_backward(Index hidden, const Scalar* c, const Scalar* c_before, const Scalar* dh,
                         const Scalar* dh_after, Scalar* dc, Scalar* saved,
                         const Scalar* saved_next, Scalar* sums) {
  using Pack = simd::Pack<Scalar>;
  const Pack one = simd::broadcast<Scalar>(1);
  for (const auto units : chunks<Scalar>(hidden)) {
    const Pack i = units.load(saved), f = units.load(saved + hidden);
    const Pack g = units.load(saved + 2 * hidden), o = units.load(saved + 3 * hidden);
    for (Index part = 0; part < lstm_gates; ++part) {
      simd::prefetch(saved_next + part * hidden + units.first);
    }
    const Pack bent = simd::tanh(units.load(c));
    const Pack d = units.load(dh_after) + units.load(dh);
    const Pack d_bent = d * o;
    const Pack d_cell = simd::fma(d_bent, simd::fnma(bent, bent, one), units.load(dc));
    const Pack di = d_cell * i, df = d_cell * f;
    const Pack gates[] = {di * g * (one - i), df * units.load(c_before) * (one - f),
                          di * simd::fnma(g, g, one), d_bent * bent * (one - o)};
    for (Index part = 0; part < lstm_gates; ++part) {
      units.store(saved + part * hidden, gates[part]);
      units.add(sums + part * hidden, gates[part]);
    }
    units.store(dc, df);
  }
}

/// The steps of a sequence on the way back, for some rows and some panels of units each.
template <class Scalar>
struct LstmBackward {
  const SequencePlan& plan;
  Direction direction;
  const LstmGatesBackward<Scalar>& weights;
  std::span<const Scalar* const> previous_c;  ///< [N] pointers to columns [H]
  View<const Scalar> c;                       ///< [H x N]
  View<const Scalar> dh;                      ///< [H x N]
  View<Scalar> gates;                         ///< [4H x N]
  LstmState<Scalar> state;                    ///< [H x B] in the plan's order
  View<Scalar> sums;                          ///< [4H x gate_sums(B)]
  InitialGradient initial;

  void gates_of(Index step, Index first, Index last) const {
    VAECOLLAPSE_ASSERT(first % summed_rows == 0);
    for (Index j = first; j < last; ++j) {
      const Index column = plan.offset(step) + j;
      lstm_gates_backward<Scalar>(
          weights.hidden(), c.column(column), at(previous_c, column), dh.column(column),
          state.h.column(j), state.c.column(j), gates.column(column),
          gates.column(std::min(column + 1, gates.columns - 1)), sums.column(j / summed_rows));
    }
  }

  void units(Index step, Index first, Index last, PanelRange panels) const {
    const SequenceOrder order(plan, direction);
    const Index end = initial == InitialGradient::wanted
                          ? last
                          : std::clamp(order.continuing(order.turn(step)), first, last);
    const Index column = plan.offset(step) + first, count = end - first;
    weights.multiply(gates.middle_columns(column, count), state.h.middle_columns(first, count),
                     panels);
  }
};

}  // namespace detail

/// Carries gradients through all steps, see `for_each_step`. `after_step(step, first, last)` runs
/// when the gate gradients of rows first .. last of a step are known: attention carries its part of
/// them back into `state.h` there.
/// \shape previous_c [N] pointers to the cells before each column; c, dh [H x N]; gates [4H x N]:
/// on entry what the forward pass saved, on return the gradients (di, df, dg, do), which multiply
/// U and the inputs' weights; state [H x B] in the plan's order: on entry zeros and the gradients
/// of the last cells, on return dh_0 and dc_0 if they are wanted; sums [4H x gate_sums(B)]: on
/// entry zero, on return they add up to the sum of all columns of gates
/// \cost 8 H^2 N flops
template <class Scalar, class Hook = NoStepHook>
void lstm_sequence_backward(const SequencePlan& plan, Direction direction,
                            const LstmGatesBackward<Scalar>& weights,
                            std::span<const Scalar* const> previous_c, View<const Scalar> c,
                            View<const Scalar> dh, View<Scalar> gates,
                            const LstmState<Scalar>& state, View<Scalar> sums,
                            InitialGradient initial, Team& team, const Hook& after_step = {}) {
  const detail::LstmBackward<Scalar> lstm{plan, direction, weights, previous_c, c,
                                          dh,   gates,     state,   sums,       initial};
  for_each_step(
      plan, opposite(direction), lstm, weights.panels(),
      threads_share_steps<Scalar>(plan.batch(), weights.hidden(), team, lstm_gates), team,
      [&](Index step, Index first, Index last) { lstm.gates_of(step, first, last); }, after_step);
}

/// Adds to dU [H x 4H] the product of the previous states and the gate gradients.
/// \shape gates [4H x N] from `lstm_sequence_backward`; scratch: packed_size(H, N) numbers
template <class Scalar>
void lstm_recurrent_weights_backward(std::span<const Scalar* const> previous,
                                     View<const Scalar> gates, View<Scalar> weights_gradient,
                                     Scalar* scratch, Team& team) {
  const auto states = pack_by_columns<Scalar>(
      weights_gradient.rows, gates.columns, [&](Index k) { return at(previous, k); }, scratch,
      team);
  gemm(states, transposed(gates), weights_gradient, Output::accumulate, team);
}

/// Adds to the gradients of both biases [4H], which are the same.
/// \shape sums [4H x gate_sums(B)] from `lstm_sequence_backward`
template <class Scalar>
void lstm_biases_backward(View<const Scalar> sums, Scalar* input, Scalar* recurrent) {
  for (Index j = 0; j < sums.columns; ++j) {
    add(sums.rows, sums.column(j), input);
    add(sums.rows, sums.column(j), recurrent);
  }
}

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI::kernels
