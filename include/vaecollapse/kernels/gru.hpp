// A GRU over a ragged batch: one product a step, with the gates computed while its result is still
// in registers.
//
//   r, u = sigmoid(x_r,u + b_r,u + U_r,u h + b'_r,u)     n = tanh(x_n + b_n + r (U_n h + b'_n))
//   h' = (1 - u) n + u h                                 (the form of cuDNN and PyTorch)
#pragma once

#include <algorithm>
#include <span>

#include <vaecollapse/core/check.hpp>
#include <vaecollapse/core/sequence.hpp>
#include <vaecollapse/kernels/affine.hpp>
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

/// The biases of a GRU, gates in the order r, u, n.
template <class Scalar>
using GruBiases = RecurrentBiases<Scalar>;
/// A product of its inputs.
template <class Scalar>
using GruProduct = RecurrentProduct<Scalar, PackedGates<Scalar>>;
/// Its inputs.
template <class Scalar>
using GruInputs = RecurrentInputs<Scalar, PackedGates<Scalar>>;

namespace detail {

/// Gates whose recurrent bias is added to that of the input. The one of n waits, as it is behind
/// the gate r.
inline constexpr int gru_added_biases = 2;

/// One step for the columns `column` and following of the inputs.
template <class Scalar>
struct GruStep {
  const RecurrentGates<Scalar>& weights;
  const GruBiases<Scalar>& biases;
  const GruInputs<Scalar>& inputs;
  Index column;
  View<const Scalar> before;  ///< [H x n], or empty for zeros
  View<Scalar> after;         ///< [H x n]
  View<Scalar> saved;         ///< [4H x n], or empty

  /// One panel of units for the columns `first` and following of this step.
  template <int Columns>
  void tile(Index panel, Index first) const {
    Tile<Scalar, 3, Columns> sums;
    Pack in_n[Columns];
    begin<Columns>(panel, first, sums, in_n);
    if (before.data != nullptr) {
      weights.template add_product<Columns>(panel, before.middle_columns(first, Columns), sums);
    }
    Pack gate_u[Columns];
    end_r_and_u<Columns>(panel, first, sums, in_n, gate_u);
    end_n<Columns>(panel, first, in_n, gate_u);
  }

  /// Some panels of units, from `panel` on, for one column.
  template <int Panels>
  void column_alone(Index panel, Index first) const {
    Tile<Scalar, 3, 1> sums[Panels];
    Pack in_n[Panels][1];
    for (int p = 0; p < Panels; ++p) begin<1>(panel + p, first, sums[p], in_n[p]);
    if (before.data != nullptr && weights.as_they_lie()) {
      for (int p = 0; p < Panels; ++p) {
        add_known_products(units_of(panel + p), weights.hidden(), saved.column(first), sums[p]);
      }
    } else if (before.data != nullptr) {
      weights.template add_product<Panels>(panel, before.column(first), sums);
    }
    Pack gate_u[Panels][1];
    for (int p = 0; p < Panels; ++p) {
      end_r_and_u<1>(panel + p, first, sums[p], in_n[p], gate_u[p]);
    }
    for (int p = 0; p < Panels; ++p) end_n<1>(panel + p, first, in_n[p], gate_u[p]);
  }

 private:
  using Pack = simd::Pack<Scalar>;

  Chunk<Scalar> units_of(Index panel) const {
    return chunk_at<Scalar>(panel * simd::lanes<Scalar>, weights.hidden());
  }

