// The Levenshtein distance, against values known and against the recursion that defines it.
#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

#include <doctest/doctest.h>

#include <vaecollapse/metrics/edit_distance.hpp>

namespace vc = vaecollapse;

namespace {

vc::Index by_definition(std::u32string_view a, std::u32string_view b) {
  if (a.empty() || b.empty()) return vc::Index(a.size() + b.size());
  const auto rest_a = a.substr(1), rest_b = b.substr(1);
  if (a.front() == b.front()) return by_definition(rest_a, rest_b);
  return 1 + std::min({by_definition(rest_a, b), by_definition(a, rest_b),
                       by_definition(rest_a, rest_b)});
}

/// Word number `n` over the letters a, b, c: every short word has a number.
std::u32string word(std::uint32_t n) {
  std::u32string letters;
  for (; n > 0; n = (n - 1) / 3) letters.push_back(U'a' + (n - 1) % 3);
  return letters;
}

}  // namespace

TEST_CASE("known distances") {
  vc::EditDistance distance;
  CHECK(distance(U"kitten", U"sitting") == 3);
  CHECK(distance(U"intention", U"execution") == 5);
  CHECK(distance(U"", U"") == 0);
  CHECK(distance(U"ev", U"") == 2);
  CHECK(distance(U"", U"evler") == 5);
  CHECK(distance(U"abajurlarımın", U"abajurlarınıza") == 3);
  CHECK(distance(U"ab", U"ba") == 2);  // no transpositions
}

TEST_CASE("units are code points, not bytes") {
  vc::EditDistance distance;
  CHECK(distance(U"çöl", U"col") == 2);
  CHECK(distance(U"\U0001F600", U"") == 1);
}

TEST_CASE("equals its definition for all words of three letters up to length 4") {
  vc::EditDistance distance;
  const std::uint32_t words = 1 + 3 + 9 + 27 + 81;
  int wrong = 0;
  for (std::uint32_t i = 0; i < words; ++i) {
    for (std::uint32_t j = 0; j < words; ++j) {
      wrong += distance(word(i), word(j)) == by_definition(word(i), word(j)) ? 0 : 1;
    }
  }
  CHECK(wrong == 0);
}

TEST_CASE("normalised by the gold's length") {
  vc::EditDistance distance;
  CHECK(distance.normalised(U"evlar", U"evler") == doctest::Approx(0.2));
  CHECK(distance.normalised(U"", U"evler") == 1.0);
  CHECK(distance.normalised(U"evler", U"x") == 5.0);
  CHECK_THROWS_WITH_AS(distance.normalised(U"a", U""),
                       "EditDistance::normalised: the gold form is empty", vc::Error);
}
