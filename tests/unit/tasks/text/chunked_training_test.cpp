// A trainer that reads sentences in chunks: the bits are those of sentences in memory, and a run
// that was stopped anywhere goes on with them.
#include <cstdint>
#include <fstream>
#include <string>
#include <utility>

#include <doctest/doctest.h>

#include <vaecollapse/core/team.hpp>
#include <vaecollapse/data/chunk_sampler.hpp>
#include <vaecollapse/dropout/none.hpp>
#include <vaecollapse/model/seq2seq_vae.hpp>
#include <vaecollapse/objective/elbo.hpp>
#include <vaecollapse/optim/adam.hpp>
#include <vaecollapse/tasks/text/chunked_corpus.hpp>
#include <vaecollapse/tasks/text/lines.hpp>
#include <vaecollapse/train/trainer.hpp>

#include "support/tiny_words.hpp"
#include "unit/io/temporary_folder.hpp"
#include "unit/train/support.hpp"

using namespace vaecollapse;
using vaecollapse::test::Snapshot;
using vaecollapse::test::StoppingLog;
using vaecollapse::test::TemporaryFolder;

namespace {

/// 50 sentences of 1 to 9 words of 30 different ones.
struct SentenceFile {
  TemporaryFolder folder;
  std::string name = (folder.path() / "sentences").string();
  TokenVocabulary vocabulary;

  SentenceFile() {
    std::ofstream file(name);
    for (int i = 0; i < 50; ++i) {
      for (int t = 0; t <= i * 5 % 9; ++t) file << 'w' << (i * 31 + t * t) % 30 << ' ';
      file << '\n';
    }
    file.close();
    vocabulary = TokenVocabulary::of(text::count_tokens(name));
  }
  text::Corpus whole() const { return text::Corpus(text::read_lines(name), vocabulary); }
};

using Network = vaecollapse_test::TinyWords::Network;
using SentenceModel =
    decltype(Seq2SeqVae(std::declval<Network>(), std::declval<Elbo>(), NoDropout()));

/// Three epochs, of chunks that are as large as the corpus says.
struct ChunkedRun {
  using Chunks = ChunkSampler<text::ChunkedCorpus>;
  using ChunkTrainer = Trainer<SentenceModel, Adam<float>, text::Corpus, Chunks>;
  text::ChunkedCorpus train;
  text::Corpus dev;
  Layout layout;
  Network network;
  Parameters<float> parameters{layout, Seed{3}};
  Team team;
  ChunkTrainer trainer;
  StoppingLog<ChunkTrainer> log{trainer};

  ChunkedRun(const SentenceFile& file, text::ChunkedCorpus corpus, bool equal, int threads = 1)
      : train(std::move(corpus)),
        dev(file.whole()),
        network(vaecollapse_test::network_of_words(layout, file.vocabulary.symbols(), 4)),
        team(threads),
        trainer(SentenceModel(network, Elbo(), NoDropout()), parameters, Adam<float>(), train, dev,
                {.epochs = 3, .batch = 8, .probe = 0, .seed = Seed{11}}, team,
                Chunks(train, Seed{11}, {.batch = 8, .pool = 2, .equal_lengths = equal})) {}
};

}  // namespace

TEST_CASE("training on chunks of a file has the bits of the same chunks in memory") {
  const SentenceFile file;
  for (const bool equal : {false, true}) {
    CAPTURE(equal);
    ChunkedRun streamed(file, text::ChunkedCorpus(file.name, {}, file.vocabulary, 20), equal);
    ChunkedRun in_memory(file, text::ChunkedCorpus(file.whole(), 20), equal);
    ChunkedRun one_chunk(file, text::ChunkedCorpus(file.whole()), equal);
    for (ChunkedRun* run : {&streamed, &in_memory, &one_chunk}) run->trainer.fit(run->log);
    CHECK(streamed.log.epochs.size() == 3);
    if (!equal) CHECK(streamed.log.steps.size() == 3 * (3 + 3 + 2));
    CHECK(Snapshot::of(streamed.trainer) == Snapshot::of(in_memory.trainer));
    CHECK_FALSE(Snapshot::of(streamed.trainer) == Snapshot::of(one_chunk.trainer));
  }
}

TEST_CASE("a run on chunks of a file goes on after any step with the same bits") {
  const SentenceFile file;
  const auto corpus = [&] { return text::ChunkedCorpus(file.name, {}, file.vocabulary, 20); };
  ChunkedRun straight(file, corpus(), false);
  straight.trainer.fit(straight.log);
  const Snapshot end = Snapshot::of(straight.trainer);
  for (std::uint64_t stop = 1; stop < 24; stop += 2) {
    CAPTURE(stop);
    ChunkedRun begun(file, corpus(), false);
    begun.log.stop_at = stop;
    begun.trainer.fit(begun.log);
    REQUIRE(begun.trainer.step() == stop);
    ChunkedRun resumed(file, corpus(), false, 1 + static_cast<int>(stop % 3));
    Snapshot::of(begun.trainer).load(resumed.trainer);
    resumed.trainer.fit(resumed.log);
    CHECK(Snapshot::of(resumed.trainer) == end);
  }
}
