// The z of rows, as numbers: one vector for each row, or a sequence of them.
#pragma once

#include <span>
#include <vector>

#include <vaecollapse/core/shape.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

/// Where the places of one row stand among those of all rows.
struct PlaceRange {
  Index first = 0;
  Index count = 0;
};

/// The z of rows, which others own. \shape numbers [Z x places of all rows]
template <class Scalar>
struct LatentView {
  std::span<const Scalar> numbers;
  std::span<const PlaceRange> places{};  ///< of each row; empty: one each, in the order of rows

  LatentView(std::span<const Scalar> of_rows) : numbers(of_rows) {}
  LatentView(const std::vector<Scalar>& of_rows) : numbers(of_rows) {}
  LatentView(std::span<const Scalar> of_places, std::span<const PlaceRange> of_rows)
      : numbers(of_places), places(of_rows) {}

  PlaceRange of(Index row) const {
    return places.empty() ? PlaceRange{row, 1} : places[static_cast<std::size_t>(row)];
  }
};

/// The z of rows of which each has a sequence. \shape numbers [Z x places of all rows]
template <class Scalar>
struct LatentRows {
  std::vector<Scalar> numbers;
  std::vector<PlaceRange> places;

  operator LatentView<Scalar>() const { return {numbers, places}; }
};

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
