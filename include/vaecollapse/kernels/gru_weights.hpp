// How a GRU's weights are read: packed into panels whose units' gates lie side by side, or, for a
// row alone, as they lie.
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

/// Rows in a panel of gates.
template <class Scalar>
inline constexpr Index gate_rows = 3 * simd::lanes<Scalar>;

/// Weights [K x 3H] packed for the forward pass: a panel holds the r, u and n columns of the same
/// few units, so that a tile ends with all it needs for their new state.
template <class Scalar>
struct PackedGates {
  const Scalar* data = nullptr;  ///< [packed_gates_size(K, H)], panel after panel
  Index depth = 0;
  Index hidden = 0;

  Index panels() const { return (hidden + simd::lanes<Scalar> - 1) / simd::lanes<Scalar>; }
  const Scalar* panel(Index p) const { return data + p * gate_rows<Scalar> * depth; }
};

/// How many numbers `pack_gates` writes; their memory is that of `packed_size`.
/// \shape weights [depth x 3 hidden]
template <class Scalar>
constexpr Index packed_gates_size(Index depth, Index hidden) {
  return detail::round_up(hidden, simd::lanes<Scalar>) * 3 * depth;
}

/// Packs the three gates of each run of units side by side.
template <class Scalar>
PackedGates<Scalar> pack_gates(View<const Scalar> weights, Scalar* memory, Team& team) {
  constexpr Index lanes = simd::lanes<Scalar>;
  const Index depth = weights.rows, hidden = weights.columns / 3;
  const PackedGates<Scalar> packed{memory, depth, hidden};
  team.split(packed.panels(), [&](Index first, Index last) {
    for (Index p = first; p < last; ++p) {
      Scalar* to = memory + p * gate_rows<Scalar> * depth;
      for (Index gate = 0; gate < 3; ++gate) {
        const Index column = gate * hidden + p * lanes;
        const Index next = gate < 2 ? column + hidden : (p + 1) * lanes;
        detail::pack_vector_transposed(weights, column, (gate + 1) * hidden, next,
                                       gate_rows<Scalar>, to + gate * lanes);
      }
    }
  });
  return packed;
}

/// Weights [K x 3H] packed for the forward pass, as a form that contexts can keep.
template <class Scalar>
struct GatePanels {
  using Packed = PackedGates<Scalar>;
  static Index size(View<const Scalar> w) {
    return packed_gates_size<Scalar>(w.rows, w.columns / 3);
  }
  static Packed in(const Scalar* memory, View<const Scalar> w) {
    return {memory, w.rows, w.columns / 3};
  }
  static Packed pack(View<const Scalar> w, Scalar* memory, Team& team) {
    return pack_gates(w, memory, team);
  }
};

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

/// Recurrent weights as the forward pass reads them: packed, or as they lie. Packing takes as long
/// as some steps of a row alone; weights as they lie are for such a row, and only where it is
/// saved.
template <class Scalar>
class RecurrentGates {
 public:
  RecurrentGates(const PackedGates<Scalar>& packed) : packed_(packed), hidden_(packed.hidden) {}
  explicit RecurrentGates(View<const Scalar> plain) : plain_(plain), hidden_(plain.rows) {}

  Index hidden() const { return hidden_; }
  Index panels() const { return (hidden_ + simd::lanes<Scalar> - 1) / simd::lanes<Scalar>; }

  bool as_they_lie() const { return packed_.data == nullptr; }
  /// Whether they are more than the second level of cache holds.
  bool far() const { return 3 * hidden_ * hidden_ * Index{sizeof(Scalar)} > second_level; }
  /// How far ahead few columns fetch them, in numbers, or 0.
  Index ahead() const { return far() ? weights_ahead<Scalar> : 0; }

  /// Adds U^T h of one panel's units to the sums of their gates. \pre the weights are packed
  /// \shape h [H x Columns]
  template <int Columns>
  VAECOLLAPSE_INLINE void add_product(Index panel, View<const Scalar> h,
                                      Tile<Scalar, 3, Columns>& sums) const {
    VAECOLLAPSE_ASSERT(!as_they_lie());
    constexpr bool few = 2 * Columns <= tile_columns;
    multiply_tile<3, Columns>(hidden_, packed_.panel(panel), h.data, 1, h.leading, sums,
                              few ? ahead() : 0);
  }

  /// The same for one column and some panels, from `panel` on. \shape h [H]
  template <int Panels>
  void add_product(Index panel, const Scalar* h, Tile<Scalar, 3, 1> (&sums)[Panels]) const {
    VAECOLLAPSE_ASSERT(!as_they_lie());
    multiply_panels(hidden_, packed_.panel(panel), h, sums, ahead());
  }

  /// U^T h of some panels' units, for all gates, of weights as they lie.
  /// \shape h [H], product [3H]
  void multiply(PanelRange panels, const Scalar* h, Scalar* product) const {
    const Index first = panels.first * simd::lanes<Scalar>;
    const Index last = std::min(panels.last * simd::lanes<Scalar>, hidden_);
    for (Index gate = 0; gate < 3; ++gate) {
      const Index column = gate * hidden_ + first;
      dot_columns(plain_.middle_columns(column, last - first), h, product + column, ahead());
    }
  }

 private:
  PackedGates<Scalar> packed_{};  ///< [H x 3H], or empty
  View<const Scalar> plain_{};    ///< [H x 3H], or empty
  Index hidden_;
};

/// Recurrent weights as the backward pass reads them: from `pack_gates_for_backward`, or, for a row
/// alone, as they lie.
template <class Scalar>
class RecurrentGatesBackward {
 public:
  RecurrentGatesBackward(const PackedPanels<Scalar>& packed) : packed_(packed) {}
  explicit RecurrentGatesBackward(View<const Scalar> plain) : plain_(plain) {}

  Index hidden() const { return plain_.data != nullptr ? plain_.rows : packed_.rows; }
  Index panels() const {
    return plain_.data != nullptr ? (plain_.rows + simd::lanes<Scalar> - 1) / simd::lanes<Scalar>
                                  : packed_.panels();
  }

  /// dh += U d, for the units of some panels.
  /// \shape d [3H x n] in the order n, r, u; dh [H x n]
  void add_product(View<const Scalar> d, View<Scalar> dh, PanelRange panels) const {
    if (plain_.data == nullptr) {
      gemm_panels(packed_, as_is(d), dh, Output::accumulate, panels.first, panels.last);
      return;
    }
    const Index hidden = plain_.rows, first = panels.first * simd::lanes<Scalar>;
    const auto units =
        plain_.middle_rows(first, std::min(panels.last * simd::lanes<Scalar>, hidden) - first);
    for (Index j = 0; j < d.columns; ++j) {
      kernels::add_product(units.middle_columns(2 * hidden, hidden), d.column(j),
                           dh.column(j) + first);
      kernels::add_product(units.middle_columns(0, 2 * hidden), d.column(j) + hidden,
                           dh.column(j) + first);
    }
  }

 private:
  PackedPanels<Scalar> packed_{};  ///< [H x 3H], or empty
  View<const Scalar> plain_{};     ///< [H x 3H], or empty
};

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI::kernels

VAECOLLAPSE_END_QUIET
