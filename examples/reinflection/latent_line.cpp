#include "latent_line.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <span>
#include <vector>

#include <vaecollapse/core/shape.hpp>

namespace reinflection {

namespace {

using vaecollapse::Index;
using vaecollapse::Interpolation;
using vaecollapse::PlaceRange;

/// The columns of one word.
struct End {
  std::span<const float> numbers;
  Index dimensions;

  std::span<const float> column(Index place) const {
    return numbers.subspan(static_cast<std::size_t>(place * dimensions),
                           static_cast<std::size_t>(dimensions));
  }
};

/// Which of `there` places stands where place `k` of `count` does.
Index place_at(Index k, Index count, Index there) {
  if (count == 1) return 0;
  return std::lround(static_cast<double>(k * (there - 1)) / static_cast<double>(count - 1));
}

class Line {
 public:
  Line(const vaecollapse::LatentRows<float>& ends, const kit::LatentShape& shape,
       Interpolation interpolation)
      : from_(end_of(ends, shape, 0)),
        to_(end_of(ends, shape, 1)),
        global_(shape.parts.global_columns),
        from_places_(ends.places.empty() ? 1 : ends.places[0].count - global_),
        to_places_(ends.places.empty() ? 1 : ends.places[1].count - global_),
        interpolation_(interpolation) {}

  /// Appends the columns at t. \return how many
  Index append(double t, std::vector<float>& numbers) const {
    for (Index g = 0; g < global_; ++g) append(t, g, g, numbers);
    const Index count = std::lround((1 - t) * static_cast<double>(from_places_) +
                                    t * static_cast<double>(to_places_));
    for (Index k = 0; k < count; ++k) {
      append(t, global_ + place_at(k, count, from_places_),
             global_ + place_at(k, count, to_places_), numbers);
    }
    return global_ + count;
  }

 private:
  static End end_of(const vaecollapse::LatentRows<float>& ends, const kit::LatentShape& shape,
                    std::size_t which) {
    const PlaceRange place =
        ends.places.empty() ? PlaceRange{static_cast<Index>(which), 1} : ends.places[which];
    return {std::span(ends.numbers)
                .subspan(static_cast<std::size_t>(place.first * shape.dimensions),
                         static_cast<std::size_t>(place.count * shape.dimensions)),
            shape.dimensions};
  }

  void append(double t, Index from, Index to, std::vector<float>& numbers) const {
    const std::vector<float> column =
        vaecollapse::interpolate(from_.column(from), to_.column(to), t, interpolation_);
    numbers.insert(numbers.end(), column.begin(), column.end());
  }

  End from_, to_;
  Index global_;
  Index from_places_, to_places_;
  Interpolation interpolation_;
};

}  // namespace

vaecollapse::LatentRows<float> latent_line(const vaecollapse::LatentRows<float>& ends,
                                           const kit::LatentShape& shape, std::uint64_t steps,
                                           Interpolation interpolation) {
  const Line line(ends, shape, interpolation);
  vaecollapse::LatentRows<float> all;
  Index first = 0;
  for (std::uint64_t i = 0; i <= steps; ++i) {
    const double t = static_cast<double>(i) / static_cast<double>(steps);
    const Index count = line.append(t, all.numbers);
    if (!ends.places.empty()) all.places.push_back({first, count});
    first += count;
  }
  return all;
}

}  // namespace reinflection
