// Rows that are made anew for each epoch: what they are, and that they stand at addresses.
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <span>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include <vaecollapse/core/check.hpp>
#include <vaecollapse/tasks/reinflection/training_corpus.hpp>

using namespace vaecollapse::reinflection;
using vaecollapse::EpochRows;
using vaecollapse::Error;
using vaecollapse::Index;
using vaecollapse::Row;
using vaecollapse::Seed;
using vaecollapse::Symbol;
using vaecollapse::Vocabulary;

namespace {

static_assert(EpochRows<TrainingCorpus>);

using Word = std::vector<Symbol>;

const std::vector<Example> given_rows{parse_row("f", 1, "ev\tnum=PL\tevler", Task::reinflection),
                                      parse_row("f", 2, "at\tnum=SG\tata", Task::reinflection)};

TrainingCorpus corpus_with(FreshRows fresh, std::uint64_t seed = 7) {
  return {given_rows, vocabulary_of(given_rows), training_features(given_rows, fresh), fresh,
          Seed(seed)};
}

Word word_of(std::span<const Symbol> symbols) { return {symbols.begin(), symbols.end()}; }

std::vector<Word> fresh_words(const TrainingCorpus& corpus) {
  std::vector<Word> words;
  for (auto row = static_cast<Row>(corpus.constant_rows()); row < Row(corpus.size()); ++row) {
    words.push_back(word_of(corpus.source(row)));
  }
  return words;
}

}  // namespace

TEST_CASE(
    "the given rows stay, and random strings behind them are copies with a tag of their own") {
  const FreshRows fresh{.random_strings = 30};
  TrainingCorpus corpus = corpus_with(fresh);
  const Features features = training_features(given_rows, fresh);
  CHECK(features.names() == std::vector<std::string>{"COPY", "num=PL", "num=SG"});
  CHECK(corpus.constant_rows() == 2);
  for (const std::uint64_t epoch : {0u, 1u, 9u}) {
    corpus.begin_epoch(epoch);
    REQUIRE(corpus.size() == 32);
    const Corpus plain(given_rows, vocabulary_of(given_rows), features);
    for (const Row row : {0u, 1u}) {
      CHECK(word_of(corpus.source(row)) == word_of(plain.source(row)));
      CHECK(word_of(corpus.target(row)) == word_of(plain.target(row)));
      CHECK(word_of(corpus.tags(row)) == word_of(plain.tags(row)));
    }
    for (Row row = 2; row < 32; ++row) {
      CHECK(word_of(corpus.source(row)) == word_of(corpus.target(row)));
      CHECK(word_of(corpus.tags(row)) == Word{features.id("COPY")});
    }
  }
}

TEST_CASE("random strings are others in each epoch and with each seed, and the same again") {
  TrainingCorpus corpus = corpus_with({.random_strings = 200});
  std::set<Word> seen;
  std::vector<std::vector<Word>> epochs;
  for (const std::uint64_t epoch : {0u, 1u, 2u}) {
    corpus.begin_epoch(epoch);
    epochs.push_back(fresh_words(corpus));
    seen.insert(epochs.back().begin(), epochs.back().end());
  }
  // With 6 letters, 1.4 pairs of 600 strings are equal on average; 15 are with probability 1e-11.
  CHECK(seen.size() > 585);
  corpus.begin_epoch(1);
  CHECK(fresh_words(corpus) == epochs[1]);
  CHECK(fresh_words(corpus_with({.random_strings = 200})) == epochs[0]);
  CHECK(fresh_words(corpus_with({.random_strings = 200}, 8)) != epochs[0]);
  // A string does not depend on how many there are.
  const auto more = fresh_words(corpus_with({.random_strings = 300}));
  CHECK(std::equal(epochs[0].begin(), epochs[0].end(), more.begin()));
}

TEST_CASE("lengths and characters of random strings are equally likely") {
  constexpr Index strings = 20000;
  const TrainingCorpus corpus = corpus_with({.random_strings = strings});
  std::map<std::size_t, double> lengths;
  std::map<Symbol, double> characters;
  double total = 0;
  for (const Word& word : fresh_words(corpus)) {
    ++lengths[word.size()];
    for (const Symbol one : word) ++characters[one];
    total += static_cast<double>(word.size());
  }
  CHECK(lengths.size() == 11);
  CHECK(lengths.begin()->first == 4);
  CHECK(lengths.rbegin()->first == 14);
  // Six standard deviations: 2e-9 each.
  const auto check_share = [](double count, double of, double share) {
    CHECK(std::abs(count - of * share) < 6 * std::sqrt(of * share * (1 - share)));
  };
  for (const auto& [length, count] : lengths) check_share(count, strings, 1.0 / 11);
  CHECK(characters.size() == 6);  // a, e, l, r, t, v
  CHECK(characters.begin()->first == Vocabulary::first_character);
  for (const auto& [one, count] : characters) check_share(count, total, 1.0 / 6);
}