  /// The sums of inputs and biases, to which the recurrent products are added. The input of n waits
  /// apart, in `in_n`, as the product of n goes through the gate r. Fetches what will be written.
  template <int Columns>
  VAECOLLAPSE_INLINE void begin(Index panel, Index first, Tile<Scalar, 3, Columns>& sums,
                                Pack (&in_n)[Columns]) const {
    const Index hidden = weights.hidden();
    const auto units = units_of(panel);
    const Pack bias_hn = units.load(biases.recurrent + 2 * hidden);
    begin_gates<gru_added_biases, gru_gates, Columns>(hidden, biases, inputs, panel, column + first,
                                                      sums);
    unroll<Columns>([&](auto j) VAECOLLAPSE_INLINE_LAMBDA {
      in_n[j] = sums[j][2];
      sums[j][2] = bias_hn;
    });
    for (Index j = 0; j < Columns; ++j) {
      simd::prefetch_to_write(after.column(first + j) + units.first);
      for (Index part = 0; part < 4 && saved.data != nullptr; ++part) {
        simd::prefetch_to_write(saved.column(first + j) + part * hidden + units.first);
      }
    }
  }

  /// The gates r and u. `in_n` becomes what n is the tanh of. All r and u come before
  /// all n: more sums that do not wait for each other.
  template <int Columns>
  VAECOLLAPSE_INLINE void end_r_and_u(Index panel, Index first,
                                      const Tile<Scalar, 3, Columns>& sums, Pack (&in_n)[Columns],
                                      Pack (&gate_u)[Columns]) const {
    const Index hidden = weights.hidden();
    const auto units = units_of(panel);
    unroll<Columns>([&](auto j) VAECOLLAPSE_INLINE_LAMBDA {
      Pack in_r = sums[j][0], in_u = sums[j][1];
      for (const Scalar* x : inputs.projected_for(column + first + j)) {
        in_r = in_r + units.load(x);
        in_u = in_u + units.load(x + hidden);
        in_n[j] = in_n[j] + units.load(x + 2 * hidden);
      }
      const Pack r = simd::sigmoid(in_r), u = simd::sigmoid(in_u), hn = sums[j][2];
      in_n[j] = simd::fma(r, hn, in_n[j]);
      gate_u[j] = u;
      if (saved.data != nullptr) {
        Scalar* s = saved.column(first + j);
        units.store(s, r);
        units.store(s + hidden, u);
        units.store(s + 2 * hidden, hn);
      }
    });
  }

  /// The gate n and the new state.
  template <int Columns>
  VAECOLLAPSE_INLINE void end_n(Index panel, Index first, const Pack (&in_n)[Columns],
                                const Pack (&gate_u)[Columns]) const {
    const Index hidden = weights.hidden();
    const auto units = units_of(panel);
    unroll<Columns>([&](auto j) VAECOLLAPSE_INLINE_LAMBDA {
      const Pack n = simd::tanh(in_n[j]);
      const Pack h = before.data == nullptr ? simd::broadcast<Scalar>(0)
                                            : units.load(before.column(first + j));
      units.store(after.column(first + j), simd::fma(gate_u[j], h - n, n));
      if (saved.data != nullptr) units.store(saved.column(first + j) + 3 * hidden, n);
    });
  }
};

}  // namespace detail

/// The sums of products and biases for all columns before a sequence runs; see `gate_input_sums`.
/// \shape sums [3H x N]
template <class Scalar>
void gru_input_sums(const SequencePlan& plan, Index hidden, const GruBiases<Scalar>& biases,
                    std::span<const GruProduct<Scalar>> products, View<Scalar> sums, Team& team) {
  gate_input_sums<detail::gru_added_biases>(plan, hidden, biases, products, sums, team);
}

