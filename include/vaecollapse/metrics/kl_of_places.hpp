// The parts of the KL of a sequence of latents: of its length, of the global z, and of each place.
#pragma once

#include <cmath>
#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include <vaecollapse/core/at.hpp>
#include <vaecollapse/core/check.hpp>
#include <vaecollapse/core/shape.hpp>
#include <vaecollapse/metrics/latent_rows.hpp>
#include <vaecollapse/metrics/sequence_parts.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

namespace detail {

/// KL(N(mu, exp(logvar)) || N(0, 1)). \unit nats
inline double kl_of_normal(double mu, double logvar) {
  return (mu * mu + std::expm1(logvar) - logvar) / 2;
}

}  // namespace detail

/// \unit nats per word, means over all rows unless said
struct KlOfPlaces {
  std::optional<double> length{};  ///< of the number of places, where it is paid for
  std::optional<double> global{};  ///< of the global z, where there is one
  double of_places = 0;            ///< of all places of a row
  double mean_places = 0;          ///< the places of a row
  std::vector<double> places{};    ///< of each place, mean over the rows that have it
  std::vector<Index> rows{};       ///< which are so many

  double rate() const { return length.value_or(0) + global.value_or(0) + of_places; }
  /// \unit nats per place
  double per_place() const { return mean_places > 0 ? of_places / mean_places : 0; }
};

/// \param means of each row of the KL over all rows, those behind a row's last place counted as 0
/// \param places of each row, the columns of the global z included
/// \throws Error if there are no rows
inline KlOfPlaces kl_of_places(std::span<const double> means, const SequenceParts& parts,
                               std::span<const PlaceRange> places) {
  if (places.empty()) raise(Error("kl_of_places: there are no rows"));
  const auto rows = static_cast<double>(places.size());
  const auto sum = [&](Index first, Index count) {
    double total = 0;
    for (Index i = first; i < first + count && i < static_cast<Index>(means.size()); ++i) {
      total += at(means, i);
    }
    return total;
  };
  const Index first = parts.length_rows + parts.global_columns;
  KlOfPlaces found;
  if (parts.length_rows > 0) found.length = sum(0, parts.length_rows);
  if (parts.global_columns > 0) found.global = sum(parts.length_rows, parts.global_columns);
  for (const PlaceRange& of_row : places) {
    const Index count = of_row.count - parts.global_columns;
    found.mean_places += static_cast<double>(count) / rows;
    if (count > static_cast<Index>(found.rows.size())) {
      found.rows.resize(static_cast<std::size_t>(count));
    }
    for (Index t = 0; t < count; ++t) ++at(found.rows, t);
  }
  for (std::size_t t = 0; t < found.rows.size(); ++t) {
    const double of_all = sum(first + static_cast<Index>(t), 1);
    found.of_places += of_all;
    found.places.push_back(of_all * rows / static_cast<double>(found.rows[t]));
  }
  return found;
}

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
