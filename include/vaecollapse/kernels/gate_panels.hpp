// How the weights of recurrent gates are read: packed into panels in which the gates of the same
// units lie side by side, or, for a row alone, as they lie. A GRU has three gates, an LSTM four.
#pragma once

#include <algorithm>

#include <vaecollapse/core/team.hpp>
#include <vaecollapse/core/view.hpp>
#include <vaecollapse/kernels/chunk.hpp>
#include <vaecollapse/kernels/gemm.hpp>
#include <vaecollapse/kernels/gemv.hpp>
#include <vaecollapse/kernels/tile.hpp>

VAECOLLAPSE_BEGIN_QUIET

namespace vaecollapse::inline VAECOLLAPSE_ABI::kernels {

/// Gates of a GRU: r, u, n.
inline constexpr int gru_gates = 3;
/// Gates of an LSTM: i, f, g, o.
inline constexpr int lstm_gates = 4;

/// The panels first .. last of packed weights. Those of the forward pass hold the gates of one
/// vector of units, those of the backward pass some vectors of units; of plain weights each vector
/// of units counts as a panel.
struct PanelRange {
  Index first;
  Index last;
  /// From the last one to the first.
  bool backwards = false;

  Index count() const { return last - first; }
  /// Where `some` panels begin that come after i others.
  Index after(Index i, Index some = 1) const { return backwards ? last - i - some : first + i; }
};

/// What stays in the second level of cache from one step of a sequence to the next. \unit bytes
inline constexpr Index second_level = Index{1} << 20;

/// How far ahead weights are fetched from beyond it. That helps where vectors are whole cache
/// lines: few columns then use weights faster than the hardware fetches them by itself.
template <class Scalar>
inline constexpr Index weights_ahead = sizeof(simd::Pack<Scalar>) == 64 ? 1024 / sizeof(Scalar) : 0;

/// Columns in a full tile of gates: as many sums as a full tile of a product has.
template <int Gates>
inline constexpr int gate_columns = VAECOLLAPSE_SMALL              ? 1
                                    : VAECOLLAPSE_SANITIZED        ? 2
                                    : simd::vector_registers == 32 ? 24 / Gates
                                                                   : 12 / Gates;

/// Panels of gates that are multiplied at once with a column alone.
template <int Gates>
inline constexpr int panels_together = VAECOLLAPSE_SMALL                          ? 1
                                       : Gates > 3 && simd::vector_registers < 32 ? 2
                                                                                  : 4;

/// Rows in a panel of gates.
template <class Scalar, int Gates = gru_gates>
inline constexpr Index gate_rows = Gates* simd::lanes<Scalar>;

/// Weights [K x Gates H] packed for the forward pass: a panel holds the columns of all gates of the
/// same few units, so that a tile ends with all it needs for their new state.
template <class Scalar, int Gates = gru_gates>
struct PackedGates {
  const Scalar* data = nullptr;  ///< [packed_gates_size(K, H)], panel after panel
  Index depth = 0;
  Index hidden = 0;

