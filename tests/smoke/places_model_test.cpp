// A model with a latent for each place, from its file: what the decoder knows of a source is z and
// how many places it has, and models of one file answer alike side by side.
#if __has_include("trained_model.hpp")  // the programs are built

#include <cstddef>
#include <numeric>
#include <string>
#include <thread>
#include <vector>

#include <doctest/doctest.h>

#include <vaecollapse/tasks/reinflection/corpus.hpp>

#include "corpora.hpp"
#include "smoke/program.hpp"
#include "trained_model.hpp"

using reinflection::test::Arguments;
using reinflection::test::Workbench;

namespace {

using Examples = std::vector<vaecollapse::reinflection::Example>;

Examples rows_of_dev(const reinflection::TrainedModel& model, const Workbench& bench) {
  const auto& description = model.description();
  return reinflection::load_data(bench.dev_file(), reinflection::reading_of(description.settings),
                                 description, "model");
}

vaecollapse::reinflection::Corpus corpus_for(const reinflection::TrainedModel& model,
                                             const Examples& rows) {
  return {rows, model.description().vocabulary, model.description().features};
}

std::vector<std::u32string> words_of(const std::vector<reinflection::RankedGuesses>& guesses) {
  std::vector<std::u32string> words;
  for (const auto& ranked : guesses) {
    for (const reinflection::Guess& guess : ranked) words.push_back(guess.word);
  }
  return words;
}

/// Each letter of the sources another one, and no source longer or shorter.
Examples with_other_letters(Examples rows, const vaecollapse::Vocabulary& vocabulary) {
  const std::u32string_view letters = vocabulary.characters();
  for (auto& row : rows) {
    for (char32_t& letter : row.source) {
      letter = letters[(letters.find(letter) + 1) % letters.size()];
    }
  }
  return rows;
}

}  // namespace

TEST_CASE("places: with z, its number of places and the tags fixed, other letters change no byte") {
  const Workbench bench;
  for (const Arguments& kind : {Arguments{"--latent", "0"}, Arguments{"--latent", "8"},
                                Arguments{"--latent", "0", "--slots", "4"}}) {
    const std::string folder = bench.train(
        "model", kind + Arguments{"--latent-per-place", "6", "--epochs", "3", "--overwrite"});
    reinflection::TrainedModel model(folder, 1, {});
    const Examples rows = rows_of_dev(model, bench);
    const auto corpus = corpus_for(model, rows);
    const auto other = corpus_for(model, with_other_letters(rows, model.description().vocabulary));
    const auto z = model.drawn_codes(corpus);
    std::vector<vaecollapse::Row> own(rows.size());
    std::iota(own.begin(), own.end(), vaecollapse::Row{0});
    CHECK(model.nll(other, z, own) == model.nll(corpus, z, own));
    CHECK(words_of(model.guess(other, z, own)) == words_of(model.guess(corpus, z, own)));
    // The letters do matter to z.
    CHECK(model.drawn_codes(other).numbers != z.numbers);
  }
}

TEST_CASE("places: models of one file predict in several threads as one does alone") {
  const Workbench bench;
  const std::string folder =
      bench.train("model", {"--latent-per-place", "6", "--latent", "8", "--epochs", "3"});
  reinflection::TrainedModel alone(folder, 1, {.beam = 2, .nbest = 2});
  const Examples rows = rows_of_dev(alone, bench);
  const auto corpus = corpus_for(alone, rows);
  const auto expected = words_of(alone.guess(corpus));
  std::vector<std::vector<std::u32string>> found(3);
  std::vector<std::thread> threads;
  for (auto& own : found) {
    threads.emplace_back([&] {
      reinflection::TrainedModel model(folder, 1, {.beam = 2, .nbest = 2});
      for (int repeat = 0; repeat < 3; ++repeat) own = words_of(model.guess(corpus));
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const auto& own : found) CHECK(own == expected);
}

#endif
