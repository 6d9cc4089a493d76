// The KL of a sequence by its parts.
#include <vector>

#include <doctest/doctest.h>

#include <vaecollapse/metrics/kl_of_places.hpp>

namespace vc = vaecollapse;

TEST_CASE("KL of places: the mean of a place is over the rows that have it") {
  // Four rows of 1, 3, 3 and 2 places behind two columns of a global z of three dimensions.
  const std::vector<vc::PlaceRange> places{{0, 3}, {3, 5}, {8, 5}, {13, 4}};
  const std::vector<double> means{2.5, 7, 1, 3, 1.5, 0.5};
  const vc::KlOfPlaces found =
      vc::kl_of_places(means, {.length_rows = 1, .global_columns = 2, .global = 3}, places);
  CHECK(found.length == 2.5);
  CHECK(found.global == 8);
  CHECK(found.rows == std::vector<vc::Index>{4, 3, 2});
  REQUIRE(found.places.size() == 3);
  CHECK(found.places[0] == doctest::Approx(3));
  CHECK(found.places[1] == doctest::Approx(1.5 * 4 / 3));
  CHECK(found.places[2] == doctest::Approx(0.5 * 4 / 2));
  CHECK(found.of_places == doctest::Approx(5));
  CHECK(found.mean_places == doctest::Approx(9.0 / 4));
  CHECK(found.per_place() == doctest::Approx(5 / 2.25));
  CHECK(found.rate() == doctest::Approx(15.5));
}

TEST_CASE("KL of places: slots pay for no length, and there may be no global z") {
  const std::vector<vc::PlaceRange> places{{0, 2}, {2, 2}};
  const vc::KlOfPlaces found = vc::kl_of_places(std::vector<double>{4, 6}, {}, places);
  CHECK_FALSE(found.length.has_value());
  CHECK_FALSE(found.global.has_value());
  CHECK(found.rate() == 10);
  CHECK(found.per_place() == 5);
  CHECK_THROWS_WITH_AS(vc::kl_of_places(std::vector<double>{}, {}, {}),
                       "kl_of_places: there are no rows", vc::Error);
}
