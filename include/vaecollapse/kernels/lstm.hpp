// An LSTM over a ragged batch: one product a step, with the gates computed while its result is
// still in registers.
//
//   i, f, o = sigmoid(x_ifo + b_ifo + U_ifo h + b'_ifo)     g = tanh(x_g + b_g + U_g h + b'_g)
//   c' = f c + i g     h' = o tanh(c')                      (the form of cuDNN and PyTorch)
#pragma once

#include <span>

#include <vaecollapse/core/check.hpp>
#include <vaecollapse/core/sequence.hpp>
#include <vaecollapse/kernels/chunk.hpp>
#include <vaecollapse/kernels/gate_inputs.hpp>
#include <vaecollapse/kernels/gate_panels.hpp>
#include <vaecollapse/kernels/gemm.hpp>
#include <vaecollapse/kernels/recurrent.hpp>
#include <vaecollapse/kernels/sequence_order.hpp>
#include <vaecollapse/kernels/tile.hpp>
#include <vaecollapse/simd/math.hpp>

VAECOLLAPSE_BEGIN_QUIET

namespace vaecollapse::inline VAECOLLAPSE_ABI::kernels {

/// Inputs of an LSTM that are multiplied as the sequence runs.
template <class Scalar>
using LstmProduct = GateProduct<Scalar, lstm_gates>;

/// The inputs of an LSTM's gates.
template <class Scalar>
using LstmInputs = GateInputs<Scalar, lstm_gates>;

/// Recurrent weights of an LSTM as the forward pass reads them.
template <class Scalar>
using LstmGates = RecurrentGates<Scalar, lstm_gates>;

/// States and cells of some columns.
template <class Scalar>
struct LstmState {
  View<Scalar> h;  ///< [H x n]
  View<Scalar> c;  ///< [H x n]

  LstmState middle_columns(Index first, Index count) const {
    return {h.middle_columns(first, count), c.middle_columns(first, count)};
  }
};

namespace detail {

/// One step for the columns `column` and following of the inputs.
template <class Scalar>
struct LstmStep {
  const LstmGates<Scalar>& weights;
  const RecurrentBiases<Scalar>& biases;
  const LstmInputs<Scalar>& inputs;
  Index column;
  LstmState<const Scalar> before;  ///< [H x n], or empty for zeros
  LstmState<Scalar> after;         ///< [H x n]
  View<Scalar> saved;              ///< [4H x n], or empty

  /// One panel of units for the columns `first` and following of this step.
  template <int Columns>
  void tile(Index panel, Index first) const {
    Tile<Scalar, lstm_gates, Columns> sums;
    begin<Columns>(panel, first, sums);
    if (before.h.data != nullptr) {
      weights.template add_product<Columns>(panel, before.h.middle_columns(first, Columns), sums);
    }
    end_cell<Columns>(panel, first, sums);
    end_state<Columns>(panel, first, sums);
  }

  /// Some panels of units, from `panel` on, for one column.
  template <int Panels>
  void column_alone(Index panel, Index first) const {
    Tile<Scalar, lstm_gates, 1> sums[Panels];
    for (int p = 0; p < Panels; ++p) begin<1>(panel + p, first, sums[p]);
    if (before.h.data != nullptr && weights.as_they_lie()) {
      for (int p = 0; p < Panels; ++p) {
        add_known_products(units_of(panel + p), weights.hidden(), saved.column(first), sums[p]);
      }
    } else if (before.h.data != nullptr) {
      weights.template add_product<Panels>(panel, before.h.column(first), sums);
    }
    for (int p = 0; p < Panels; ++p) end_cell<1>(panel + p, first, sums[p]);
    for (int p = 0; p < Panels; ++p) end_state<1>(panel + p, first, sums[p]);
  }

 private:
  using Pack = simd::Pack<Scalar>;

  Chunk<Scalar> units_of(Index panel) const {
    return chunk_at<Scalar>(panel * simd::lanes<Scalar>, weights.hidden());
  }

