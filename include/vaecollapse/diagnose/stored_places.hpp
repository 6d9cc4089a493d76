// Stored posteriors of sequences of latents: their places without what pads them.
#pragma once

#include <algorithm>
#include <cstddef>
#include <optional>
#include <vector>

#include <vaecollapse/core/at.hpp>
#include <vaecollapse/core/shape.hpp>
#include <vaecollapse/diagnose/stored_posteriors.hpp>
#include <vaecollapse/metrics/kl_of_places.hpp>
#include <vaecollapse/metrics/latent_rows.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI::detail {

/// Where the places of each row stand, one behind the other.
inline std::vector<PlaceRange> place_ranges(const StoredPosteriors& stored) {
  std::vector<PlaceRange> ranges;
  Index first = 0;
  for (const double places : stored.places) {
    ranges.push_back({first, static_cast<Index>(places)});
    first += ranges.back().count;
  }
  return ranges;
}

/// The columns of places without those behind the last of a row. \shape [Z x T x N] -> [Z x places]
inline std::vector<double> unpadded(const StoredPosteriors& stored,
                                    const std::vector<double>& padded) {
  std::vector<double> columns;
  for (Index row = 0; row < stored.rows && !padded.empty(); ++row) {
    const double* first = padded.data() + row * stored.latent * stored.steps;
    const auto count = static_cast<Index>(at(stored.places, row));
    columns.insert(columns.end(), first, first + stored.latent * count);
  }
  return columns;
}

/// KL by dimension of each row, its places added. \shape mu, logvar [Z x places] -> [Z x N]
inline std::vector<double> kl_of_rows(const StoredPosteriors& stored, const std::vector<double>& mu,
                                      const std::vector<double>& logvar) {
  std::vector<double> kl(static_cast<std::size_t>(stored.latent * stored.rows), 0.0);
  const std::vector<PlaceRange> ranges = place_ranges(stored);
  for (Index row = 0; row < stored.rows; ++row) {
    const auto [first, count] = at(ranges, row);
    for (Index i = first * stored.latent; i < (first + count) * stored.latent; ++i) {
      at(kl, row * stored.latent + i % stored.latent) += kl_of_normal(at(mu, i), at(logvar, i));
    }
  }
  return kl;
}

/// The mean over rows of the KL of each place, 0 behind a row's last. \shape mu, logvar [Z x
/// places]
inline std::vector<double> mean_kl_by_place(const StoredPosteriors& stored,
                                            const std::vector<double>& mu,
                                            const std::vector<double>& logvar) {
  std::vector<double> means(static_cast<std::size_t>(stored.steps), 0.0);
  for (const auto& [first, count] : place_ranges(stored)) {
    for (Index t = 0; t < count; ++t) {
      for (Index i = (first + t) * stored.latent; i < (first + t + 1) * stored.latent; ++i) {
        at(means, t) += kl_of_normal(at(mu, i), at(logvar, i)) / static_cast<double>(stored.rows);
      }
    }
  }
  return means;
}

/// The same of a stored KL. \shape stored.kl [T x N]
inline std::vector<double> mean_stored_kl_by_place(const StoredPosteriors& stored) {
  std::vector<double> means(static_cast<std::size_t>(stored.steps), 0.0);
  for (Index row = 0; row < stored.rows; ++row) {
    for (Index t = 0; t < static_cast<Index>(at(stored.places, row)); ++t) {
      at(means, t) += at(stored.kl, row * stored.steps + t) / static_cast<double>(stored.rows);
    }
  }
  return means;
}

/// The stored KL of each row, without what pads its places. \shape [N]
inline std::vector<double> stored_row_kl(const StoredPosteriors& stored) {
  const auto rows = static_cast<std::size_t>(stored.rows);
  if (!stored.is_sequence() || stored.kl.size() == rows) return row_sums(stored.kl, stored.rows);
  std::vector<double> sums(rows, 0.0);
  for (std::size_t row = 0; row < rows; ++row) {
    for (Index t = 0; t < static_cast<Index>(stored.places[row]); ++t) {
      sums[row] += at(stored.kl, static_cast<Index>(row) * stored.steps + t);
    }
  }
  return sums;
}

/// By the stored KL of places, else by mu and logvar [Z x places]; empty where neither is known.
inline std::optional<KlOfPlaces> stored_kl_of_places(const StoredPosteriors& stored,
                                                     const std::vector<double>& mu,
                                                     const std::vector<double>& logvar) {
  if (stored.kl.size() == static_cast<std::size_t>(stored.steps * stored.rows)) {
    return kl_of_places(mean_stored_kl_by_place(stored), {}, place_ranges(stored));
  }
  if (!stored.kl.empty() || !stored.is_gaussian()) return std::nullopt;
  return kl_of_places(mean_kl_by_place(stored, mu, logvar), {}, place_ranges(stored));
}

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI::detail
