// The beam of one row: which hypotheses grow, when it ends, and that nothing better is left then.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <span>
#include <vector>

#include <doctest/doctest.h>

#include <vaecollapse/core/finite.hpp>
#include <vaecollapse/core/rng.hpp>
#include <vaecollapse/model/decode.hpp>

#include "support/word_tree.hpp"

using namespace vaecollapse;
using detail::Beam;
using vaecollapse_test::append_all_words;
using vaecollapse_test::continuations;
using vaecollapse_test::is_finished;
using vaecollapse_test::sort_by_rank;
using vaecollapse_test::TreeColumns;
using vaecollapse_test::TreeWord;
using vaecollapse_test::WordTree;

namespace {

constexpr Symbol end = Vocabulary::end, a = Vocabulary::first_character, b = a + 1;
const double no_number = vaecollapse::not_a_number<double>();
const double endless = vaecollapse::infinity<double>();

/// The greatest length of the words of one row.
std::vector<Index> one_row(const DecodeOptions& options) {
  const Index length = 1;
  return detail::length_limits(options, SequencePlan(std::span<const Index>(&length, 1)));
}

DecodeOptions options_of(Index beam, Index nbest, double normalisation, Index longest) {
  return {.beam = beam,
          .nbest = nbest,
          .length_normalisation = normalisation,
          .length_factor = 0,
          .length_slack = longest};
}

Guesses search(const WordTree& tree, const DecodeOptions& options) {
  TreeColumns columns(tree);
  return detail::search_with_beams(columns, one_row(options), options).front();
}

Hypothesis search_greedily(const WordTree& tree, const DecodeOptions& options) {
  TreeColumns columns(tree);
  return detail::search_greedily(columns, one_row(options)).front().front();
}

void check_same(const Guesses& guesses, const std::vector<TreeWord>& expected, Index nbest) {
  REQUIRE(guesses.size() == std::min(expected.size(), static_cast<std::size_t>(nbest)));
  for (std::size_t i = 0; i < guesses.size(); ++i) {
    CHECK(guesses[i].ids == expected[i].word.ids);
    CHECK(guesses[i].is_cut == expected[i].word.is_cut);
    CHECK(guesses[i].log_probability ==
          doctest::Approx(expected[i].word.log_probability).epsilon(1e-12));
  }
}

/// A beam search that never ends a row early: all that is finished on the way, best first.
std::vector<TreeWord> search_to_the_end(const WordTree& tree, const DecodeOptions& options) {
  std::vector<TreeWord> finished, growing{{{}, tree.root(0)}}, next;
  TreeWord greedy = growing.front();
  bool greedy_grows = true;
  const auto is_likelier = [](const TreeWord& x, const TreeWord& y) {
    return x.word.log_probability > y.word.log_probability;
  };
  for (; !growing.empty(); growing = std::move(next)) {
    next.clear();
    const std::size_t length = growing.front().word.ids.size();
    for (const TreeWord& one : growing) {
      for (const TreeWord& more : continuations(tree, one, options.length_slack)) {
        (is_finished(more, length) ? finished : next).push_back(more);
      }
    }
    std::stable_sort(next.begin(), next.end(), is_likelier);
    if (static_cast<Index>(next.size()) > options.beam) {
      next.resize(static_cast<std::size_t>(options.beam));
    }
    if (!greedy_grows) continue;
    const auto ways = continuations(tree, greedy, options.length_slack);
    greedy = *std::min_element(ways.begin(), ways.end(), is_likelier);
    greedy_grows = !is_finished(greedy, length);
    const bool is_there = std::any_of(next.begin(), next.end(), [&](const TreeWord& one) {
      return one.word.ids == greedy.word.ids;
    });
    if (greedy_grows && !is_there) next.push_back(greedy);
  }
  sort_by_rank(finished, options.length_normalisation);
  return finished;
}

}  // namespace

TEST_CASE("beam: as wide as the tree it finds the best words of all") {
  constexpr Index longest = 5, characters = 3, width = 81;
  for (std::uint64_t seed = 0; seed < 24; ++seed) {
    const WordTree tree(seed, characters, seed % 2 == 0 ? 3 : 0.4);
    std::vector<TreeWord> words;
    append_all_words(tree, {{}, tree.root(0)}, longest, words);
    for (const double normalisation : {0.0, 0.5, 1.0, 2.5}) {
      sort_by_rank(words, normalisation);
      for (Index nbest = 1; nbest <= 5; ++nbest) {
        CAPTURE(seed);
        CAPTURE(normalisation);
        CAPTURE(nbest);
        check_same(search(tree, options_of(width, nbest, normalisation, longest)), words, nbest);
      }
    }
  }
}