  Index panels() const { return (hidden + simd::lanes<Scalar> - 1) / simd::lanes<Scalar>; }
  const Scalar* panel(Index p) const { return data + p * gate_rows<Scalar, Gates> * depth; }
};

/// How many numbers `pack_gates` writes; their memory is that of `packed_size`.
/// \shape weights [depth x Gates hidden]
template <class Scalar, int Gates = gru_gates>
constexpr Index packed_gates_size(Index depth, Index hidden) {
  return detail::round_up(hidden, simd::lanes<Scalar>) * Gates * depth;
}

/// Packs the gates of each run of units side by side. \shape weights [K x Gates H]
template <class Scalar, int Gates = gru_gates>
PackedGates<Scalar, Gates> pack_gates(View<const Scalar> weights, Scalar* memory, Team& team) {
  constexpr Index lanes = simd::lanes<Scalar>, rows = gate_rows<Scalar, Gates>;
  const Index depth = weights.rows, hidden = weights.columns / Gates;
  const PackedGates<Scalar, Gates> packed{memory, depth, hidden};
  team.split(packed.panels(), [&](Index first, Index last) {
    for (Index p = first; p < last; ++p) {
      Scalar* to = memory + p * rows * depth;
      for (Index gate = 0; gate < Gates; ++gate) {
        const Index column = gate * hidden + p * lanes;
        const Index next = gate + 1 < Gates ? column + hidden : (p + 1) * lanes;
        detail::pack_vector_transposed(weights, column, (gate + 1) * hidden, next, rows,
                                       to + gate * lanes);
      }
    }
  });
  return packed;
}

/// Weights [K x Gates H] packed for the forward pass, as a form that contexts can keep.
template <class Scalar, int Gates = gru_gates>
struct GatePanels {
  using Packed = PackedGates<Scalar, Gates>;
  static Index size(View<const Scalar> w) {
    return packed_gates_size<Scalar, Gates>(w.rows, w.columns / Gates);
  }
  static Packed in(const Scalar* memory, View<const Scalar> w) {
    return {memory, w.rows, w.columns / Gates};
  }
  static Packed pack(View<const Scalar> w, Scalar* memory, Team& team) {
    return pack_gates<Scalar, Gates>(w, memory, team);
  }
};

/// Recurrent weights as the forward pass reads them: packed, or as they lie. Packing takes as long
/// as some steps of a row alone; weights as they lie are for such a row, and only where it is
/// saved.
template <class Scalar, int Gates = gru_gates>
class RecurrentGates {
 public:
  RecurrentGates(const PackedGates<Scalar, Gates>& packed)
      : packed_(packed), hidden_(packed.hidden) {}
  explicit RecurrentGates(View<const Scalar> plain) : plain_(plain), hidden_(plain.rows) {}

  Index hidden() const { return hidden_; }
  Index panels() const { return (hidden_ + simd::lanes<Scalar> - 1) / simd::lanes<Scalar>; }

  bool as_they_lie() const { return packed_.data == nullptr; }
  /// Whether they are as much as the second level of cache holds, or more.
  bool far() const { return Gates * hidden_ * hidden_ * Index{sizeof(Scalar)} >= second_level; }
  /// How far ahead few columns fetch them, in numbers, or 0.
  Index ahead() const { return far() ? weights_ahead<Scalar> : 0; }

  /// Adds U^T h of one panel's units to the sums of their gates. \pre the weights are packed
  /// \shape h [H x Columns]
  template <int Columns>
  VAECOLLAPSE_INLINE void add_product(Index panel, View<const Scalar> h,
                                      Tile<Scalar, Gates, Columns>& sums) const {
    VAECOLLAPSE_ASSERT(!as_they_lie());
    constexpr bool few = 2 * Columns <= tile_columns;
    multiply_tile<Gates, Columns>(hidden_, packed_.panel(panel), h.data, 1, h.leading, sums,
                                  few ? ahead() : 0);
  }

  /// The same for one column and some panels, from `panel` on. \shape h [H]
  template <int Panels>
  void add_product(Index panel, const Scalar* h, Tile<Scalar, Gates, 1> (&sums)[Panels]) const {
    VAECOLLAPSE_ASSERT(!as_they_lie());
    multiply_panels(hidden_, packed_.panel(panel), h, sums, ahead());
  }

  /// U^T h of some panels' units, for all gates, of weights as they lie.
  /// \shape h [H], product [Gates H]
  void multiply(PanelRange panels, const Scalar* h, Scalar* product) const {
    const Index first = panels.first * simd::lanes<Scalar>;
    const Index last = std::min(panels.last * simd::lanes<Scalar>, hidden_);
    for (Index gate = 0; gate < Gates; ++gate) {
      const Index column = gate * hidden_ + first;
      dot_columns(plain_.middle_columns(column, last - first), h, product + column, ahead());
    }
  }

 private:
  PackedGates<Scalar, Gates> packed_{};  ///< [H x Gates H], or empty
  View<const Scalar> plain_{};           ///< [H x Gates H], or empty
  Index hidden_;
};

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI::kernels

VAECOLLAPSE_END_QUIET
