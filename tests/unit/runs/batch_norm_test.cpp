// A session of a model with running statistics: a checkpoint holds them, and a run that is stopped
// and resumed ends with the same file.
#include <cstdint>
#include <filesystem>
#include <string_view>

#include <doctest/doctest.h>

#include <vaecollapse/core/team.hpp>
#include <vaecollapse/dropout/none.hpp>
#include <vaecollapse/io/file.hpp>
#include <vaecollapse/io/safetensors.hpp>
#include <vaecollapse/latent/transform/batch_norm.hpp>
#include <vaecollapse/latent/transform/transformed_head.hpp>
#include <vaecollapse/model/seq2seq_vae.hpp>
#include <vaecollapse/objective/elbo.hpp>
#include <vaecollapse/optim/adam.hpp>
#include <vaecollapse/runs/session.hpp>
#include <vaecollapse/train/trainer.hpp>

#include "support/tiny_corpus.hpp"
#include "unit/io/temporary_folder.hpp"
#include "unit/runs/stopping_watcher.hpp"

using namespace vaecollapse;
using vaecollapse::test::StoppingWatcher;
using vaecollapse::test::TemporaryFolder;
using vaecollapse_test::TinyTask;

namespace {

using Posterior = TransformedHead<AnyPosterior, AnyHeadTransform>;
using Model = Seq2SeqVae<BiGruEncoder, GruDecoder, Elbo, NoDropout, Posterior>;
using NormTrainer = Trainer<Model, Adam<float>>;

struct Run {
  RunFolder folder;
  TinyTask task;
  Posterior posterior{task.layout, "posterior.transform", task.network.posterior(),
                      BatchNormMean<>(0.7)};
  Parameters<float> parameters{task.layout, Seed{3}};
  Team team{1};
  NormTrainer trainer{
      Model({task.network.encoder(), posterior, task.network.decoder()}, Elbo(), NoDropout()),
      parameters,
      Adam<float>(),
      task.corpus,
      task.corpus,
      {.epochs = 3, .batch = 20, .probe = 0, .seed = Seed{5}},
      team};
  StoppingWatcher<NormTrainer> watcher;
  Session<NormTrainer> session;

  explicit Run(const std::filesystem::path& path, std::uint64_t stop_at = 0)
      : folder(path),
        session(folder, "{}", {.model = {{"config", "tiny"}}, .data_hash = "rows"}, trainer,
                watcher, {.checkpoint_every = 2}) {
    watcher.trainer = &trainer;
    watcher.stop_at = stop_at;
  }
};

}  // namespace

TEST_CASE("running statistics: a run that is stopped and resumed ends with the same model") {
  const TemporaryFolder whole, parts;
  Run once(whole.path());
  once.session.begin();
  CHECK(once.session.run().end == SessionResult::End::finished);
  const Safetensors model = read_safetensors(once.folder.model());
  const Tensor* tensor = model.find("posterior.transform.running_var");
  REQUIRE(tensor != nullptr);
  CHECK(tensor->shape == FileShape{6});

  Run begun(parts.path(), 6);
  begun.session.begin();
  CHECK(begun.session.run().end == SessionResult::End::stopped);
  Run resumed(parts.path());
  REQUIRE(resumed.session.resume(parts.path(), [](std::string_view, const Metadata&) {}));
  // Not where they begin, but where the run was.
  const auto variance = std::as_const(resumed.parameters)
                            .values(*resumed.task.layout.find("posterior.transform.running_var"));
  for (const float value : variance) CHECK(value != 1);
  resumed.session.run();
  CHECK(read_file(resumed.folder.model()) == read_file(once.folder.model()));
}
