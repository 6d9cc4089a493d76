// Exact matches.
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include <vaecollapse/metrics/exact_match.hpp>

namespace vc = vaecollapse;

TEST_CASE("a match is exact to the code point") {
  CHECK(vc::exact_match(U"evler", U"evler"));
  CHECK_FALSE(vc::exact_match(U"evler", U"Evler"));
  CHECK_FALSE(vc::exact_match(U"evler", U"evle"));
  CHECK_FALSE(vc::exact_match(U"", U"ev"));
  // Composed and decomposed: one character to a reader, two spellings to the score.
  CHECK_FALSE(vc::exact_match(U"\u00E9", U"e\u0301"));
}

TEST_CASE("accuracy is a share") {
  const std::vector<std::u32string> golds = {U"a", U"b", U"c", U"d"};
  CHECK(vc::accuracy(golds, golds) == 1.0);
  CHECK(vc::accuracy(std::vector<std::u32string>{U"a", U"", U"x", U"dd"}, golds) == 0.25);
}

TEST_CASE("accuracy needs as many guesses as golds") {
  const std::vector<std::u32string> two = {U"a", U"b"}, one = {U"a"}, none;
  CHECK_THROWS_WITH_AS(
      vc::accuracy(one, two),
      "accuracy: guesses are 1, golds are 2: they must be as many, and one at least", vc::Error);
  CHECK_THROWS_AS(vc::accuracy(none, none), vc::Error);
}
