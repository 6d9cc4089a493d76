// Stored scores of rows: their means, and the verdict on them. No network is needed.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include <vaecollapse/metrics/estimate.hpp>
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

  /// \unit nats \pre as many NLLs as rates
  std::vector<double> elbo() const {
    std::vector<double> elbo;
    for (std::size_t i = 0; i < nll.size(); ++i) elbo.push_back(-(nll[i] + rate[i]));
    return elbo;
  }

  /// By the figures that there are.
  Verdict verdict() const {
    const auto known = [](const std::vector<double>& column) {
      return column.empty() ? std::nullopt : std::optional(mean_of_rows(column).value);
    };
    const auto change = [](const std::vector<double>& more, const std::vector<double>& less) {
      MaybeEstimate mean_change;
      if (!more.empty() && !less.empty()) mean_change = mean_difference(more, less);
      return mean_change;
    };
    return judge({.nll = known(nll),
                  .rate = known(rate),
                  .accuracy = known(right),
                  .distance = known(distance),
                  .permuted = {.nll_rise = change(nll_permuted, nll),
                               .accuracy_fall = change(right, right_permuted),
                               .distance_rise = change(distance_permuted, distance)}});
  }
};

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
