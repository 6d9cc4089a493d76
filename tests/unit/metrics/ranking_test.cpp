// The reciprocal rank.
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include <vaecollapse/metrics/ranking.hpp>

namespace vc = vaecollapse;

TEST_CASE("one over the place of the gold form") {
  const std::vector<std::u32string> guesses = {U"a", U"b", U"c", U"b"};
  CHECK(vc::reciprocal_rank(guesses, U"a") == 1.0);
  CHECK(vc::reciprocal_rank(guesses, U"b") == 0.5);
  CHECK(vc::reciprocal_rank(guesses, U"c") == doctest::Approx(1.0 / 3.0));
  CHECK(vc::reciprocal_rank(guesses, U"d") == 0.0);
  CHECK(vc::reciprocal_rank({}, U"a") == 0.0);
}
