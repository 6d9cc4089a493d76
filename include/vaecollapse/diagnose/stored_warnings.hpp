// Reasons to doubt stored posteriors: signs that a file holds something else than its names say.
// Each can be told from the numbers; what cannot be told gives no warning.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include <vaecollapse/core/at.hpp>
#include <vaecollapse/core/shape.hpp>
#include <vaecollapse/core/text.hpp>
#include <vaecollapse/diagnose/stored_posteriors.hpp>
#include <vaecollapse/metrics/estimate.hpp>
#include <vaecollapse/metrics/verdict.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

namespace detail {

/// The mean of (z - mu)^2 over the variance that `variance_of` makes of what is stored as logvar.
/// It is 1 for draws of such posteriors; empty where one of the variances is not positive.
template <class VarianceOf>
std::optional<double> scatter(const StoredPosteriors& stored, VarianceOf variance_of) {
  const auto latent = static_cast<std::size_t>(stored.latent);
  const std::size_t of_row = latent * static_cast<std::size_t>(stored.samples);
  double sum = 0;
  for (std::size_t i = 0; i < stored.z.size(); ++i) {
    const std::size_t own = i / of_row * latent + i % latent;
    const double away = stored.z[i] - stored.mu[own];
    const double variance = variance_of(stored.logvar[own]);
    if (!(variance > 0)) return std::nullopt;
    sum += away * away / variance;
  }
  return sum / static_cast<double>(stored.z.size());
}

/// z must scatter about mu as logvar tells. The limit is six standard errors, and a tenth for
/// numbers of 16 bits.
inline std::optional<std::string> scatter_warning(const StoredPosteriors& stored) {
  if (!stored.is_gaussian() || stored.z.empty()) return std::nullopt;
  const double limit = 0.1 + 6 * std::sqrt(2 / static_cast<double>(stored.z.size()));
  const auto fits = [&](const std::optional<double>& ratio) {
    return ratio && std::abs(*ratio - 1) < limit;
  };
  const double found = scatter(stored, [](double logvar) { return std::exp(logvar); }).value_or(0);
  if (fits(found)) return std::nullopt;
  const std::string text = formatted(
      "z lies off mu by %.3g of the variance exp(logvar), on average, where draws lie off by 1: ",
      found);
  if (found == 0) return text + "z is mu itself, not a draw";
  if (fits(scatter(stored, [](double log_sigma) { return std::exp(2 * log_sigma); }))) {
    return text + "logvar holds log sigma, of which it must be twice";
  }
  if (fits(scatter(stored, [](double sigma) { return sigma > 0 ? sigma * sigma : 0; }))) {
    return text + "logvar holds sigma: it must be 2 log sigma";
  }
  if (fits(scatter(stored, [](double variance) { return variance; }))) {
    return text + "logvar holds the variance: it must be its logarithm";
  }
  return text + "z was not drawn from these posteriors";
}

/// No posterior is narrower than the prior in any dimension, which a KL has no reason for.
inline std::optional<std::string> width_warning(const std::vector<double>& logvar) {
  if (logvar.empty()) return std::nullopt;
  const auto [least, most] = std::minmax_element(logvar.begin(), logvar.end());
  if (*least < 0 || *most < 0.05) return std::nullopt;
  return formatted(
      "logvar is nowhere below 0 (%.3g to %.3g), so no posterior is narrower than N(0, I): sigma "
      "and the variance are never below 0, their logarithms are",
      *least, *most);
}

/// The diagonal of log_q_pairs is log_q of the first draw of each row.
inline std::optional<std::string> pairs_warning(const StoredPosteriors& stored) {
  if (stored.log_q_pairs.empty() || stored.log_q.empty()) return std::nullopt;
  double away = 0, size = 0;
  for (Index n = 0; n < stored.rows; ++n) {
    const double own = at(stored.log_q, n * stored.samples);
    away += std::abs(at(stored.log_q_pairs, n * (stored.rows + 1)) - own);
    size += 1 + std::abs(own);
  }
  constexpr double of_16_bits = 0.02;
  if (away <= of_16_bits * size) return std::nullopt;
  return formatted(
      "log_q_pairs has other numbers for a row's own z than log_q, by %.3g nats on average: the "
      "mutual information is not that of these draws",
      away / static_cast<double>(stored.rows));
}

/// Where every row has the same q(z|x), another row's z is as good as its own.
inline std::optional<std::string> same_posteriors_warning(const StoredPosteriors& stored,
                                                          const MaybeEstimate& nll_rise) {
  if (!stored.is_gaussian() || !nll_rise) return std::nullopt;
  if (std::abs(nll_rise->value) <= 6 * nll_rise->standard_error) return std::nullopt;
  const auto repeats = [&](const std::vector<double>& values) {
    return std::equal(values.begin() + stored.latent, values.end(), values.begin());
  };
  if (!repeats(stored.mu) || !repeats(stored.logvar)) return std::nullopt;
  return "mu and logvar are the same in every row, so the z of another row cannot cost more than "
         "its own: nll or nll_permuted belong to other posteriors";
}

/// A loss that was averaged before it was stored, and a permutation that was forgotten.
inline void add_row_warnings(const StoredPosteriors& stored, std::vector<std::string>& all) {
  const std::vector<double>& nll = stored.nll;
  if (!nll.empty() &&
      std::all_of(nll.begin(), nll.end(), [&](double one) { return one == nll.front(); })) {
    all.emplace_back(
        "nll is the same in every row: it must be that of each row, not the mean of a batch "
        "(reduction='none' in PyTorch, then a sum over each row)");
  } else if (!nll.empty() && stored.nll_permuted == nll) {
    all.emplace_back(
        "nll_permuted is nll in every row: either the decoder does not read z, or it was given the "
        "row's own");
  }
}

/// \param computed from mu and logvar, or from log densities \param given as stored
inline std::optional<std::string> kl_warning(const Estimate& computed, const Estimate& given,
                                             const Estimate& difference) {
  const double least = 0.05 + 0.02 * std::abs(computed.value);
  const bool is_known = std::abs(difference.value) > least &&
                        std::abs(difference.value) > 4 * difference.standard_error;
  if (!is_known) return std::nullopt;
  return formatted(
      "kl is %.2f nats a row, where the posteriors give %.2f: kl has a weight, is clipped or a "
      "mean "
      "over dimensions, or logvar is no log variance, or the prior is not N(0, I)",
      given.value, computed.value);
}

}  // namespace detail

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
