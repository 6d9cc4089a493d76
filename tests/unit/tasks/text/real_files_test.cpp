// The Penn Treebank's files, where they are at hand: VAECOLLAPSE_SHARED_DATA names a folder beside
// theirs.
#include <cstdlib>
#include <filesystem>
#include <string>

#include <doctest/doctest.h>

#include <vaecollapse/data/token_vocabulary.hpp>
#include <vaecollapse/tasks/text/chunked_corpus.hpp>
#include <vaecollapse/tasks/text/corpus.hpp>
#include <vaecollapse/tasks/text/lines.hpp>

namespace vc = vaecollapse;
namespace text = vaecollapse::text;

TEST_CASE("the Penn Treebank has the sentences and words that published perplexities are of") {
  const char* given = std::getenv("VAECOLLAPSE_SHARED_DATA");
  const std::string folder = given == nullptr ? "" : std::string(given) + "/../ptb/";
  if (given == nullptr || !std::filesystem::exists(folder + "test.txt")) {
    MESSAGE("skipped: there are no files of the Penn Treebank");
    return;
  }
  const text::Lines train = text::read_lines(folder + "train.txt");
  const auto vocabulary = vc::TokenVocabulary::of(text::count_tokens(train));
  CHECK(train.size() == 42068);
  CHECK(train.words() == 887521);
  CHECK(vocabulary.symbols() == 9998 + 3);
  const text::Corpus of_train(train, vocabulary);
  CHECK(of_train.unknown() == 45020);
  const text::Corpus test(text::read_lines(folder + "test.txt"), vocabulary);
  CHECK(test.sentences() == 3761);
  CHECK(test.words() + test.sentences() == 82430);
  CHECK(test.unknown() == 4794);
  const text::ChunkedCorpus chunked(folder + "train.txt", {}, vocabulary, 1000);
  CHECK(chunked.chunks() == 43);
  CHECK(chunked.hash().value() == of_train.hash().value());
}
