// Tokens and their ids.
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

#include <vaecollapse/data/token_table.hpp>
#include <vaecollapse/data/token_vocabulary.hpp>
#include <vaecollapse/data/vocabulary.hpp>

namespace vc = vaecollapse;

using Ids = std::vector<vc::Symbol>;
using Texts = std::vector<std::string>;
using Views = std::vector<std::string_view>;

namespace {

vc::TokenCounts counts_of(const Views& tokens, vc::TokenUnit unit = vc::TokenUnit::words) {
  vc::TokenCounts counts(unit);
  for (const std::string_view token : tokens) counts.add(token);
  return counts;
}

}  // namespace

TEST_CASE("a table numbers tokens as they come, and finds each of many") {
  vc::TokenTable table;
  CHECK(table.find("w0") == -1);
  const auto name = [](int i) { return "w" + std::to_string(i * 7919); };
  for (int i = 0; i < 3000; ++i) CHECK(table.add(name(i)) == i);
  for (int i = 0; i < 3000; ++i) {
    CHECK(table.add(name(i)) == i);
    CHECK(table.find(name(i)) == i);
    CHECK(table[i] == name(i));
  }
  CHECK(table.size() == 3000);
  CHECK(table.find("w1") == -1);
  CHECK(table.find("") == -1);
  CHECK(table.add("") == 3000);
  CHECK(table.find("") == 3000);
  const vc::TokenTable copy = table;
  CHECK(copy == table);
  table.add("other");
  CHECK_FALSE(copy == table);
  CHECK(copy.find("other") == -1);
}

TEST_CASE("special symbols first, then tokens by falling count, then by bytes") {
  const auto counts = counts_of({"b", "zz", "a", "zz", "é", "é", "zz", "b"});
  CHECK(counts.total() == 8);
  CHECK(counts.count("zz") == 3);
  CHECK(counts.count("none") == 0);
  const auto vocabulary = vc::TokenVocabulary::of(counts);
  CHECK(vocabulary.tokens() == Texts{"zz", "b", "é", "a"});
  CHECK(vocabulary.symbols() == 7);
  CHECK(vocabulary.id("zz") == vc::Vocabulary::first_character);
  CHECK(vocabulary.id("a") == 6);
  CHECK(vocabulary.token(4) == "b");
  CHECK(vocabulary.id("none") == vc::Vocabulary::unknown);
  CHECK(vocabulary.contains("é"));
  CHECK_FALSE(vocabulary.contains("none"));
  CHECK(vocabulary ==
        vc::TokenVocabulary::of(counts_of({"é", "a", "zz", "b", "zz", "b", "é", "zz"})));
}

TEST_CASE("a size and a least count leave the rare tokens out") {
  const auto counts = counts_of({"a", "a", "a", "b", "b", "c", "c", "d"});
  CHECK(vc::TokenVocabulary::of(counts, {.size = 2}).tokens() == Texts{"a", "b"});
  CHECK(vc::TokenVocabulary::of(counts, {.size = 9}).symbols() == 7);
  CHECK(vc::TokenVocabulary::of(counts, {.min_count = 2}).tokens() == Texts{"a", "b", "c"});
  CHECK(vc::TokenVocabulary::of(counts, {.size = 1, .min_count = 2}).tokens() == Texts{"a"});
  CHECK(vc::TokenVocabulary::of(counts, {.min_count = 4}).symbols() == 3);
  CHECK_THROWS_WITH_AS(
      vc::TokenVocabulary::of(counts, {.size = -1}),
      "token vocabulary: size is -1 and min_count 1: expected 0 or more, and 1 or more", vc::Error);
  CHECK_THROWS_AS(vc::TokenVocabulary::of(counts, {.min_count = 0}), vc::Error);
}

TEST_CASE("the token <unk> of a text is the unknown symbol, however frequent") {
  const auto counts = counts_of({"<unk>", "<unk>", "<unk>", "a", "b", "b"});
  const auto vocabulary = vc::TokenVocabulary::of(counts, {.size = 1});
  CHECK(vocabulary.tokens() == Texts{"b"});
  CHECK(vocabulary.id("<unk>") == vc::TokenVocabulary::unknown);
  CHECK(vocabulary.token(vc::TokenVocabulary::unknown) == "<unk>");
}

TEST_CASE("a stored list gives the same vocabulary") {
  for (const vc::TokenUnit unit : {vc::TokenUnit::words, vc::TokenUnit::characters}) {
    const auto vocabulary = vc::TokenVocabulary::of(counts_of({"x", "y", "y"}, unit));
    CHECK(vocabulary.unit() == unit);
    CHECK(vc::TokenVocabulary(vocabulary.tokens(), unit) == vocabulary);
  }
  const Texts xy{"x", "y"}, yx{"y", "x"};
  CHECK_FALSE(vc::TokenVocabulary(xy) == vc::TokenVocabulary(yx));
  CHECK_FALSE(vc::TokenVocabulary(xy) == vc::TokenVocabulary(xy, vc::TokenUnit::characters));
  CHECK(vc::TokenVocabulary(Texts{}) == vc::TokenVocabulary());
}

TEST_CASE("lists that give no vocabulary") {
  const auto complaint = [](const Texts& tokens) -> std::string {
    try {
      (void)vc::TokenVocabulary(tokens);
    } catch (const vc::Error& error) {
      return error.what();
    }
    return "";
  };
  CHECK(complaint({"a", "b"}).empty());
  CHECK(complaint({"a", "b", "a"}) == "token vocabulary: found a twice, expected each token once");
  CHECK(complaint({"a", ""}) == "token vocabulary: found an empty token, expected a text");
  CHECK(
      complaint({"<unk>"}) ==
      "token vocabulary: found <unk> among the tokens: it stands for those that are none of them");
}

TEST_CASE("sentences there and back") {
  const Texts known{"the", "cat", "sat"};
  const vc::TokenVocabulary vocabulary(known);
  Ids ids{1};
  vocabulary.encode(Views{"the", "dog", "sat"}, ids);
  CHECK(ids == Ids{1, 3, 0, 5});
  CHECK(vocabulary.decode(ids) == "the <unk> sat");
  CHECK(vocabulary.decode(Ids{1, 4, 2, 5, 5}) == "cat");
  CHECK(vocabulary.decode(Ids{}).empty());
  const Texts letters{"c", " ", "ä"};
  const vc::TokenVocabulary characters(letters, vc::TokenUnit::characters);
  CHECK(characters.decode(Ids{1, 3, 5, 4, 3, 2, 3}) == "cä c");
}

TEST_CASE("ids outside the vocabulary are errors") {
  const Texts known{"a"};
  const vc::TokenVocabulary vocabulary(known);
  CHECK_THROWS_WITH_AS(vocabulary.token(4), "token vocabulary: id is 4: there are 4 symbols",
                       vc::Error);
  CHECK_THROWS_AS(vocabulary.token(vc::no_symbol), vc::Error);
  CHECK(vocabulary.token(vc::TokenVocabulary::start) == "<s>");
  CHECK(vocabulary.token(vc::TokenVocabulary::end) == "</s>");
}
