// The way between two z: its ends are theirs, and its places lie between those that stand where
// they do.
#include "latent_line.hpp"

#include <numeric>
#include <vector>

#include <doctest/doctest.h>

using namespace reinflection;
using vaecollapse::Index;
using vaecollapse::Interpolation;
using vaecollapse::LatentRows;
using vaecollapse::PlaceRange;

namespace latent_line_test {

/// Two sequences of columns of two numbers, the first of `first` columns.
LatentRows<float> two_sequences(Index first, Index second) {
  LatentRows<float> ends{std::vector<float>(static_cast<std::size_t>(2 * (first + second))),
                         {{0, first}, {first, second}}};
  std::iota(ends.numbers.begin(), ends.numbers.end(), 1.0F);
  return ends;
}

std::vector<float> columns(const LatentRows<float>& z, PlaceRange range) {
  return {z.numbers.begin() + 2 * range.first, z.numbers.begin() + 2 * (range.first + range.count)};
}

kit::LatentShape sequence(Index global_columns = 0) {
  return {.dimensions = 2,
          .is_sequence = true,
          .parts = {.length_rows = 1, .global_columns = global_columns, .global = 0}};
}

}  // namespace latent_line_test

using namespace latent_line_test;

TEST_CASE("a line between two vectors") {
  const LatentRows<float> ends{{0, 2, 4, 10}, {}};
  const LatentRows<float> line = latent_line(ends, {.dimensions = 2}, 4, Interpolation::linear);
  CHECK(line.places.empty());
  CHECK(line.numbers == std::vector<float>{0, 2, 1, 4, 2, 6, 3, 8, 4, 10});
}

TEST_CASE("a line between sequences ends in them, and its number of places goes evenly") {
  for (const Index global : {0, 1, 2}) {
    for (const auto& ends_of : {std::pair<Index, Index>{2, 6}, {6, 2}, {1, 5}, {4, 4}}) {
      const Index from = ends_of.first, to = ends_of.second;
      CAPTURE(from);
      CAPTURE(to);
      const LatentRows<float> ends = two_sequences(global + from, global + to);
      const LatentRows<float> line = latent_line(ends, sequence(global), 4, Interpolation::linear);
      REQUIRE(line.places.size() == 5);
      CHECK(columns(line, line.places.front()) == columns(ends, ends.places[0]));
      CHECK(columns(line, line.places.back()) == columns(ends, ends.places[1]));
      Index first = 0;
      for (Index i = 0; i <= 4; ++i) {
        const PlaceRange& place = line.places[static_cast<std::size_t>(i)];
        CHECK(place.first == first);
        CHECK(place.count == global + from + (to - from) * i / 4);
        first += place.count;
      }
      CHECK(static_cast<Index>(line.numbers.size()) == 2 * first);
    }
  }
}

TEST_CASE("halfway between a word of two places and one of four: three, from even neighbours") {
  const LatentRows<float> ends{{0, 0, 6, 6, /**/ 10, 10, 20, 20, 30, 30, 40, 40}, {{0, 2}, {2, 4}}};
  const LatentRows<float> line = latent_line(ends, sequence(), 2, Interpolation::linear);
  // Of three places the first lies between the first ones and the last between the last ones; the
  // second stands at 1/2, which is nearest to place 1 of 2 and, rounded up, to place 2 of 4.
  CHECK(columns(line, line.places[1]) == std::vector<float>{5, 5, 18, 18, 23, 23});
}
