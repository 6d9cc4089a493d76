// Ablations, which show whether the decoder uses z: the loss of quality with another z.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include <vaecollapse/core/check.hpp>
#include <vaecollapse/metrics/estimate.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

/// The NLL of each row of a corpus, and whether its guess is right.
struct RowOutcomes {
  std::vector<double> nll;    ///< \unit nats
  std::vector<double> right;  ///< 1 or 0
};

/// The cost of a change of z. Differences are taken row by row, so the difficulty of a row cancels.
struct Ablation {
  Estimate nll_rise;       ///< \unit nats per word
  Estimate accuracy_fall;  ///< 0 .. 1; may be negative
};

/// The mean by which one figure exceeds the other over the same rows.
/// \throws Error if there are no rows, or not the same
inline Estimate mean_difference(std::span<const double> more, std::span<const double> less) {
  if (more.size() != less.size()) {
    detail::raise_error(
        {"ablation: rows are ", more.size(), " and ", less.size(), ": they must be the same rows"});
  }
  std::vector<double> differences(more.begin(), more.end());
  for (std::size_t i = 0; i < less.size(); ++i) differences[i] -= less[i];
  return mean_of_rows(differences);
}

/// \param own with each row's own z \param changed with the z that is put in its place
/// \throws Error if there are no rows, or not the same
inline Ablation ablation(const RowOutcomes& own, const RowOutcomes& changed) {
  return {.nll_rise = mean_difference(changed.nll, own.nll),
          .accuracy_fall = mean_difference(own.right, changed.right)};
}

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
