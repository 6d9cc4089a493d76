// How an LSTM's pass back reads the recurrent weights: packed into panels, or, for a row alone, as
// they lie.
#pragma once

#include <algorithm>

#include <vaecollapse/core/view.hpp>
#include <vaecollapse/kernels/gate_panels.hpp>
#include <vaecollapse/kernels/gemm.hpp>
#include <vaecollapse/kernels/gemv.hpp>
#include <vaecollapse/simd/gate.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI::kernels {

/// Recurrent weights as the backward pass reads them: from `pack`, or, for a row alone, as they
/// lie.
template <class Scalar>
class LstmGatesBackward {
 public:
  LstmGatesBackward(const PackedPanels<Scalar>& packed) : packed_(packed) {}
  explicit LstmGatesBackward(View<const Scalar> plain) : plain_(plain) {}

  Index hidden() const { return plain_.data != nullptr ? plain_.rows : packed_.rows; }
  Index panels() const {
    return plain_.data != nullptr ? (plain_.rows + simd::lanes<Scalar> - 1) / simd::lanes<Scalar>
                                  : packed_.panels();
  }

  /// dh = U d, for the units of some panels.
  /// \shape d [4H x n] in the order i, f, g, o; dh [H x n]
  void multiply(View<const Scalar> d, View<Scalar> dh, PanelRange panels) const {
    if (plain_.data == nullptr) {
      gemm_panels(packed_, as_is(d), dh, Output::replace, panels.first, panels.last);
      return;
    }
    const Index first = panels.first * simd::lanes<Scalar>;
    const Index count = std::min(panels.last * simd::lanes<Scalar>, plain_.rows) - first;
    for (Index j = 0; j < d.columns; ++j) {
      std::fill_n(dh.column(j) + first, count, Scalar(0));
      add_product(plain_.middle_rows(first, count), d.column(j), dh.column(j) + first);
    }
  }

 private:
  PackedPanels<Scalar> packed_{};  ///< [H x 4H], or empty
  View<const Scalar> plain_{};     ///< [H x 4H], or empty
};

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI::kernels