TEST_CASE("beam: nothing that still grew at the end could have been returned") {
  constexpr Index longest = 9;
  for (std::uint64_t seed = 100; seed < 130; ++seed) {
    const WordTree tree(seed, 4, seed % 3 == 0 ? 0.5 : 3);
    for (const Index beam : {1, 2, 3, 4, 7}) {
      for (Index nbest = 1; nbest <= std::min<Index>(beam, 5); ++nbest) {
        for (const double normalisation : {0.0, 0.7, 1.0, 3.0}) {
          CAPTURE(seed);
          CAPTURE(beam);
          CAPTURE(nbest);
          CAPTURE(normalisation);
          const DecodeOptions options = options_of(beam, nbest, normalisation, longest);
          check_same(search(tree, options), search_to_the_end(tree, options), nbest);
        }
      }
    }
  }
}

TEST_CASE("beam: a row ends as soon as nothing better can come") {
  // The end is almost certain from the first: whatever grows is less likely already.
  std::vector<Beam::Candidate> candidates{
      {std::log(0.9), 0, end}, {std::log(0.06), 0, a}, {std::log(0.04), 0, b}};
  Beam beam({.beam = 3, .nbest = 1}, 30);
  CHECK(beam.advance(candidates).empty());
  CHECK(beam.growing().empty());
  CHECK(beam.best().front().ids.empty());

  // With log p / n, 30 symbols of the same log p would rank higher.
  candidates = {{std::log(0.9), 0, end}, {std::log(0.06), 0, a}, {std::log(0.04), 0, b}};
  Beam normalised({.beam = 3, .nbest = 1, .length_normalisation = 1}, 30);
  CHECK(normalised.advance(candidates).size() == 1);  // log .06 / 30 > log .9 > log .04 / 30
}

TEST_CASE("beam: words that end early do not stop a likelier one") {
  // As many words as the beam holds end before the likeliest of all.
  constexpr int last = 7;
  Beam beam({.beam = 2, .nbest = 2}, 12);
  std::vector<Beam::Candidate> candidates;
  for (int i = 0; i < last; ++i) {
    const double so_far = i * std::log(0.85);
    candidates = {{so_far + std::log(0.15), 0, end}, {so_far + std::log(0.85), 0, a}};
    REQUIRE(beam.advance(candidates).size() == 1);
  }
  candidates = {{last * std::log(0.85), 0, end}};
  CHECK(beam.advance(candidates).empty());
  const Guesses guesses = beam.best();
  REQUIRE(guesses.size() == 2);
  CHECK(guesses[0].ids.size() == last);
  CHECK(guesses[0].log_probability == doctest::Approx(last * std::log(0.85)));
  CHECK(guesses[1].ids.empty());
}

TEST_CASE("beam: those that are finished take no place of those that grow") {
  Beam beam({.beam = 3, .nbest = 3}, 12);
  const Symbol c = b + 1;
  std::vector<Beam::Candidate> candidates{
      {std::log(0.4), 0, end}, {std::log(0.3), 0, a}, {std::log(0.2), 0, b}, {std::log(0.1), 0, c}};
  REQUIRE(beam.advance(candidates) == std::vector<std::size_t>{0, 0, 0});
  candidates.clear();
  for (std::size_t parent = 0; parent < 3; ++parent) {
    const double before = beam.growing()[parent].log_probability;
    candidates.push_back({before + std::log(0.4), parent, end});
    candidates.push_back({before + std::log(0.6), parent, c});
  }
  // .18 and .12 grow; .06 cannot come among the three best, .4, .12 and .08.
  REQUIRE(beam.advance(candidates).size() == 2);
  CHECK(beam.growing()[0].ids == std::vector<Symbol>{a, c});
}

TEST_CASE("beam: its first word is never ranked behind that of greedy search") {
  int differs = 0;
  for (std::uint64_t seed = 1000; seed < 1400; ++seed) {
    const WordTree tree(seed, 5, 2);
    for (const Index beam : {2, 3, 4, 12}) {
      for (const double normalisation : {0.0, 1.0}) {
        const DecodeOptions options = options_of(beam, 1, normalisation, 14);
        const TreeWord greedy{search_greedily(tree, options)};
        const TreeWord first{search(tree, options).front()};
        CAPTURE(seed);
        CAPTURE(beam);
        CHECK(first.rank(normalisation) >= greedy.rank(normalisation) - 1e-12);
        differs += first.word.ids != greedy.word.ids ? 1 : 0;
      }
    }
  }
  CHECK(differs > 100);  // else greedy search finds the best words, and nothing is shown
}