TEST_CASE("without fresh rows the tags are those of the rows; without their tag there are none") {
  CHECK(training_features(given_rows, {}).names() == std::vector<std::string>{"num=PL", "num=SG"});
  CHECK(corpus_with({}).size() == 2);
  CHECK_THROWS_WITH_AS(
      TrainingCorpus(given_rows, vocabulary_of(given_rows), Features::of(given_rows),
                     {.random_strings = 1}, Seed(1)),
      "training corpus: the features lack the tag COPY, which random strings have: see "
      "training_features",
      Error);
  CHECK_THROWS_WITH_AS(
      TrainingCorpus({}, Vocabulary(), training_features({}, {.random_strings = 1}),
                     {.random_strings = 1}, Seed(1)),
      "training corpus: the vocabulary has no characters to draw from", Error);
}

TEST_CASE("hallucinated rows follow, with the tags of their models, which are the first rows") {
  const std::vector<Example> rows{parse_row("f", 1, "kitap\tnum=PL\tkitaplar", Task::reinflection),
                                  parse_row("f", 2, "defter\tnum=SG\tdefter", Task::reinflection)};
  const FreshRows fresh{.random_strings = 2, .hallucinated = 40, .models = 1};
  const Vocabulary vocabulary = vocabulary_of(rows);
  const Features features = training_features(rows, fresh);
  TrainingCorpus corpus(rows, vocabulary, features, fresh, Seed(7));
  std::set<std::u32string> stems;
  for (const std::uint64_t epoch : {0u, 1u}) {
    corpus.begin_epoch(epoch);
    REQUIRE(corpus.size() == 2 + fresh.count());
    for (Row row = 4; row < 44; ++row) {
      const std::u32string source = vocabulary.decode(corpus.source(row));
      CHECK(vocabulary.decode(corpus.target(row)) == source + U"lar");
      CHECK(word_of(corpus.tags(row)) == Word{features.id("num=PL")});
      stems.insert(source);
    }
  }
  CHECK(stems.size() > 75);  // of 9^5 stems, 80 draws give the same one twice 0.05 times
  CHECK(training_features(rows, {.hallucinated = 1}).names() ==
        std::vector<std::string>{"num=PL", "num=SG"});
}

TEST_CASE("rows that share nothing, and more than there are, are no models") {
  CHECK_THROWS_AS(corpus_with({.hallucinated = 3, .models = 1000}), Error);
  CHECK_THROWS_WITH_AS(corpus_with({.hallucinated = 3, .models = 2}),
                       "training corpus: in none of 2 rows do source and target share 3 characters "
                       "in a row: there is nothing to make hallucinated rows of",
                       Error);
}

TEST_CASE("an epoch takes its share of the implied rows, until all have had their turn") {
  std::vector<Example> implied;
  for (const char* source : {"a", "t", "e", "v", "l"}) {
    implied.push_back(
        parse_row("f", 1, std::string(source) + "\tnum=PL\tevler", Task::reinflection));
  }
  const FreshRows fresh{.random_strings = 1, .implied = 2};
  const Vocabulary vocabulary = vocabulary_of(given_rows);
  const Features features = training_features(given_rows, fresh);
  TrainingCorpus corpus(given_rows, vocabulary, features, fresh, Seed(7), implied);
  std::u32string sources;
  for (const std::uint64_t epoch : {0u, 1u, 2u, 3u, 4u}) {
    corpus.begin_epoch(epoch);
    REQUIRE(corpus.size() == 5);
    for (const Row row : {3u, 4u}) {
      sources += vocabulary.decode(corpus.source(row));
      CHECK(vocabulary.decode(corpus.target(row)) == U"evler");
      CHECK(word_of(corpus.tags(row)) == Word{features.id("num=PL")});
    }
  }
  CHECK(sources == U"atevlatevl");
  corpus.begin_epoch(1);
  CHECK(vocabulary.decode(corpus.source(3)) == U"e");
}

TEST_CASE("an epoch that takes more implied rows than there are is an error") {
  CHECK_THROWS_WITH_AS(corpus_with({.implied = 3}),
                       "training corpus: an epoch takes 3 implied rows, and there are 0", Error);
}