  /// The sums of inputs and biases, to which the recurrent products are added. Fetches what will be
  /// written.
  template <int Columns>
  VAECOLLAPSE_INLINE void begin(Index panel, Index first,
                                Tile<Scalar, lstm_gates, Columns>& sums) const {
    const Index hidden = weights.hidden();
    begin_gates<lstm_gates, lstm_gates, Columns>(hidden, biases, inputs, panel, column + first,
                                                 sums);
    const Index unit = units_of(panel).first;
    for (Index j = 0; j < Columns; ++j) {
      simd::prefetch_to_write(after.h.column(first + j) + unit);
      simd::prefetch_to_write(after.c.column(first + j) + unit);
      for (Index part = 0; part < lstm_gates && saved.data != nullptr; ++part) {
        simd::prefetch_to_write(saved.column(first + j) + part * hidden + unit);
      }
    }
  }

  /// The gates i, f, g and the new cell, which takes the place of the first sum. All cells come
  /// before all states: more sums that do not wait for each other.
  template <int Columns>
  VAECOLLAPSE_INLINE void end_cell(Index panel, Index first,
                                   Tile<Scalar, lstm_gates, Columns>& sums) const {
    const Index hidden = weights.hidden();
    const auto units = units_of(panel);
    unroll<Columns>([&](auto j) VAECOLLAPSE_INLINE_LAMBDA {
      for (const Scalar* x : inputs.projected_for(column + first + j)) {
        unroll<lstm_gates>([&](auto gate) VAECOLLAPSE_INLINE_LAMBDA {
          sums[j][gate] = sums[j][gate] + units.load(x + gate * hidden);
        });
      }
      const Pack i = simd::sigmoid(sums[j][0]), f = simd::sigmoid(sums[j][1]);
      const Pack g = simd::tanh(sums[j][2]);
      const Pack c = before.c.data == nullptr ? simd::broadcast<Scalar>(0)
                                              : units.load(before.c.column(first + j));
      if (saved.data != nullptr) {
        Scalar* s = saved.column(first + j);
        units.store(s, i);
        units.store(s + hidden, f);
        units.store(s + 2 * hidden, g);
      }
      sums[j][0] = simd::fma(f, c, i * g);
      units.store(after.c.column(first + j), sums[j][0]);
    });
  }

