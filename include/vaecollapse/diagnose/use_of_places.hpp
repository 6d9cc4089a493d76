// What a diagnosis finds of a model whose z is a sequence: how much of it is used, and by which
// way.
#pragma once

#include <algorithm>
#include <optional>
#include <vector>

#include <vaecollapse/core/shape.hpp>
#include <vaecollapse/metrics/use_of_z.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

/// The cost of each change of z, or of what the decoder makes of it. The rows keep their own number
/// of places, so that what this number shows is not counted as a use of z.
/// \unit nats per word; accuracy in 0 .. 1
struct UseOfPlaces {
  std::optional<Ablation> permuted{};      ///< the z of another row of as many places
  Index alone = 0;                         ///< rows that are left out of it: no other has as many
  Ablation zeroed;                         ///< every z_s = 0: the mean of the prior, without z
  std::optional<double> prior_nll_rise{};  ///< z from the prior, where there is one

  std::optional<Ablation> without_mean{};      ///< the decoder's mean over places at 0
  std::optional<Ablation> without_attended{};  ///< what it attends to, c_t, at 0

  std::optional<Ablation> global_permuted{};  ///< the global z of another row
  std::optional<Ablation> places_permuted{};  ///< the places of another row with as many
  std::vector<Ablation> zeroed_global{};      ///< with a dimension of that vector at 0; probe rows
  std::vector<double> global_sensitivity{};   ///< of the logits to each of them; probe rows

  /// What of z the decoder uses: the least by which the NLL rises without the row's own z, and no
  /// more than the rate, which bounds the information from above.
  double used(double rate) const {
    double least = std::min(rate, zeroed.nll_rise.value);
    if (permuted) least = std::min(least, permuted->nll_rise.value);
    if (prior_nll_rise) least = std::min(least, *prior_nll_rise);
    return std::max(least, 0.0);
  }
};

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
