// A cell of one's own whose state is more than its output, through the whole way: encoder, decoder
// with attention, training, evaluation, words, and a checkpoint from which a run goes on.
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

#include <vaecollapse/core/team.hpp>
#include <vaecollapse/dropout/character.hpp>
#include <vaecollapse/evaluate/decode.hpp>
#include <vaecollapse/io/file.hpp>
#include <vaecollapse/io/safetensors.hpp>
#include <vaecollapse/model/seq2seq_vae.hpp>
#include <vaecollapse/objective/free_bits.hpp>
#include <vaecollapse/optim/adam.hpp>
#include <vaecollapse/runs/session.hpp>
#include <vaecollapse/train/trainer.hpp>

#include "support/leaky_cell.hpp"
#include "support/tiny_corpus.hpp"
#include "unit/io/temporary_folder.hpp"

using namespace vaecollapse;
using vaecollapse::test::TemporaryFolder;
using vaecollapse_test::BiLeaky;
using vaecollapse_test::Leaky;
using vaecollapse_test::TinyTask;

namespace {

using LeakyEncoder = RecurrentEncoder<BiLeaky>;
using LeakyDecoder = RecurrentDecoder<Leaky>;
using LeakyVae =
    Seq2SeqVae<LeakyEncoder, LeakyDecoder, FreeBits<1>, CharacterDropout<0.1>, GaussianHead>;
using LeakyTrainer = Trainer<LeakyVae, Adam<float>>;

/// Keeps the epochs, and asks for a stop after a step; for none if that is 0.
struct EpochWatcher final : RunWatcher {
  LeakyTrainer* trainer = nullptr;
  std::uint64_t stop_at = 0;
  std::vector<EpochReport> epochs;

  void on_begin(const RunSizes&) override {}
  void on_step(const StepReport& step) override {
    if (step.step == stop_at) trainer->request_stop();
  }
  void on_epoch(const EpochReport& epoch) override { epochs.push_back(epoch); }
  void on_note(const std::string&) override {}
};

/// A run of three epochs on a few words.
struct LeakyRun {
  RunFolder folder;
  TinyTask task;
  Layout layout;
  LeakyEncoder encoder{layout, "encoder", {task.vocabulary.symbols(), 8, 12}};
  GaussianHead posterior{layout, "posterior", {encoder.width(), 6}};
  LeakyDecoder decoder{layout,
                       "decoder",
                       {.symbols = task.vocabulary.symbols(),
                        .tags = task.features.size(),
                        .embedding = 8,
                        .hidden = 16,
                        .latent = 6,
                        .attention = 4}};
  SequenceVae<LeakyEncoder, LeakyDecoder, GaussianHead> network{encoder, posterior, decoder};
  Parameters<float> parameters{layout, Seed{3}};
  Team team;
  LeakyTrainer trainer{LeakyVae(network, FreeBits<1>(8), CharacterDropout<0.1>()),
                       parameters,
                       Adam<float>(),
                       task.corpus,
                       task.corpus,
                       {.epochs = 3, .batch = 8, .learning_rate = 1e-2, .seed = Seed{5}},
                       team};
  EpochWatcher watcher;
  Session<LeakyTrainer> session;

  explicit LeakyRun(const std::filesystem::path& path, int threads = 1, std::uint64_t stop_at = 0)
      : folder(path),
        team(threads),
        session(folder, "{}", {.model = {{"config", "leaky"}}, .data_hash = "rows"}, trainer,
                watcher, {.checkpoint_every = 2}) {
    watcher.trainer = &trainer;
    watcher.stop_at = stop_at;
  }
};

}  // namespace

TEST_CASE("a cell of one's own trains, is stored, goes on from a checkpoint, and decodes") {
  const TemporaryFolder whole, parts;
  LeakyRun once(whole.path());
  once.session.begin();
  const SessionResult result = once.session.run();
  CHECK(result.end == SessionResult::End::finished);
  const auto& epochs = once.watcher.epochs;
  REQUIRE(epochs.size() == 3);
  CHECK(epochs.back().train_nll < 0.9 * epochs.front().train_nll);
  const Safetensors model = read_safetensors(once.folder.model());
  CHECK(model.find("encoder.leaky.weight_hh_l0_reverse") != nullptr);
  const Tensor* initial = model.find("decoder.initial.weight");
  REQUIRE(initial != nullptr);
  CHECK(initial->shape == FileShape{2 * 16, 6 + 8});

  // Stopped, and gone on with on other threads.
  LeakyRun begun(parts.path(), 2, 3);
  begun.session.begin();
  CHECK(begun.session.run().end == SessionResult::End::stopped);
  LeakyRun resumed(parts.path(), 3);
  REQUIRE(resumed.session.resume(parts.path(), [](std::string_view, const Metadata&) {}));
  resumed.session.run();
  CHECK(read_file(resumed.folder.model()) == read_file(once.folder.model()));

  Evaluation evaluation(once.network, once.parameters, once.team);
  const auto greedy = decode_rows(evaluation, once.task.corpus);
  const auto beams = decode_rows(evaluation, once.task.corpus, {.beam = 3, .nbest = 1});
  REQUIRE(greedy.size() == static_cast<std::size_t>(once.task.corpus.size()));
  for (std::size_t row = 0; row < greedy.size(); ++row) {
    CHECK(beams[row].front().log_probability > greedy[row].front().log_probability - 1e-4);
  }
}
