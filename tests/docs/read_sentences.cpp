// The program of docs/how_to/sentences.md: sentences of a file, in memory and in chunks.
#include <cstdio>

#include <vaecollapse/vaecollapse.hpp>

namespace vc = vaecollapse;
namespace text = vaecollapse::text;

char32_t small_letter(char32_t one) { return one >= U'A' && one <= U'Z' ? one - U'A' + U'a' : one; }

int main() {
  const text::Reading reading{.character = small_letter, .longest = 8};
  const auto lines = text::read_lines("pets.txt", reading);
  std::printf("%d sentences, %d words, %d of them different\n", int(lines.size()),
              int(lines.words()), int(lines.types().size()));
  std::printf("%d empty lines, %d sentences cut\n", int(lines.left_out.empty_lines),
              int(lines.left_out.truncated));

  const auto counts = text::count_tokens(lines);
  const auto vocabulary = vc::TokenVocabulary::of(counts, {.size = 8, .min_count = 2});
  const text::Corpus corpus(lines, vocabulary);
  std::printf("%s\n", vocabulary.decode(corpus.source(0)).c_str());
  std::printf("%s\n", vocabulary.decode(corpus.source(2)).c_str());
  std::printf("%d symbols, %d of %d words unknown\n", int(vocabulary.symbols()),
              int(corpus.unknown()), int(corpus.words()));

  const auto letters = text::read_lines("pets.txt", {.unit = text::Unit::characters});
  std::printf("%d characters\n", int(text::count_tokens(letters).types().size()));

  vc::Sampler sampler(corpus, vc::Seed{1}, {.batch = 2, .equal_lengths = true});
  std::printf("%d batches\n", int(sampler.batches()));

  text::ChunkedCorpus chunked("pets.txt", reading, vocabulary, 2);
  vc::ChunkSampler chunks(chunked, vc::Seed{1}, {.batch = 2});
  vc::Batch batch;
  const auto epoch = chunks.epoch(0);
  for (vc::Index i = 0; i < epoch.size(); ++i) {
    batch.assign(chunked, epoch[i]);
    std::printf("chunk %d: a batch of %d\n", int(chunked.chunk()), int(batch.size()));
  }

  const auto train = text::synthetic_sentences(1000, vc::Seed{1});
  const auto dev = text::synthetic_sentences(100, vc::Seed{1}, 1000);
  std::printf("%d and %d sentences of %d words\n", int(train.size()), int(dev.size()),
              int(dev[0].size()));
  return 0;
}
