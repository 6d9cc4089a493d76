// Sentences as ids, all in memory or a chunk of them.
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include <vaecollapse/core/hash.hpp>
#include <vaecollapse/data/batch.hpp>
#include <vaecollapse/data/chunk_sampler.hpp>
#include <vaecollapse/data/sampler.hpp>
#include <vaecollapse/tasks/text/chunked_corpus.hpp>
#include <vaecollapse/tasks/text/corpus.hpp>
#include <vaecollapse/tasks/text/lines.hpp>

#include "unit/io/temporary_folder.hpp"

namespace vc = vaecollapse;
namespace text = vaecollapse::text;

namespace {

using Ids = std::vector<vc::Symbol>;

/// A file of its own with a text.
class TextFile {
 public:
  explicit TextFile(std::string_view content) : name_((folder_.path() / "text").string()) {
    write(content);
  }
  void write(std::string_view content) const { std::ofstream(name_, std::ios::binary) << content; }
  const std::string& name() const { return name_; }

 private:
  vc::test::TemporaryFolder folder_;
  std::string name_;
};

/// Sentences of 1 to 9 words of 30 different ones, with an empty line after every tenth.
std::string many_lines(int count) {
  std::string content;
  for (int i = 0; i < count; ++i) {
    for (int t = 0; t <= i * 5 % 9; ++t)
      content += "w" + std::to_string((i * 31 + t * t) % 30) + ' ';
    content += i % 10 == 9 ? "\n\n" : "\n";
  }
  return content;
}

Ids stored(std::span<const vc::Symbol> ids) { return {ids.begin(), ids.end()}; }

static_assert(vc::SymbolRows<text::Corpus>);
static_assert(vc::ChunkedRows<text::ChunkedCorpus>);

}  // namespace

TEST_CASE("a sentence is source and target, in the order of the text") {
  const TextFile file("b a\n\na <unk> c d\n");
  const auto lines = text::read_lines(file.name(), {.longest = 3});
  const auto vocabulary = vc::TokenVocabulary::of(text::count_tokens(lines), {.size = 2});
  const text::Corpus corpus(lines, vocabulary);
  CHECK(corpus.size() == 2);
  CHECK(stored(corpus.source(0)) == Ids{4, 3});
  CHECK(stored(corpus.source(1)) == Ids{3, 0, 0});
  for (const vc::Row row : {vc::Row{0}, vc::Row{1}}) {
    CHECK(corpus.target(row).data() == corpus.source(row).data());
    CHECK(corpus.target(row).size() == corpus.source(row).size());
    CHECK(corpus.tags(row).empty());
  }
  CHECK(corpus.sentences() == 2);
  CHECK(corpus.words() == 5);
  CHECK(corpus.unknown() == 2);
  CHECK(corpus.truncated() == 1);
  CHECK_THROWS_WITH_AS(corpus.source(2),
                       "corpus: row is 2: of 2 rows, 2 are in memory, from row 0 on", vc::Error);
}

TEST_CASE("the hash of a corpus tells sentences and their ends") {
  const auto hash_of = [](const std::vector<Ids>& sentences) {
    text::Corpus corpus;
    for (const Ids& sentence : sentences) corpus.add(sentence);
    return corpus.hash().value();
  };
  CHECK(hash_of({{3, 4}, {5}}) == hash_of({{3, 4}, {5}}));
  CHECK(hash_of({{3, 4}, {5}}) != hash_of({{3}, {4, 5}}));
  CHECK(hash_of({{3, 4}, {5}}) != hash_of({{5}, {3, 4}}));
  CHECK(hash_of({}) != hash_of({{}}));
}

TEST_CASE("chunks hold the sentences of the whole, and its counts") {
  const TextFile file(many_lines(103));
  const text::Reading reading{.longest = 7};
  const auto lines = text::read_lines(file.name(), reading);
  const auto vocabulary = vc::TokenVocabulary::of(text::count_tokens(lines), {.size = 20});
  const text::Corpus whole(lines, vocabulary);
  text::ChunkedCorpus chunked(file.name(), reading, vocabulary, 25);
  CHECK(chunked.size() == 103);
  CHECK(chunked.words() == whole.words());
  CHECK(chunked.unknown() == whole.unknown());
  CHECK(chunked.unknown() > 0);
  CHECK(chunked.truncated() == whole.truncated());
  CHECK(chunked.truncated() > 0);
  CHECK(chunked.left_out().empty_lines == 10);
  CHECK(chunked.hash().value() == whole.hash().value());
  REQUIRE(chunked.chunks() == 5);
  for (const vc::Index chunk : {vc::Index{0}, vc::Index{3}, vc::Index{4}, vc::Index{1}}) {
    if (chunk != 0) chunked.load(chunk);
    CHECK(chunked.chunk() == chunk);
    for (vc::Index row = chunked.first_row(chunk); row < chunked.first_row(chunk + 1); ++row) {
      const auto number = static_cast<vc::Row>(row);
      CHECK(stored(chunked.source(number)) == stored(whole.source(number)));
    }
  }
  CHECK_THROWS_WITH_AS(chunked.source(24),
                       "corpus: row is 24: of 103 rows, 25 are in memory, from row 25 on",
                       vc::Error);
  CHECK_THROWS_AS(chunked.target(50), vc::Error);
}