TEST_CASE("beam: greedy search's hypothesis keeps a place, however many are likelier on the way") {
  // a is the likeliest first symbol, but what follows it is spread; all that follows b and c is
  // likely, and ends badly.
  const Symbol c = b + 1, d = c + 1;
  Beam beam({.beam = 2, .nbest = 1}, 12);
  std::vector<Beam::Candidate> candidates{
      {std::log(0.36), 0, a}, {std::log(0.32), 0, b}, {std::log(0.32), 0, c}};
  beam.advance(candidates);
  REQUIRE(beam.growing().size() == 2);
  candidates = {{std::log(0.36 * 0.3), 0, a},
                {std::log(0.36 * 0.25), 0, d},
                {std::log(0.32 * 0.5), 1, a},
                {std::log(0.32 * 0.5), 1, b}};
  CHECK(beam.advance(candidates) == std::vector<std::size_t>{1, 1, 0});
  CHECK(beam.growing()[2].ids == std::vector<Symbol>{a, a});
  candidates = {{std::log(0.16 * 1e-3), 0, end},
                {std::log(0.16 * 1e-3), 1, end},
                {std::log(0.36 * 0.3), 2, end}};
  beam.advance(candidates);
  CHECK(beam.best().front().ids == std::vector<Symbol>{a, a});
}

TEST_CASE("beam: words that reach the greatest length are cut, marked and ranked like others") {
  const WordTree tree(5, 3, 0.1);  // all symbols are about equally likely, so few words end
  const Guesses guesses = search(tree, options_of(30, 30, 0, 2));
  REQUIRE(guesses.size() == 1 + 3 + 9);
  for (const Hypothesis& word : guesses) CHECK(word.is_cut == (word.ids.size() == 2));
  CHECK(search_greedily(tree, options_of(1, 1, 0, 1)).ids.size() <= 1);
  for (const Index shortest : {0, -3}) {  // a word may have one symbol, whatever is asked
    const Guesses short_ones = search(tree, options_of(5, 5, 0, shortest));
    REQUIRE(short_ones.size() == 4);
    for (const Hypothesis& word : short_ones) CHECK(word.is_cut == (word.ids.size() == 1));
  }
}

TEST_CASE("beam: of equals the one comes first that ended first, then by its symbols") {
  const WordTree even(1, 3, 0);
  const Guesses guesses = search(even, options_of(4, 4, 0, 8));
  REQUIRE(guesses.size() == 4);
  CHECK(guesses[0].ids == std::vector<Symbol>{});
  for (Symbol i = 0; i < 3; ++i) {
    CHECK(guesses[static_cast<std::size_t>(i) + 1].ids == std::vector<Symbol>{a + i});
  }
  // The order in which candidates are given does not matter.
  std::vector<Beam::Candidate> candidates{{-1, 0, b}, {-1, 0, end}, {-1, 0, a}};
  for (int turn = 0; turn < 3; ++turn) {
    std::rotate(candidates.begin(), candidates.begin() + 1, candidates.end());
    auto some = candidates;
    Beam beam({.beam = 2, .nbest = 2}, 9);
    REQUIRE(beam.advance(some).size() == 2);
    CHECK(beam.growing()[0].ids == std::vector<Symbol>{a});
    CHECK(beam.growing()[1].ids == std::vector<Symbol>{b});
  }
}

TEST_CASE("beam: a word that is impossible is no guess") {
  Beam beam({.beam = 4, .nbest = 4}, 9);
  std::vector<Beam::Candidate> candidates{{-endless, 0, end}, {-0.5, 0, a}, {-endless, 0, b}};
  REQUIRE(beam.advance(candidates).size() == 1);
  candidates = {{-0.5, 0, end}, {-endless, 0, a}, {no_number, 0, b}};
  CHECK(beam.advance(candidates).empty());
  const Guesses guesses = beam.best();
  REQUIRE(guesses.size() == 1);
  CHECK(guesses.front().ids == std::vector<Symbol>{a});
}

namespace {

/// The same logits after every word, up to a step, then others.
struct FixedColumns {
  std::vector<double> first, then;
  int position = -1;
  void step(std::span<const Symbol>, std::span<const Index>) { ++position; }
  View<const double> logits(Index) const {
    return {(position < 2 ? first : then).data(), static_cast<Index>(first.size()), 1};
  }
  void carry(Index, Index) {}
};

}  // namespace

TEST_CASE("searches: where no symbol can follow, a row has the word so far, and that is marked") {
  const std::vector<double> good{-9, -9, -5, 2, 1};
  for (const double bad : {no_number, -endless, endless}) {
    CAPTURE(bad);
    const std::vector<double> all_bad(5, bad);
    for (const Index beam : {1, 2, 6}) {
      FixedColumns columns{good, all_bad};
      const DecodeOptions options = options_of(beam, beam, 0, 30);
      const auto found = beam == 1 ? detail::search_greedily(columns, one_row(options))
                                   : detail::search_with_beams(columns, one_row(options), options);
      REQUIRE(found.front().size() >= 1);
      if (beam > 1) continue;  // words that ended before are guesses
      const Hypothesis& word = found.front().front();
      CHECK(word.ids == std::vector<Symbol>{a, a});
      CHECK(word.is_cut);
      CHECK_FALSE(vaecollapse::is_finite(word.log_probability));
    }
    FixedColumns columns{all_bad, all_bad};
    const DecodeOptions three = options_of(3, 3, 0, 30);
    const auto found = detail::search_with_beams(columns, one_row(three), three).front();
    REQUIRE(found.size() == 1);
    CHECK(found.front().ids.empty());
    CHECK(found.front().is_cut);
    CHECK_FALSE(vaecollapse::is_finite(found.front().log_probability));
    CHECK(columns.position == 0);
  }
}

