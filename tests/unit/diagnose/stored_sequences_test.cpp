// Stored posteriors of sequences of latents: what their rate is made of, and what their use shows.
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include <vaecollapse/core/check.hpp>
#include <vaecollapse/core/shape.hpp>
#include <vaecollapse/diagnose/posterior_diagnosis.hpp>

namespace vc = vaecollapse;

namespace {

/// Six rows of 1, 2, 2, 3, 3 and 3 places of two dimensions, padded with numbers that are no
/// posteriors, and a decoder that takes z or its length alone.
vc::StoredPosteriors stored_places(bool reads_z) {
  vc::StoredPosteriors stored;
  stored.rows = 6;
  stored.latent = 2;
  stored.steps = 3;
  stored.samples = 1;
  stored.places = {1, 2, 2, 3, 3, 3};
  for (std::size_t row = 0; row < 6; ++row) {
    for (std::size_t t = 0; t < 3; ++t) {
      const bool is_place = static_cast<double>(t) < stored.places[row];
      // KL of mu = 3, logvar = -2: (9 + exp(-2) - 1 + 2) / 2 = 5.0677; of (0, 0) it is 0.
      stored.mu.insert(stored.mu.end(), {is_place ? (row % 2 == 0 ? 3.0 : -3.0) : 999, 0});
      stored.logvar.insert(stored.logvar.end(), {is_place ? -2.0 : 7, is_place ? 0.0 : 7});
    }
    stored.kl_length.push_back(row == 0 ? 2 : 1);
    stored.nll.push_back(1);
    stored.nll_permuted.push_back(21 + 0.1 * static_cast<double>(row));
    stored.nll_permuted_in_length.push_back(row == 0 ? 1 : reads_z ? 16 + 0.1 * double(row) : 1);
  }
  return stored;
}

}  // namespace

TEST_CASE("stored sequences: the rate falls into places and their number, padding is not read") {
  const vc::PosteriorDiagnosis found = vc::diagnose(stored_places(true));
  const double of_place = (9 + std::exp(-2.0) - 1 + 2) / 2;
  REQUIRE(found.places.has_value());
  CHECK(found.places->rows == std::vector<vc::Index>{6, 5, 3});
  for (const double kl : found.places->places) CHECK(kl == doctest::Approx(of_place));
  CHECK(found.places->of_places == doctest::Approx(of_place * 14 / 6));
  CHECK(found.places->length == doctest::Approx(7.0 / 6));
  REQUIRE(found.rate.has_value());
  CHECK(found.rate->value == doctest::Approx(of_place * 14 / 6 + 7.0 / 6));
  REQUIRE(found.kl_per_dimension.size() == 2);
  CHECK(found.kl_per_dimension[0].value == doctest::Approx(of_place * 14 / 6));
  CHECK(found.kl_per_dimension[1].value == doctest::Approx(0));
  CHECK(found.active_units == 1);
  CHECK_FALSE(found.information.has_value());
}

TEST_CASE("stored sequences: z of as many places decides, and a row alone in its number does not") {
  const vc::PosteriorDiagnosis used = vc::diagnose(stored_places(true));
  CHECK(used.alone == 1);
  REQUIRE(used.permuted_in_length.nll_rise.has_value());
  CHECK(used.permuted_in_length.nll_rise->value == doctest::Approx(15.3));  // of five rows
  CHECK(used.verdict.health == vc::Health::healthy);
  const vc::PosteriorDiagnosis length = vc::diagnose(stored_places(false));
  CHECK(length.verdict.health == vc::Health::only_length_used);
  CHECK(length.verdict.has_collapsed());
}

TEST_CASE("stored sequences: a stored KL of places is that of places, and places must fit") {
  vc::StoredPosteriors stored = stored_places(true);
  stored.mu.clear();
  stored.logvar.clear();
  for (const double places : stored.places) {
    for (double t = 0; t < 3; ++t) stored.kl.push_back(t < places ? t + 1 : 555);
  }
  const vc::PosteriorDiagnosis found = vc::diagnose(stored);
  REQUIRE(found.places.has_value());
  REQUIRE(found.places->places.size() == 3);
  for (std::size_t t = 0; t < 3; ++t) {
    CHECK(found.places->places[t] == doctest::Approx(static_cast<double>(t) + 1));
  }
  CHECK(found.rate->value == doctest::Approx((6 * 1 + 5 * 2 + 3 * 3 + 7) / 6.0));
  stored.places[2] = 4;
  CHECK_THROWS_WITH_AS(
      vc::diagnose(stored),
      "diagnose: the places of row 2 are 4.000000: they must be a whole number from 1 to 3",
      vc::Error);
}

TEST_CASE("stored sequences: of equal posteriors the number of places may cost, and no more") {
  // Zeros, behind the last place too: every row has the same numbers.
  const auto collapsed = [](bool reads_z) {
    vc::StoredPosteriors stored = stored_places(reads_z);
    std::fill(stored.mu.begin(), stored.mu.end(), 0.0);
    std::fill(stored.logvar.begin(), stored.logvar.end(), 0.0);
    return vc::diagnose(stored).warnings;
  };
  const auto names_others = [](const std::vector<std::string>& warnings) {
    return std::any_of(warnings.begin(), warnings.end(), [](const std::string& warning) {
      return warning.find("belong to other posteriors") != std::string::npos;
    });
  };
  CHECK_FALSE(names_others(collapsed(false)));
  CHECK(names_others(collapsed(true)));
}