  /// The gate o and the new state.
  template <int Columns>
  VAECOLLAPSE_INLINE void end_state(Index panel, Index first,
                                    const Tile<Scalar, lstm_gates, Columns>& sums) const {
    const auto units = units_of(panel);
    unroll<Columns>([&](auto j) VAECOLLAPSE_INLINE_LAMBDA {
      const Pack o = simd::sigmoid(sums[j][3]);
      units.store(after.h.column(first + j), o * simd::tanh(sums[j][0]));
      if (saved.data != nullptr) {
        units.store(saved.column(first + j) + 3 * weights.hidden(), o);
      }
    });
  }
};

}  // namespace detail

/// The sums of products and biases for all columns before a sequence runs, with the same bits as
/// step by step; see `gate_input_sums`. \shape sums [4H x N]
template <class Scalar>
void lstm_input_sums(const SequencePlan& plan, Index hidden, const RecurrentBiases<Scalar>& biases,
                     std::span<const LstmProduct<Scalar>> products, View<Scalar> sums, Team& team) {
  gate_input_sums<lstm_gates>(plan, hidden, biases, products, sums, team);
}

/// One step for the n columns `column` and following, and for some panels of units, on the caller's
/// thread.
/// \shape before [H x n], or empty for zeros; after [H x n]; saved [4H x n] receives i, f, g, o for
/// the backward pass, or is empty
/// \pre weights that are not packed multiply one column, which is saved: its products are kept
/// there \cost 8 H (I + H) n flops, where I counts what `inputs` multiplies
template <class Scalar>
void lstm_step_forward(const LstmGates<Scalar>& weights, const RecurrentBiases<Scalar>& biases,
                       const LstmInputs<Scalar>& inputs, Index column,
                       const LstmState<const Scalar>& before, const LstmState<Scalar>& after,
                       View<Scalar> saved, PanelRange panels) {
  const detail::LstmStep<Scalar> step{weights, biases, inputs, column, before, after, saved};
  if (weights.as_they_lie() && before.h.data != nullptr) {
    VAECOLLAPSE_ASSERT(after.h.columns == 1 && saved.data != nullptr);
    weights.multiply(panels, before.h.data, saved.data);
  }
  // Packed weights that are fetched ahead come fastest in one run.
  if (after.h.columns == 1 && (weights.as_they_lie() || weights.ahead() == 0)) {
    for_each_tile<panels_together<lstm_gates>>(Index{0}, panels.count(), [&](Index i, auto some) {
      step.template column_alone<some>(panels.after(i, some), 0);
    });
    return;
  }
  for (Index i = 0; i < panels.count(); ++i) {
    for_each_tile<gate_columns<lstm_gates>>(Index{0}, after.h.columns, [&](Index j, auto columns) {
      if constexpr (columns == 1) {
        step.template column_alone<1>(panels.after(i), j);
      } else {
        step.template tile<columns>(panels.after(i), j);
      }
    });
  }
}

/// One step for all columns, split among threads. \pre the weights are packed
template <class Scalar>
void lstm_step_forward(const LstmGates<Scalar>& weights, const RecurrentBiases<Scalar>& biases,
                       const LstmInputs<Scalar>& inputs, const LstmState<const Scalar>& before,
                       const LstmState<Scalar>& after, Team& team) {
  const Index columns = after.h.columns;
  if (threads_share_steps<Scalar>(columns, weights.hidden(), team, lstm_gates)) {
    team.split(weights.panels(), [&](Index first, Index last) {
      lstm_step_forward<Scalar>(weights, biases, inputs, 0, before, after, {}, {first, last});
    });
    return;
  }
  split_columns(team, columns, [&](Index first, Index count) {
    lstm_step_forward<Scalar>(weights, biases, inputs, first, before.middle_columns(first, count),
                              after.middle_columns(first, count), {}, {0, weights.panels()});
  });
}

namespace detail {

/// The steps of a sequence, for some rows and some panels of units each.
template <class Scalar>
struct LstmForward {
  const SequencePlan& plan;
  Direction direction;
  const LstmGates<Scalar>& weights;
  const RecurrentBiases<Scalar>& biases;
  const LstmInputs<Scalar>& inputs;
  LstmState<const Scalar> start;  ///< [H x B] in the plan's order, or empty for zeros
  LstmState<Scalar> states;       ///< [H x N]
  View<Scalar> saved;             ///< [4H x N], or empty

  void units(Index step, Index first, Index last, PanelRange panels) const {
    // Back and forth: the packed panels that were read last are still near.
    panels.backwards = weights.far() && step % 2 != 0;
    for_each_before(
        plan, direction, step, first, last, [&](Index begin, Index end, Index previous) {
          const Index column = plan.offset(step) + begin, count = end - begin;
          const LstmState<const Scalar> before =
              previous < 0 ? start.middle_columns(begin, count)
                           : LstmState<const Scalar>{states.h.middle_columns(previous, count),
                                                     states.c.middle_columns(previous, count)};
          lstm_step_forward<Scalar>(weights, biases, inputs, column, before,
                                    states.middle_columns(column, count),
                                    saved.middle_columns(column, count), panels);
        });
  }
};

}  // namespace detail

/// A whole ragged sequence, see `for_each_step`. `before_step(step, first, last)` runs before the
/// rows first .. last of a step are computed: attention computes its part of `inputs` there.
/// \shape start [H x B] in the plan's order, or empty for zeros; states [H x N]; saved [4H x N] or
/// empty
/// \pre weights that are not packed multiply one row, which is saved
template <class Scalar, class Hook = NoStepHook>
void lstm_sequence_forward(const SequencePlan& plan, Direction direction,
                           const LstmGates<Scalar>& weights, const RecurrentBiases<Scalar>& biases,
                           const LstmInputs<Scalar>& inputs, const LstmState<const Scalar>& start,
                           const LstmState<Scalar>& states, View<Scalar> saved, Team& team,
                           const Hook& before_step = {}) {
  const detail::LstmForward<Scalar> lstm{plan,   direction, weights, biases,
                                         inputs, start,     states,  saved};
  for_each_step(plan, direction, lstm, weights.panels(),
                threads_share_steps<Scalar>(plan.batch(), weights.hidden(), team, lstm_gates), team,
                before_step, NoStepHook());
}

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI::kernels

VAECOLLAPSE_END_QUIET