TEST_CASE("searches: rounding makes no symbol likelier than certain") {
  CHECK(detail::log_probability_of(1.0F, std::nextafter(1.0, 0.0)) == 0);
  CHECK(detail::log_probability_of(1.0F, 3.0) == -2);
  CHECK(vaecollapse::is_nan(detail::log_probability_of(static_cast<float>(no_number), 1.0)));
}

TEST_CASE("searches: rows of a batch end each for itself") {
  const WordTree tree(77, 4, 2.5);
  const std::vector<Index> lengths{3, 1, 6, 2};
  const SequencePlan plan{std::span<const Index>(lengths)};
  const DecodeOptions options{.beam = 3, .nbest = 3, .length_factor = 1, .length_slack = 2};
  TreeColumns columns(tree);
  const auto found =
      detail::search_with_beams(columns, detail::length_limits(options, plan), options);
  for (std::size_t row = 0; row < lengths.size(); ++row) {
    const Index longest = lengths[row] + 2;
    std::vector<TreeWord> words;
    append_all_words(tree, {{}, tree.root(static_cast<Index>(row))}, longest, words);
    REQUIRE(found[row].size() == 3);
    for (const Hypothesis& guess : found[row]) {
      const auto same = std::find_if(words.begin(), words.end(), [&](const TreeWord& one) {
        return one.word.ids == guess.ids && one.word.is_cut == guess.is_cut;
      });
      REQUIRE(same != words.end());
      CHECK(guess.log_probability == doctest::Approx(same->word.log_probability).epsilon(1e-12));
    }
  }
}

namespace {

/// Logits of a large vocabulary for any column, in eighths, so that many are equal.
struct ManyLogits {
  static constexpr Index symbols = 500;
  std::uint32_t step = 0;
  std::vector<double> numbers = std::vector<double>(symbols);

  View<const double> logits(Index column) {
    const Draws draws(Seed{9}, step);
    for (std::uint32_t v = 0; v < symbols; ++v) {
      const double draw = draws.uniform(Stream::user, v, std::uint32_t(column), 0, 0);
      numbers[v] = std::round(8 * (4 * draw - 2)) / 8;
    }
    return {numbers.data(), symbols, 1};
  }
};

/// Every continuation of every hypothesis.
std::vector<Beam::Candidate> all_candidates(ManyLogits& columns, const Beam& beam) {
  std::vector<Beam::Candidate> all;
  for (std::size_t parent = 0; parent < beam.growing().size(); ++parent) {
    const View<const double> logits = columns.logits(Index(parent));
    for (Symbol v = end; v < logits.rows; ++v) {
      const double log_probability =
          detail::log_probability_of(logits.data[v], detail::normaliser(logits));
      all.push_back({beam.growing()[parent].log_probability + log_probability, parent, v});
    }
  }
  return all;
}

}  // namespace

TEST_CASE("a beam keeps of the likeliest continuations what it keeps of all") {
  for (const Index width : {1, 2, 5, 600}) {
    const DecodeOptions options{.beam = width, .nbest = std::min<Index>(width, 3)};
    Beam of_likeliest(options, 4), of_all(options, 4);
    ManyLogits columns;
    std::vector<Beam::Candidate> candidates;
    CAPTURE(width);
    for (; !of_all.growing().empty(); ++columns.step) {
      detail::collect_candidates(columns, of_likeliest, 0, candidates);
      std::vector<Beam::Candidate> all = all_candidates(columns, of_all);
      CHECK(candidates.size() <= all.size());
      CHECK(of_likeliest.advance(candidates) == of_all.advance(all));
      REQUIRE(of_likeliest.growing().size() == of_all.growing().size());
      for (std::size_t i = 0; i < of_all.growing().size(); ++i) {
        CHECK(of_likeliest.growing()[i].ids == of_all.growing()[i].ids);
      }
    }
    const Guesses found = of_likeliest.best(), expected = of_all.best();
    REQUIRE(found.size() == expected.size());
    for (std::size_t i = 0; i < found.size(); ++i) {
      CHECK(found[i].ids == expected[i].ids);
      CHECK(found[i].log_probability == expected[i].log_probability);
      CHECK(found[i].is_cut == expected[i].is_cut);
    }
  }
}
