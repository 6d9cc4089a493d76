// The parts of sequences of latents: a global z of three dimensions in two columns, and places.
#include <cstdint>
#include <vector>

#include <doctest/doctest.h>

#include <vaecollapse/metrics/sequence_parts.hpp>

namespace vc = vaecollapse;

namespace {

constexpr vc::Index sequence_latent = 2;
constexpr vc::SequenceParts sequence_layout{.length_rows = 1, .global_columns = 2, .global = 3};

/// Two rows, of one place and of two; the second row's numbers come first.
const vc::LatentRows<float> sequence_rows{{11, 12, 13, 99, 14, 15, 16, 17, 1, 2, 3, 99, 4, 5},
                                          {{4, 3}, {0, 4}}};

}  // namespace

TEST_CASE("sequence parts: places and the global z, row by row") {
  CHECK(vc::columns_of_places<float>(sequence_rows, sequence_latent, 2, sequence_layout) ==
        std::vector<float>{4, 5, 14, 15, 16, 17});
  CHECK(vc::global_vectors<float>(sequence_rows, sequence_latent, 2, sequence_layout) ==
        std::vector<float>{1, 2, 3, 11, 12, 13});
}

TEST_CASE(
    "sequence parts: a dimension of places at 0 leaves the global z, and one of it the places") {
  CHECK(vc::without_dimension<float>(sequence_rows, sequence_latent, 2, sequence_layout, 1) ==
        std::vector<float>{11, 12, 13, 99, 14, 0, 16, 0, 1, 2, 3, 99, 4, 0});
  CHECK(vc::without_global_dimension<float>(sequence_rows, sequence_latent, 2, 2) ==
        std::vector<float>{11, 12, 0, 99, 14, 15, 16, 17, 1, 2, 0, 99, 4, 5});
}

TEST_CASE("sequence parts: a vector z is one place") {
  const std::vector<float> vectors{1, 2, 3, 4};
  CHECK(vc::without_dimension<float>(vectors, sequence_latent, 2, {}, 0) ==
        std::vector<float>{0, 2, 0, 4});
  CHECK(vc::columns_of_places<float>(vectors, sequence_latent, 2, {}) == vectors);
}

TEST_CASE("sequence parts: the global z of some rows and the places of others") {
  const std::vector<std::uint32_t> own{0, 1}, other{1, 0};
  const vc::LatentRows<float> found =
      vc::joined_parts<float>(sequence_rows, sequence_latent, sequence_layout, other, own);
  CHECK(found.numbers == std::vector<float>{11, 12, 13, 99, 4, 5, 1, 2, 3, 99, 14, 15, 16, 17});
  REQUIRE(found.places.size() == 2);
  CHECK((found.places[0].first == 0 && found.places[0].count == 3));
  CHECK((found.places[1].first == 3 && found.places[1].count == 4));
}

TEST_CASE("sequence parts: rows that share their number of places") {
  const std::vector<double> places{4, 2, 4, 7, 2};
  CHECK(vc::of_shared_places(places, {1, 2, 3, 4, 5}) == std::vector<double>{1, 2, 3, 5});
  CHECK(vc::of_shared_places(places, {}).empty());
}
