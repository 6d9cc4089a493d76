// How a GRU's pass back reads the recurrent weights: packed into panels, or, for a row alone, as
// they lie.
#pragma once

#include <algorithm>

#include <vaecollapse/core/team.hpp>
#include <vaecollapse/core/view.hpp>
#include <vaecollapse/kernels/gate_panels.hpp>
#include <vaecollapse/kernels/gemm.hpp>
#include <vaecollapse/kernels/gemv.hpp>
#include <vaecollapse/simd/gate.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI::kernels {

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
