// Alignment by characters, and stems that become random on both sides alike.
#include <algorithm>
#include <cstddef>
#include <map>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

#include <vaecollapse/tasks/reinflection/corpus.hpp>
#include <vaecollapse/tasks/reinflection/hallucination.hpp>

using namespace vaecollapse::reinflection;
using vaecollapse::Draws;
using vaecollapse::Row;
using vaecollapse::Symbol;
using vaecollapse::Vocabulary;

namespace {

using Ids = std::vector<Symbol>;

Ids ids_of(std::string_view word) { return {word.begin(), word.end()}; }

std::vector<Stretch> stretches(std::string_view source, std::string_view target,
                               std::size_t shortest = 3) {
  Alignment alignment;
  const auto found = alignment.stretches(ids_of(source), ids_of(target), shortest);
  return {found.begin(), found.end()};
}

using Stretches = std::vector<Stretch>;

/// Edits by their definition, without a table. \pre short words
std::size_t edits(std::string_view a, std::string_view b) {
  if (a.empty() || b.empty()) return a.size() + b.size();
  const std::string_view x = a.substr(1), y = b.substr(1);
  if (a[0] == b[0]) return edits(x, y);
  return 1 + std::min({edits(x, y), edits(x, b), edits(a, y)});
}

struct Rows {
  std::vector<Example> examples{
      parse_row("f", 1, "kitap\tnum=PL\tkitaplar", Task::reinflection),
      parse_row("f", 2, "ev\tnum=PL\tevler", Task::reinflection),
      parse_row("f", 3, "machen\ttense=PST\tgemacht", Task::reinflection)};
  Vocabulary vocabulary = vocabulary_of(examples);
  Corpus corpus{examples, vocabulary, Features::of(examples)};
  Hallucination hallucination{corpus, corpus.size()};
};

}  // namespace

TEST_CASE("stretches of equal symbols") {
  CHECK(stretches("kitap", "kitaplar") == Stretches{{0, 0, 5}});
  CHECK(stretches("machen", "gemacht") == Stretches{{0, 2, 4}});
  // One edit, and a stretch on each side of it; the second is too short for 4.
  CHECK(stretches("anlatmak", "anlotmak") == Stretches{{0, 0, 3}, {4, 4, 4}});
  CHECK(stretches("anlatmak", "anlotmak", 4) == Stretches{{4, 4, 4}});
  CHECK(stretches("ev", "evler").empty());
  CHECK(stretches("ev", "evler", 2) == Stretches{{0, 0, 2}});
  CHECK(stretches("abc", "xyz").empty());
  CHECK(stretches("", "abc").empty());
  CHECK(stretches("abc", "").empty());
  CHECK(stretches("abc", "abc") == Stretches{{0, 0, 3}});
}

TEST_CASE("of several alignments of one cost always the same: what is added comes last") {
  CHECK(stretches("kala", "kalaa") == Stretches{{0, 0, 4}});
  CHECK(stretches("kalaa", "kala") == Stretches{{0, 0, 4}});
  CHECK(stretches("aaa", "aaaaa") == Stretches{{0, 0, 3}});
}

TEST_CASE("alignments have the fewest edits") {
  // All words of at most four letters a, b: the edits are the symbols that no run of one pairs, or
  // fewer where they pair unequal ones.
  std::vector<std::string> words{""};
  for (std::size_t i = 0; words[i].size() < 4; ++i) {
    words.push_back(words[i] + "a");
    words.push_back(words[i] + "b");
  }
  for (const std::string& source : words) {
    for (const std::string& target : words) {
      std::size_t edited = 0, i = 0, j = 0;
      for (const Stretch& stretch : stretches(source, target, 1)) {
        edited += std::max(stretch.source - i, stretch.target - j);
        i = stretch.source + stretch.length;
        j = stretch.target + stretch.length;
        REQUIRE(source.substr(stretch.source, stretch.length) ==
                target.substr(stretch.target, stretch.length));
      }
      edited += std::max(source.size() - i, target.size() - j);
      CAPTURE(source);
      CAPTURE(target);
      CHECK(edited == edits(source, target));
    }
  }
}

TEST_CASE("a hallucinated word has its model's tags and affixes, and a stem of its own") {
  const Rows rows;
  CHECK(rows.hallucination.models() == 2);
  const Draws draws(7, 0);
  std::map<Row, int> models;
  std::set<std::u32string> stems;
  Hallucination::Word word;
  for (Row number = 0; number < 400; ++number) {
    rows.hallucination.draw(rows.corpus, rows.vocabulary, draws, number, word);
    ++models[word.model];
    const std::u32string source = rows.vocabulary.decode(word.source);
    const std::u32string target = rows.vocabulary.decode(word.target);
    if (word.model == 0) {
      REQUIRE(target == source + U"lar");
      REQUIRE(source.size() == 5);
      stems.insert(source);
    } else {
      REQUIRE(source.substr(4) == U"en");
      REQUIRE(target == U"ge" + source.substr(0, 4) + U"t");
    }
  }
  CHECK(models.size() == 2);
  CHECK(std::min(models[0], models[2]) > 140);  // six standard deviations below a half
  CHECK(stems.size() > 195 * std::size_t(models[0]) / 200);
  CHECK_FALSE(stems.contains(U"kitap"));
}

TEST_CASE("a word is drawn at its address: the same again, another in another epoch") {
  const Rows rows;
  Hallucination::Word one, again, other;
  for (Row number = 0; number < 20; ++number) {
    rows.hallucination.draw(rows.corpus, rows.vocabulary, Draws(7, 3), number, one);
    rows.hallucination.draw(rows.corpus, rows.vocabulary, Draws(7, 4), number, other);
    rows.hallucination.draw(rows.corpus, rows.vocabulary, Draws(7, 3), number, again);
    CHECK(one.source == again.source);
    CHECK(one.target == again.target);
    CHECK(one.source != other.source);
  }
}