TEST_CASE("batches are the same ones whether chunks are in memory or not") {
  const TextFile file(many_lines(400));
  const auto lines = text::read_lines(file.name());
  const auto vocabulary = vc::TokenVocabulary::of(text::count_tokens(lines));
  const text::Corpus whole(lines, vocabulary);
  for (const bool equal : {false, true}) {
    const vc::SamplerOptions options{.batch = 16, .pool = 3, .equal_lengths = equal};
    text::ChunkedCorpus one(whole), all(file.name(), {}, vocabulary, 1000);
    text::ChunkedCorpus chunked(file.name(), {}, vocabulary, 96);
    vc::ChunkSampler of_one(one, vc::Seed{5}, options), of_all(all, vc::Seed{5}, options);
    vc::ChunkSampler of_chunks(chunked, vc::Seed{5}, options);
    CHECK(one.chunks() == 1);
    CHECK(all.chunks() == 1);
    REQUIRE(of_one.batches() == of_all.batches());
    vc::Batch a, b;
    for (vc::Index i = 0; i < of_one.batches(); ++i) {
      a.assign(one, of_one.epoch(1)[i]);
      b.assign(all, of_all.epoch(1)[i]);
      CHECK(stored(a.targets().ids) == stored(b.targets().ids));
    }
    // What a batch reads from a chunk is what it would read from the whole.
    for (const unsigned epoch : {0U, 1U}) {
      for (vc::Index i = 0; i < of_chunks.batches(); ++i) {
        const std::span<const vc::Row> rows = of_chunks.epoch(epoch)[i];
        a.assign(chunked, rows);
        b.assign(whole, rows);
        CHECK(stored(a.source().ids) == stored(b.source().ids));
        CHECK(stored(a.inputs().ids) == stored(b.inputs().ids));
      }
    }
  }
}

TEST_CASE("a file that changes while it is in use is an error") {
  // Larger than what a stream reads ahead.
  const std::string content = many_lines(4000);
  const TextFile file(content);
  const vc::TokenVocabulary vocabulary = vc::TokenVocabulary::of(text::count_tokens(file.name()));
  text::ChunkedCorpus corpus(file.name(), {}, vocabulary, 2000);
  const std::string changed =
      ": found other sentences than before, expected a file that does not "
      "change while it is in use";
  const std::size_t last = content.rfind("\nw", content.size() - 3);
  for (const std::string& other : {content.substr(0, last) + "\nw1 w2\n",
                                   content.substr(0, last + 1), content.substr(0, 99)}) {
    file.write(other);
    CHECK_THROWS_WITH_AS(corpus.load(1), (file.name() + changed).c_str(), vc::InputError);
    CHECK(corpus.chunk() == -1);
    file.write(content);
    corpus.load(0);
    CHECK(corpus.chunk() == 0);
  }
  corpus.load(1);
  CHECK(corpus.first_row(corpus.chunk()) == 2000);
}

TEST_CASE("a corpus in memory has chunks too") {
  text::Corpus corpus;
  for (int i = 0; i < 5; ++i) corpus.add(Ids{3 + i});
  text::ChunkedCorpus chunked(corpus, 2);
  CHECK(chunked.chunks() == 3);
  CHECK(chunked.first_row(3) == 5);
  chunked.load(2);
  CHECK(chunked.chunk() == 2);
  for (const vc::Row row : {vc::Row{0}, vc::Row{4}}) CHECK(chunked.source(row).size() == 1);
  CHECK(text::ChunkedCorpus(text::Corpus()).chunks() == 0);
  CHECK_THROWS_WITH_AS(text::ChunkedCorpus(corpus, -1),
                       "chunked corpus: a chunk has -1 sentences: it must have 1 at least",
                       vc::Error);
}

TEST_CASE("what cannot be read in chunks") {
  const TextFile file("a b\nb\n"), empty("\n\n"), wrong("a\nb\na\n\xFF\n");
  const vc::TokenVocabulary vocabulary;
  CHECK_THROWS_WITH_AS(text::ChunkedCorpus(file.name(), {}, vocabulary, 0),
                       "chunked corpus: a chunk has 0 sentences: it must have 1 at least",
                       vc::Error);
  CHECK_THROWS_WITH_AS(
      text::ChunkedCorpus(empty.name(), {}, vocabulary, 2),
      (empty.name() + ": found no sentence, expected sentences, one a line").c_str(),
      vc::InputError);
  CHECK_THROWS_WITH_AS(
      text::ChunkedCorpus(wrong.name(), {}, vocabulary, 2),
      (wrong.name() + ":4: found an impossible byte at byte 1, expected UTF-8").c_str(),
      vc::InputError);
}
