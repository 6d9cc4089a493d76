// The recurrent half of a GRU over a ragged batch: one product a step, with the gates computed
// while its result is still in registers. What the inputs contribute has been summed before.
//
//   r, u = sigmoid(x_r,u + b_r,u + U_r,u h + b'_r,u)     n = tanh(x_n + b_n + r (U_n h + b'_n))
//   h' = (1 - u) n + u h                                 (the form of cuDNN and PyTorch)
#pragma once

#include <algorithm>
#include <span>

#include <vaecollapse/core/sequence.hpp>
#include <vaecollapse/kernels/affine.hpp>
#include <vaecollapse/kernels/chunk.hpp>
#include <vaecollapse/kernels/gemm.hpp>
#include <vaecollapse/simd/math.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

/// Which end of a sequence a recurrent layer starts from.
enum class Direction { forward, backward };

namespace kernels {

/// The recurrent weights [H x 3H] packed for the forward pass: a panel holds the r, u and n
/// columns of the same few units, so that a tile ends with all it needs for their new state.
template <class Scalar>
struct PackedGates {
  const Scalar* data = nullptr;
  Index hidden = 0;

  Index panels() const { return (hidden + simd::lanes<Scalar> - 1) / simd::lanes<Scalar>; }
  const Scalar* panel(Index p) const { return data + p * panel_rows<Scalar> * hidden; }
};

template <class Scalar>
constexpr Index packed_gates_size(Index hidden) {
  return detail::round_up(hidden, simd::lanes<Scalar>) * 3 * hidden;
}

template <class Scalar>
PackedGates<Scalar> pack_gates(View<const Scalar> weights, Scalar* memory, Team& team) {
  constexpr Index lanes = simd::lanes<Scalar>;
  const Index hidden = weights.rows;
  const PackedGates<Scalar> packed{memory, hidden};
  team.split(packed.panels(), [&](Index first, Index last) {
    for (Index p = first; p < last; ++p) {
      Scalar* to = memory + p * panel_rows<Scalar> * hidden;
      for (Index gate = 0; gate < 3; ++gate) {
        detail::pack_vector_transposed(weights, gate * hidden + p * lanes, (gate + 1) * hidden,
                                       panel_rows<Scalar>, to + gate * lanes);
      }
    }
  });
  return packed;
}

/// Packs the recurrent weights for dh = U d(gates), whose inner dimension runs over the gates in
/// the order of the saved gradients: n, r, u.
template <class Scalar>
PackedPanels<Scalar> pack_gates_for_backward(View<const Scalar> weights, Scalar* memory,
                                             Team& team) {
  const Index hidden = weights.rows;
  return pack_by_columns<Scalar>(
      hidden, 3 * hidden,
      [&](Index k) { return weights.column(k < hidden ? k + 2 * hidden : k - hidden); }, memory,
      team);
}

/// Both biases of a GRU, each [3H] in the order r, u, n.
template <class Scalar>
struct GruBiases {
  const Scalar* input = nullptr;
  const Scalar* recurrent = nullptr;
};

namespace detail {

/// One panel of units for a tile of columns.
template <int Columns, class Scalar>
void gru_tile(const PackedGates<Scalar>& weights, const GruBiases<Scalar>& biases, Index panel,
              View<const Scalar> inputs, View<const Scalar> before, View<Scalar> after,
              View<Scalar> saved) {
  using Pack = simd::Pack<Scalar>;
  const Index hidden = weights.hidden;
  const auto units = chunk_at<Scalar>(panel * simd::lanes<Scalar>, hidden);
  const Scalar *b = biases.input, *b_recurrent = biases.recurrent;
  const Pack bias_r = units.load(b) + units.load(b_recurrent);
  const Pack bias_u = units.load(b + hidden) + units.load(b_recurrent + hidden);
  const Pack bias_hn = units.load(b_recurrent + 2 * hidden);
  const Pack bias_n = units.load(b + 2 * hidden);
  Tile<Scalar, 3, Columns> sums;
  unroll<Columns>([&](auto j) VAECOLLAPSE_INLINE_LAMBDA {
    sums[j][0] = bias_r;
    sums[j][1] = bias_u;
    sums[j][2] = bias_hn;
  });
  multiply_tile<3, Columns>(hidden, weights.panel(panel), before.data, 1, before.leading, sums);
  unroll<Columns>([&](auto j) VAECOLLAPSE_INLINE_LAMBDA {
    const Scalar* x = inputs.column(j);
    const Pack r = simd::sigmoid(sums[j][0] + units.load(x));
    const Pack u = simd::sigmoid(sums[j][1] + units.load(x + hidden));
    const Pack hn = sums[j][2];
    const Pack n = simd::tanh(simd::fma(r, hn, units.load(x + 2 * hidden) + bias_n));
    units.store(after.column(j), simd::fma(u, units.load(before.column(j)) - n, n));
    if (saved.data != nullptr) {
      Scalar* s = saved.column(j);
      units.store(s, r);
      units.store(s + hidden, u);
      units.store(s + 2 * hidden, hn);
      units.store(s + 3 * hidden, n);
    }
  });
}

}  // namespace detail

/// One step for some columns, on the caller's thread.
/// \shape inputs [3H x n]: what the inputs contribute to r, u, n, without biases; before, after
/// [H x n]; saved [4H x n] receives r, u, U_n h + b'_n, n for the backward pass, or is empty
/// \cost 6 H^2 n flops
template <class Scalar>
void gru_step_forward(const PackedGates<Scalar>& weights, const GruBiases<Scalar>& biases,
                      View<const Scalar> inputs, View<const Scalar> before, View<Scalar> after,
                      View<Scalar> saved) {
  for (Index p = 0; p < weights.panels(); ++p) {
    for (Index j = 0; j < inputs.columns; j += tile_columns) {
      const Index count = std::min<Index>(tile_columns, inputs.columns - j);
      with_constant<tile_columns>(count, [&](auto columns) {
        detail::gru_tile<decltype(columns)::value>(
            weights, biases, p, inputs.middle_columns(j, count), before.middle_columns(j, count),
            after.middle_columns(j, count),
            saved.data != nullptr ? saved.middle_columns(j, count) : saved);
      });
    }
  }
}

/// One step for all columns, tiles of which are split among threads.
template <class Scalar>
void gru_step_forward(const PackedGates<Scalar>& weights, const GruBiases<Scalar>& biases,
                      View<const Scalar> inputs, View<const Scalar> before, View<Scalar> after,
                      View<Scalar> saved, Team& team) {
  split_columns(team, inputs.columns, [&](Index first, Index count) {
    gru_step_forward<Scalar>(weights, biases, inputs.middle_columns(first, count),
                             before.middle_columns(first, count),
                             after.middle_columns(first, count),
                             saved.data != nullptr ? saved.middle_columns(first, count) : saved);
  });
}

/// Steps of a plan in the order in which a direction visits them, and what comes before each.
class SequenceOrder {
 public:
  SequenceOrder(const SequencePlan& plan, Direction direction)
      : plan_(plan), direction_(direction) {}