/// One step for the n columns `column` and following, and for some panels of units, on the caller's
/// thread.
/// \shape before [H x n], or empty for zeros; after [H x n]; saved [4H x n] receives r, u,
/// U_n h + b'_n, n for the backward pass, or is empty
/// \pre weights that are not packed multiply one column, which is saved: its products are kept
/// there \cost 6 H (I + H) n flops, where I counts what `inputs` multiplies
template <class Scalar>
void gru_step_forward(const RecurrentGates<Scalar>& weights, const GruBiases<Scalar>& biases,
                      const GruInputs<Scalar>& inputs, Index column, View<const Scalar> before,
                      View<Scalar> after, View<Scalar> saved, PanelRange panels) {
  const detail::GruStep<Scalar> step{weights, biases, inputs, column, before, after, saved};
  if (weights.as_they_lie() && before.data != nullptr) {
    VAECOLLAPSE_ASSERT(after.columns == 1 && saved.data != nullptr);
    weights.multiply(panels, before.data, saved.data);
  }
  // Packed weights that are fetched ahead come fastest in one run.
  if (after.columns == 1 && (weights.as_they_lie() || weights.ahead() == 0)) {
    for_each_tile<panels_together<gru_gates>>(Index{0}, panels.count(), [&](Index i, auto some) {
      step.template column_alone<some>(panels.after(i, some), 0);
    });
    return;
  }
  for (Index i = 0; i < panels.count(); ++i) {
    for_each_tile(Index{0}, after.columns, [&](Index j, auto columns) {
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
void gru_step_forward(const RecurrentGates<Scalar>& weights, const GruBiases<Scalar>& biases,
                      const GruInputs<Scalar>& inputs, View<const Scalar> before,
                      View<Scalar> after, Team& team) {
  if (threads_share_steps<Scalar>(after.columns, weights.hidden(), team)) {
    team.split(weights.panels(), [&](Index first, Index last) {
      gru_step_forward<Scalar>(weights, biases, inputs, 0, before, after, {}, {first, last});
    });
    return;
  }
  split_columns(team, after.columns, [&](Index first, Index count) {
    gru_step_forward<Scalar>(weights, biases, inputs, first, before.middle_columns(first, count),
                             after.middle_columns(first, count), {}, {0, weights.panels()});
  });
}

namespace detail {

/// The steps of a sequence, for some rows and some panels of units each.
template <class Scalar>
struct GruForward {
  const SequencePlan& plan;
  Direction direction;
  const RecurrentGates<Scalar>& weights;
  const GruBiases<Scalar>& biases;
  const GruInputs<Scalar>& inputs;
  View<const Scalar> h0;  ///< [H x B] in the plan's order, or empty for zeros
  View<Scalar> h;         ///< [H x N]
  View<Scalar> saved;     ///< [4H x N], or empty

  void units(Index step, Index first, Index last, PanelRange panels) const {
    // Back and forth: the packed panels that were read last are still near.
    panels.backwards = weights.far() && step % 2 != 0;
    const auto run = [&](Index begin, Index end, View<const Scalar> before) {
      const Index column = plan.offset(step) + begin, count = end - begin;
      gru_step_forward<Scalar>(weights, biases, inputs, column, before,
                               h.middle_columns(column, count), saved.middle_columns(column, count),
                               panels);
    };
    for_each_before<Scalar>(plan, direction, step, first, last, h0, h, run);
  }
};

}  // namespace detail

/// A whole ragged sequence, see `for_each_step`. `before_step(step, first, last)` runs before the
/// rows first .. last of a step are computed: attention computes its part of `inputs` there.
/// \shape h0 [H x B] in the plan's order, or empty for zeros; h [H x N]; saved [4H x N] or empty
/// \pre weights that are not packed multiply one row, which is saved
template <class Scalar, class Hook = NoStepHook>
void gru_sequence_forward(const SequencePlan& plan, Direction direction,
                          const RecurrentGates<Scalar>& weights, const GruBiases<Scalar>& biases,
                          const GruInputs<Scalar>& inputs, View<const Scalar> h0, View<Scalar> h,
                          View<Scalar> saved, Team& team, const Hook& before_step = {}) {
  const detail::GruForward<Scalar> gru{plan, direction, weights, biases, inputs, h0, h, saved};
  for_each_step(plan, direction, gru, weights.panels(),
                threads_share_steps<Scalar>(plan.batch(), weights.hidden(), team), team,
                before_step, NoStepHook());
}

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI::kernels

VAECOLLAPSE_END_QUIET
