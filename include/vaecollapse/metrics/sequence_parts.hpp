// What a row of a sequence of latents consists of: a global z, and its places.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include <vaecollapse/core/shape.hpp>
#include <vaecollapse/metrics/latent_rows.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

/// What stands before the places: the global z, whose numbers fill columns of z one by one,
/// and rows of the KL for the number of places. A vector z is one place with nothing before.
struct SequenceParts {
  Index length_rows = 0;     ///< of the KL: 1 where the number of places is paid for, else 0
  Index global_columns = 0;  ///< of z; so many rows of the KL, too
  Index global = 0;          ///< N, the dimensions of that vector
};

/// The columns of all places, row by row. \shape z [Z x columns of all rows] -> [Z x places]
template <class Scalar>
std::vector<Scalar> columns_of_places(const LatentView<Scalar>& z, Index latent, Index rows,
                                      const SequenceParts& parts) {
  std::vector<Scalar> found;
  for (Index row = 0; row < rows; ++row) {
    const auto [first, count] = z.of(row);
    const Scalar* columns = z.numbers.data() + first * latent;
    found.insert(found.end(), columns + parts.global_columns * latent, columns + count * latent);
  }
  return found;
}

/// The global z of each row. \shape z [Z x columns of all rows] -> [N x rows]
template <class Scalar>
std::vector<Scalar> global_vectors(const LatentView<Scalar>& z, Index latent, Index rows,
                                   const SequenceParts& parts) {
  std::vector<Scalar> found;
  for (Index row = 0; row < rows; ++row) {
    const Scalar* numbers = z.numbers.data() + z.of(row).first * latent;
    found.insert(found.end(), numbers, numbers + parts.global);
  }
  return found;
}

/// z with one dimension at 0, in every place of every row.
/// \shape z [Z x columns of all rows]
template <class Scalar>
std::vector<Scalar> without_dimension(const LatentView<Scalar>& z, Index latent, Index rows,
                                      const SequenceParts& parts, Index dimension) {
  std::vector<Scalar> changed(z.numbers.begin(), z.numbers.end());
  for (Index row = 0; row < rows; ++row) {
    const auto [first, count] = z.of(row);
    for (Index column = first + parts.global_columns; column < first + count; ++column) {
      changed[static_cast<std::size_t>(column * latent + dimension)] = 0;
    }
  }
  return changed;
}

/// z with one dimension of the global z at 0, in every row.
/// \shape z [Z x columns of all rows]
template <class Scalar>
std::vector<Scalar> without_global_dimension(const LatentView<Scalar>& z, Index latent, Index rows,
                                             Index dimension) {
  std::vector<Scalar> changed(z.numbers.begin(), z.numbers.end());
  for (Index row = 0; row < rows; ++row) {
    changed[static_cast<std::size_t>(z.of(row).first * latent + dimension)] = 0;
  }
  return changed;
}

/// The entries of a column for the rows that share their number of places with another.
/// \shape places, column [rows], or an empty column
inline std::vector<double> of_shared_places(const std::vector<double>& places,
                                            const std::vector<double>& column) {
  std::vector<double> sorted = places;
  std::sort(sorted.begin(), sorted.end());
  std::vector<double> some;
  for (std::size_t row = 0; row < column.size(); ++row) {
    const auto [first, last] = std::equal_range(sorted.begin(), sorted.end(), places[row]);
    if (last - first > 1) some.push_back(column[row]);
  }
  return some;
}

/// Sequences of the vectors of some rows and the places of others.
/// \param global_of, places_of whose each row is given
template <class Scalar>
LatentRows<Scalar> joined_parts(const LatentView<Scalar>& z, Index latent,
                                const SequenceParts& parts,
                                std::span<const std::uint32_t> global_of,
                                std::span<const std::uint32_t> places_of) {
  LatentRows<Scalar> all;
  const Index global = parts.global_columns;
  const auto append = [&](Index first, Index count) {
    const Scalar* numbers = z.numbers.data() + first * latent;
    all.numbers.insert(all.numbers.end(), numbers, numbers + count * latent);
  };
  for (std::size_t row = 0; row < global_of.size(); ++row) {
    const PlaceRange places = z.of(Index{places_of[row]});
    all.places.push_back({static_cast<Index>(all.numbers.size()) / latent, places.count});
    append(z.of(Index{global_of[row]}).first, global);
    append(places.first + global, places.count - global);
  }
  return all;
}

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