  /// The step visited i-th.
  Index step(Index i) const { return direction_ == Direction::forward ? i : plan_.steps() - 1 - i; }
  /// When a step is visited: the inverse of `step`, and the same formula.
  Index turn(Index step_of_plan) const { return step(step_of_plan); }
  /// How many columns of the i-th visited step continue a row; those after them start from h_0.
  Index continuing(Index i) const {
    return i == 0 ? 0 : std::min(plan_.active(step(i)), plan_.active(step(i - 1)));
  }

 private:
  const SequencePlan& plan_;
  Direction direction_;
};

/// Divides the places first .. last of a step by where the states before them lie: calls
/// run(begin, end, states) for those that continue a row and for those that start from h_0.
/// \shape h0 [H x B] in the plan's order, h [H x N], states [H x (end - begin)]
template <class Scalar, class Run>
void for_each_before(const SequencePlan& plan, Direction direction, Index step, Index first,
                     Index last, View<const Scalar> h0, View<const Scalar> h, Run&& run) {
  const SequenceOrder order(plan, direction);
  const Index i = order.turn(step);
  const Index border = std::clamp(order.continuing(i), first, last);
  if (first < border) {
    const Index previous = plan.offset(order.step(i - 1)) + first;
    run(first, border, h.middle_columns(previous, border - first));
  }
  if (border < last) run(border, last, h0.middle_columns(border, last - border));
}

/// Nothing to do around a step.
struct NoStepHook {
  void operator()(Index, Index, Index) const {}
};

/// A whole ragged sequence. Each thread takes some rows through all steps, so there is no barrier
/// in the loop. `before_step(step, first, last)` runs before the rows first .. last of a step are
/// computed, on their thread: attention adds its part of `inputs` there.
/// \shape inputs [3H x N], h0 [H x B] in the plan's order, h [H x N], saved [4H x N] or empty
template <class Scalar, class Hook = NoStepHook>
void gru_sequence_forward(const SequencePlan& plan, Direction direction,
                          const PackedGates<Scalar>& weights, const GruBiases<Scalar>& biases,
                          View<const Scalar> inputs, View<const Scalar> h0, View<Scalar> h,
                          View<Scalar> saved, Team& team, const Hook& before_step = {}) {
  const SequenceOrder order(plan, direction);
  const auto rows = [&](Index first, Index last) {
    for (Index i = 0; i < plan.steps(); ++i) {
      const Index step = order.step(i);
      const Index end = std::min(last, plan.active(step));
      if (first >= end) continue;
      before_step(step, first, end);
      const auto run = [&](Index begin, Index stop, View<const Scalar> before) {
        const Index column = plan.offset(step) + begin, count = stop - begin;
        gru_step_forward<Scalar>(
            weights, biases, inputs.middle_columns(column, count), before,
            h.middle_columns(column, count),
            saved.data != nullptr ? saved.middle_columns(column, count) : saved);
      };
      for_each_before<Scalar>(plan, direction, step, first, end, h0, h, run);
    }
  };
  split_columns(team, plan.batch(), [&](Index first, Index count) { rows(first, first + count); });
}

/// Where the state before each column lies: previous[n] points into h or h0.
template <class Scalar>
void gru_previous_states(const SequencePlan& plan, Direction direction, View<const Scalar> h0,
                         View<const Scalar> h, std::span<const Scalar*> previous) {
  const SequenceOrder order(plan, direction);
  for (Index i = 0; i < plan.steps(); ++i) {
    const Index step = order.step(i);
    const Index continuing = order.continuing(i);
    for (Index j = 0; j < plan.active(step); ++j) {
      previous[static_cast<std::size_t>(plan.offset(step) + j)] =
          j < continuing ? h.column(plan.offset(order.step(i - 1)) + j) : h0.column(j);
    }
  }
}

namespace detail {

/// The gates of one column: `saved` (r, u, U_n h + b'_n, n) becomes the gradients before the
/// nonlinearities (d(U_n h + b'_n), dr, du, dn), and `state` the part of dh that passes the gate u.
template <class Scalar>
void gru_gates_backward(Index hidden, const Scalar* before, const Scalar* dh, Scalar* saved,
                        Scalar* state) {
  using Pack = simd::Pack<Scalar>;
  const Pack one = simd::broadcast<Scalar>(1);
  for_each_chunk<Scalar>(hidden, [&](auto units) {
    const Pack r = units.load(saved), u = units.load(saved + hidden);
    const Pack hn = units.load(saved + 2 * hidden), n = units.load(saved + 3 * hidden);
    const Pack d = units.load(state) + units.load(dh);
    const Pack dn = d * (one - u) * simd::fnma(n, n, one);
    const Pack dhn = dn * r;
    units.store(saved, dhn);
    units.store(saved + hidden, dhn * hn * (one - r));
    units.store(saved + 2 * hidden, d * (units.load(before) - n) * u * (one - u));
    units.store(saved + 3 * hidden, dn);
    units.store(state, d * u);
  });
}

}  // namespace detail

/// Carries gradients through all steps. `after_step(step, first, last)` runs when the gate
/// gradients of rows first .. last of a step are known, on their thread: attention carries its
/// part of them back into `state` there.
/// \shape weights: `pack_gates_for_backward`; previous [N] from `gru_previous_states`;
/// dh [H x N]; gates [4H x N]: on entry what the forward pass saved, on return the gradients
/// (d(U_n h + b'_n), dr, du, dn), so that rows 0 .. 3H multiply U and rows H .. 4H the inputs'
/// weights; state [H x B] in the plan's order: on entry zero, on return dh_0
/// \cost 6 H^2 N flops
template <class Scalar, class Hook = NoStepHook>
void gru_sequence_backward(const SequencePlan& plan, Direction direction,
                           const PackedPanels<Scalar>& weights,
                           std::span<const Scalar* const> previous, View<const Scalar> dh,
                           View<Scalar> gates, View<Scalar> state, Team& team,
                           const Hook& after_step = {}) {
  const SequenceOrder order(plan, direction);
  const Index hidden = weights.rows;
  const auto rows = [&](Index first, Index last) {
    for (Index i = plan.steps(); i-- > 0;) {
      const Index step = order.step(i);
      const Index end = std::min(last, plan.active(step));
      if (first >= end) continue;
      for (Index j = first; j < end; ++j) {
        const Index column = plan.offset(step) + j;
        detail::gru_gates_backward(hidden, previous[static_cast<std::size_t>(column)],
                                   dh.column(column), gates.column(column), state.column(j));
      }
      const Index count = end - first;
      const View<const Scalar> d =
          gates.middle_columns(plan.offset(step) + first, count).middle_rows(0, 3 * hidden);
      gemm_columns(weights, as_is(d), state.middle_columns(first, count), Output::accumulate,
                   Index{0}, count);
      after_step(step, first, end);
    }
  };
  split_columns(team, plan.batch(), [&](Index first, Index count) { rows(first, first + count); });
}

/// Adds to dU [H x 3H] the product of the previous states and the gate gradients.
/// \shape gates [4H x N] from `gru_sequence_backward`; scratch: packed_size(H, N) numbers
template <class Scalar>
void gru_recurrent_weights_backward(std::span<const Scalar* const> previous,
                                    View<const Scalar> gates, View<Scalar> weights_gradient,
                                    Scalar* scratch, Team& team) {
  const Index hidden = weights_gradient.rows;
  const auto states = pack_by_columns<Scalar>(
      hidden, gates.columns, [&](Index k) { return previous[static_cast<std::size_t>(k)]; },
      scratch, team);
  gemm(states, transposed(gates.middle_rows(hidden, 2 * hidden)),
       weights_gradient.middle_columns(0, 2 * hidden), Output::accumulate, team);
  gemm(states, transposed(gates.middle_rows(0, hidden)),
       weights_gradient.middle_columns(2 * hidden, hidden), Output::accumulate, team);
}

/// Adds to the gradients of both biases [3H].
template <class Scalar>
void gru_biases_backward(View<const Scalar> gates, Scalar* input, Scalar* recurrent, Team& team) {
  const Index hidden = gates.rows / 4;
  affine_bias_backward(gates.middle_rows(hidden, 3 * hidden), input, team);
  affine_bias_backward(gates.middle_rows(hidden, 2 * hidden), recurrent, team);
  affine_bias_backward(gates.middle_rows(0, hidden), recurrent + 2 * hidden, team);
}

}  // namespace kernels
}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
