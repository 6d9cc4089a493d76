// The sums that the gates of a recurrent cell start from, before the state is multiplied: biases
// and what is known of the inputs.
#pragma once

#include <span>

#include <vaecollapse/core/sequence.hpp>
#include <vaecollapse/core/team.hpp>
#include <vaecollapse/core/view.hpp>
#include <vaecollapse/kernels/chunk.hpp>
#include <vaecollapse/kernels/gate_panels.hpp>
#include <vaecollapse/kernels/gemm.hpp>
#include <vaecollapse/kernels/recurrent.hpp>
#include <vaecollapse/kernels/sequence_order.hpp>
#include <vaecollapse/kernels/tile.hpp>

VAECOLLAPSE_BEGIN_QUIET

namespace vaecollapse::inline VAECOLLAPSE_ABI::kernels {

/// Inputs that are multiplied as the sequence runs, by weights with so many gates.
template <class Scalar, int Gates>
using GateProduct = RecurrentProduct<Scalar, PackedGates<Scalar, Gates>>;

/// The inputs of so many gates.
template <class Scalar, int Gates>
using GateInputs = RecurrentInputs<Scalar, PackedGates<Scalar, Gates>>;

namespace detail {

/// The sums of biases and products for the gates of one panel of units, where the recurrent
/// products are added. Of the recurrent biases those of the first `Added` gates are added: that of
/// a GRU's n waits, as it is behind the gate r.
template <int Added, int Gates, int Columns, class Scalar>
VAECOLLAPSE_INLINE void gate_input_tile(Index hidden, const RecurrentBiases<Scalar>& biases,
                                        std::span<const GateProduct<Scalar, Gates>> products,
                                        Index panel, Index column,
                                        Tile<Scalar, Gates, Columns>& sums) {
  const auto units = chunk_at<Scalar>(panel * simd::lanes<Scalar>, hidden);
  simd::Pack<Scalar> start[Gates];
  unroll<Gates>([&](auto gate) VAECOLLAPSE_INLINE_LAMBDA {
    start[gate] = units.load(biases.input + gate * hidden);
    if (gate < Added) start[gate] = start[gate] + units.load(biases.recurrent + gate * hidden);
  });
  unroll<Columns>([&](auto j) VAECOLLAPSE_INLINE_LAMBDA {
    unroll<Gates>([&](auto gate) VAECOLLAPSE_INLINE_LAMBDA { sums[j][gate] = start[gate]; });
  });
  for (const auto& [of_x, x] : products) {
    multiply_tile<Gates, Columns>(of_x.depth, of_x.panel(panel), x.column(column), 1, x.leading,
                                  sums);
  }
}

/// The sums of inputs and biases for one panel of units: those that are known, or from
/// `gate_input_tile`.
template <int Added, int Gates, int Columns, class Scalar>
VAECOLLAPSE_INLINE void begin_gates(Index hidden, const RecurrentBiases<Scalar>& biases,
                                    const GateInputs<Scalar, Gates>& inputs, Index panel,
                                    Index column, Tile<Scalar, Gates, Columns>& sums) {
  if (inputs.sums.data == nullptr) {
    gate_input_tile<Added, Gates, Columns>(hidden, biases, inputs.products, panel, column, sums);
    return;
  }
  const auto units = chunk_at<Scalar>(panel * simd::lanes<Scalar>, hidden);
  unroll<Columns>([&](auto j) VAECOLLAPSE_INLINE_LAMBDA {
    const Scalar* start = inputs.sums.column(column + j);
    unroll<Gates>([&](auto gate) VAECOLLAPSE_INLINE_LAMBDA {
      sums[j][gate] = units.load(start + gate * hidden);
    });
  });
}

/// Adds recurrent products that are known. \shape products [Gates H]
template <int Gates, class Scalar>
void add_known_products(Chunk<Scalar> units, Index hidden, const Scalar* products,
                        Tile<Scalar, Gates, 1>& sums) {
  for (Index gate = 0; gate < Gates; ++gate) {
    sums[0][gate] = sums[0][gate] + units.load(products + gate * hidden);
  }
}

}  // namespace detail

/// The sums of products and biases for all columns before a sequence runs, with the same bits as
/// step by step. For fewer rows than a tile has columns: the inputs' weights are read once for a
/// tile of steps, and not at every step. A thread that takes the same part in all steps computes
/// the sums of this part, so that they stay in its cache.
/// \shape sums [Gates H x N]
template <int Added, int Gates, class Scalar>
void gate_input_sums(const SequencePlan& plan, Index hidden, const RecurrentBiases<Scalar>& biases,
                     std::span<const GateProduct<Scalar, Gates>> products, View<Scalar> sums,
                     Team& team) {
  const Index panels = (hidden + simd::lanes<Scalar> - 1) / simd::lanes<Scalar>;
  const auto compute = [&](PanelRange some, Index begin, Index end) {
    for (Index panel = some.first; panel < some.last; ++panel) {
      const auto units = chunk_at<Scalar>(panel * simd::lanes<Scalar>, hidden);
      for_each_tile<gate_columns<Gates>>(begin, end, [&](Index column, auto columns) {
        Tile<Scalar, Gates, columns> tile;
        detail::gate_input_tile<Added, Gates, columns>(hidden, biases, products, panel, column,
                                                       tile);
        for (Index j = 0; j < columns; ++j) {
          for (Index gate = 0; gate < Gates; ++gate) {
            units.store(sums.column(column + j) + gate * hidden, tile[j][gate]);
          }
        }
      });
    }
  };
  if (threads_share_steps<Scalar>(plan.batch(), hidden, team, Gates)) {
    team.split(panels, [&](Index first, Index last) { compute({first, last}, 0, sums.columns); });
  } else if (plan.batch() <= border_rows) {
    compute({0, panels}, 0, sums.columns);
  } else {
    split_columns(team, sums.columns, [&](Index first, Index count) {
      compute({0, panels}, first, first + count);
    });
  }
}

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI::kernels

VAECOLLAPSE_END_QUIET
