// The way back through a GRU over a ragged batch: through the steps, where the gradients of biases
// add up, and then the gradients of weights, as few large products over all columns.
#pragma once

#include <algorithm>
#include <span>

#include <vaecollapse/core/at.hpp>
#include <vaecollapse/core/check.hpp>
#include <vaecollapse/core/sequence.hpp>
#include <vaecollapse/kernels/chunk.hpp>
#include <vaecollapse/kernels/gemm.hpp>
#include <vaecollapse/kernels/gru.hpp>
#include <vaecollapse/kernels/gru_weights.hpp>
#include <vaecollapse/kernels/recurrent.hpp>
#include <vaecollapse/kernels/sequence_order.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI::kernels {

namespace detail {

/// The gates of one column: `saved` (r, u, U_n h + b'_n, n) becomes the gradients before the
/// nonlinearities (d(U_n h + b'_n), dr, du, dn), and `state` the part of dh that passes the gate u.
/// Adds the gradients to `sums`, while they are in registers. `saved_next` is what the next column
/// saved.
template <class Scalar>
void gru_gates_backward(Index hidden, const Scalar* before, const Scalar* dh, Scalar* saved,
                        const Scalar* saved_next, Scalar* state, Scalar* sums) {
  using Pack = simd::Pack<Scalar>;
  const Pack one = simd::broadcast<Scalar>(1);
  for (const auto units : chunks<Scalar>(hidden)) {
    const Pack r = units.load(saved), u = units.load(saved + hidden);
    const Pack hn = units.load(saved + 2 * hidden), n = units.load(saved + 3 * hidden);
    for (Index part = 0; part < 4; ++part) {
      simd::prefetch(saved_next + part * hidden + units.first);
    }
    const Pack d = units.load(state) + units.load(dh);
    const Pack dn = d * (one - u) * simd::fnma(n, n, one);
    const Pack dhn = dn * r;
    const Pack gates[] = {dhn, dhn * hn * (one - r), d * (units.load(before) - n) * u * (one - u),
                          dn};
    for (Index part = 0; part < 4; ++part) {
      units.store(saved + part * hidden, gates[part]);
      units.add(sums + part * hidden, gates[part]);
    }
    units.store(state, d * u);
  }
}

/// The steps of a sequence on the way back, for some rows and some panels of units each.
template <class Scalar>
struct GruBackward {
  const SequencePlan& plan;
  Direction direction;
  const RecurrentGatesBackward<Scalar>& weights;
  std::span<const Scalar* const> previous;  ///< [N] pointers to columns [H]
  View<const Scalar> dh;                    ///< [H x N]
  View<Scalar> gates;                       ///< [4H x N]
  View<Scalar> state;                       ///< [H x B] in the plan's order
  View<Scalar> sums;                        ///< [4H x gate_sums(B)]
  InitialGradient initial;

  void gates_of(Index step, Index first, Index last) const {
    VAECOLLAPSE_ASSERT(first % summed_rows == 0);
    for (Index j = first; j < last; ++j) {
      const Index column = plan.offset(step) + j;
      gru_gates_backward(weights.hidden(), at(previous, column), dh.column(column),
                         gates.column(column),
                         gates.column(std::min(column + 1, gates.columns - 1)), state.column(j),
                         sums.column(j / summed_rows));
    }
  }

  void units(Index step, Index first, Index last, PanelRange panels) const {
    const SequenceOrder order(plan, direction);
    const Index end = initial == InitialGradient::wanted
                          ? last
                          : std::clamp(order.continuing(order.turn(step)), first, last);
    const Index column = plan.offset(step) + first, count = end - first;
    weights.add_product(gates.middle_columns(column, count).middle_rows(0, 3 * weights.hidden()),
                        state.middle_columns(first, count), panels);
  }
};

}  // namespace detail

/// Carries gradients through all steps, see `for_each_step`. `after_step(step, first, last)` runs
/// when the gate gradients of rows first .. last of a step are known: attention carries its part of
/// them back into `state` there.
/// \shape previous [N] from `previous_columns`;
/// dh [H x N]; gates [4H x N]: on entry what the forward pass saved, on return the gradients
/// (d(U_n h + b'_n), dr, du, dn), so that rows 0 .. 3H multiply U and rows H .. 4H the inputs'
/// weights; state [H x B] in the plan's order: on entry zero, on return dh_0 if that is wanted;
/// sums [4H x gate_sums(B)]: on entry zero, on return they add up to the sum of all columns of
/// gates
/// \cost 6 H^2 N flops
template <class Scalar, class Hook = NoStepHook>
void gru_sequence_backward(const SequencePlan& plan, Direction direction,
                           const RecurrentGatesBackward<Scalar>& weights,
                           std::span<const Scalar* const> previous, View<const Scalar> dh,
                           View<Scalar> gates, View<Scalar> state, View<Scalar> sums,
                           InitialGradient initial, Team& team, const Hook& after_step = {}) {
  const detail::GruBackward<Scalar> gru{plan,  direction, weights, previous, dh,
                                        gates, state,     sums,    initial};
  for_each_step(
      plan, opposite(direction), gru, weights.panels(),
      threads_share_steps<Scalar>(plan.batch(), weights.hidden(), team), team,
      [&](Index step, Index first, Index last) { gru.gates_of(step, first, last); }, after_step);
}

/// Adds to dU [H x 3H] the product of the previous states and the gate gradients.
/// \shape gates [4H x N] from `gru_sequence_backward`; scratch: packed_size(H, N) numbers
template <class Scalar>
void gru_recurrent_weights_backward(std::span<const Scalar* const> previous,
                                    View<const Scalar> gates, View<Scalar> weights_gradient,
                                    Scalar* scratch, Team& team) {
  const Index hidden = weights_gradient.rows;
  const auto states = pack_by_columns<Scalar>(
      hidden, gates.columns, [&](Index k) { return at(previous, k); }, scratch, team);
  gemm(states, transposed(gates.middle_rows(hidden, 2 * hidden)),
       weights_gradient.middle_columns(0, 2 * hidden), Output::accumulate, team);
  gemm(states, transposed(gates.middle_rows(0, hidden)),
       weights_gradient.middle_columns(2 * hidden, hidden), Output::accumulate, team);
}

/// Adds to the gradients of both biases [3H]: those of r and u are the same for both.
/// \shape sums [4H x gate_sums(B)] from `gru_sequence_backward`
template <class Scalar>
void gru_biases_backward(View<const Scalar> sums, Scalar* input, Scalar* recurrent) {
  const Index hidden = sums.rows / 4;
  for (Index j = 0; j < sums.columns; ++j) {
    add(3 * hidden, sums.column(j) + hidden, input);
    add(2 * hidden, sums.column(j) + hidden, recurrent);
    add(hidden, sums.column(j), recurrent + 2 * hidden);
  }
}

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI::kernels
