// Stored scores of rows: their means, and the verdict on them. No network is needed.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include <vaecollapse/metrics/estimate.hpp>
#include <vaecollapse/metrics/sequence_parts.hpp>
#include <vaecollapse/metrics/use_of_z.hpp>
#include <vaecollapse/metrics/verdict.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

/// One entry for each row; all of one size, or empty where they are not known.
struct RowScores {
  std::vector<double> right;              ///< 1 or 0
  std::vector<double> distance;           ///< Levenshtein, in code points
  std::vector<double> right_permuted;     ///< with the z of another row
  std::vector<double> distance_permuted;  ///< with the z of another row
  std::vector<double> nll;                ///< \unit nats
  std::vector<double> rate;               ///< \unit nats
  std::vector<double> nll_permuted;       ///< with the z of another row; \unit nats
  // Of sequences of latents:
  std::vector<double> places{};       ///< how many there are
  std::vector<double> length_rate{};  ///< the share of the rate that is their number; \unit nats
  /// With the z of another row of as many places, the own where there is none. \unit nats
  std::vector<double> nll_permuted_in_length{};

  /// \unit nats \pre as many NLLs as rates
  std::vector<double> elbo() const {
    std::vector<double> elbo;
    for (std::size_t i = 0; i < nll.size(); ++i) elbo.push_back(-(nll[i] + rate[i]));
    return elbo;
  }

  /// By the figures that there are.
  Verdict verdict(RowKind kind = RowKind::answer) const {
    const auto known = [](const std::vector<double>& column) {
      return column.empty() ? std::nullopt : std::optional(mean_of_rows(column).value);
    };
    const auto change = [](const std::vector<double>& more, const std::vector<double>& less) {
      MaybeEstimate mean_change;
      if (!more.empty() && !less.empty()) mean_change = mean_difference(more, less);
      return mean_change;
    };
    const auto shared = [&](const std::vector<double>& column) {
      return of_shared_places(places, column);
    };
    PermutedFigures in_length;
    if (!nll_permuted_in_length.empty()) {
      in_length.nll_rise = change(shared(nll_permuted_in_length), shared(nll));
    }
    return judge({.nll = known(nll),
                  .rate = known(rate),
                  .accuracy = known(right),
                  .distance = known(distance),
                  .permuted = {.nll_rise = change(nll_permuted, nll),
                               .accuracy_fall = change(right, right_permuted),
                               .distance_rise = change(distance_permuted, distance)},
                  .permuted_in_length = in_length,
                  .length_rate = known(length_rate),
                  .is_sequence = !places.empty(),
                  .row = name_of(kind),
                  .kind = kind});
  }
};

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
