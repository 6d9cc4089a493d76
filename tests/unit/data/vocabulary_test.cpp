// Characters and their ids.
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include <vaecollapse/data/vocabulary.hpp>

namespace vc = vaecollapse;

using Ids = std::vector<vc::Symbol>;

TEST_CASE("special symbols first, then characters by code point") {
  const vc::Vocabulary vocabulary(U"zçab");
  CHECK(vocabulary.symbols() == 7);
  CHECK(vocabulary.characters() == U"abzç");
  CHECK(vocabulary.id(U'a') == 3);
  CHECK(vocabulary.id(U'ç') == 6);
  CHECK(vocabulary.character(6) == U'ç');
  CHECK(vocabulary.id(U'q') == vc::Vocabulary::unknown);
  CHECK(vocabulary.contains(U'z'));
  CHECK_FALSE(vocabulary.contains(U'q'));
}

TEST_CASE("what is no character is refused") {
  const std::u32string surrogate(1, char32_t{0xD800}), beyond(1, char32_t{0x110000});
  CHECK_THROWS_WITH_AS(vc::Vocabulary{surrogate},
                       "vocabulary: found the number 55296, expected a character", vc::Error);
  CHECK_THROWS_AS(vc::Vocabulary{beyond}, vc::Error);
  CHECK(vc::Vocabulary(U"\U0010FFFF").symbols() == 4);
  CHECK(vc::Vocabulary(U"").symbols() == 3);
}

TEST_CASE("the order of words does not matter, and a stored list gives the same vocabulary") {
  const std::vector<std::u32string> forward = {U"cab", U"x", U"", U"bay"};
  const std::vector<std::u32string> backward(forward.rbegin(), forward.rend());
  const auto vocabulary = vc::Vocabulary::of(forward);
  CHECK(vocabulary.characters() == U"abcxy");
  CHECK(vocabulary == vc::Vocabulary::of(backward));
  CHECK(vocabulary == vc::Vocabulary(vocabulary.characters()));
  CHECK(vc::Vocabulary::of({}) == vc::Vocabulary());
}

TEST_CASE("words there and back") {
  const vc::Vocabulary vocabulary(U"evlr");
  CHECK(vocabulary.encode(U"evler") == Ids{3, 6, 4, 3, 5});
  CHECK(vocabulary.decode(vocabulary.encode(U"evler")) == U"evler");
  CHECK(vocabulary.encode(U"eq") == Ids{3, 0});
  CHECK(vocabulary.encode(U"").empty());
  Ids ids = {1};
  vocabulary.encode(U"ev", ids);
  CHECK(ids == Ids{1, 3, 6});
}

TEST_CASE("decoding stops at the end symbol, leaves out start, shows the unknown") {
  const vc::Vocabulary vocabulary(U"evlr");
  CHECK(vocabulary.decode(Ids{1, 3, 6, 2, 3, 3}) == U"ev");
  CHECK(vocabulary.decode(Ids{3, 0, 6}) == U"e\uFFFDv");
  CHECK(vocabulary.decode(Ids{}) == U"");
}

TEST_CASE("an empty vocabulary knows its special symbols") {
  const vc::Vocabulary vocabulary;
  CHECK(vocabulary.symbols() == 3);
  CHECK(vocabulary.id(U'a') == vc::Vocabulary::unknown);
  CHECK(vocabulary.character(vc::Vocabulary::end) == U'\uFFFD');
}

TEST_CASE("ids outside the vocabulary are errors") {
  const vc::Vocabulary vocabulary(U"ab");
  CHECK_THROWS_WITH_AS(vocabulary.character(5), "vocabulary: id is 5: there are 5 symbols",
                       vc::Error);
  CHECK_THROWS_AS(vocabulary.character(vc::no_symbol), vc::Error);
}
