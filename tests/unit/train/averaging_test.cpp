// Averages of weights and smoothed labels: what is evaluated and kept is the average, training goes
// on from the weights themselves, and dev has true labels.
#include <algorithm>
#include <cstdint>
#include <limits>
#include <memory>
#include <vector>

#include <doctest/doctest.h>

#include <vaecollapse/core/team.hpp>
#include <vaecollapse/dropout/character.hpp>
#include <vaecollapse/evaluate/elbo.hpp>
#include <vaecollapse/io/file.hpp>
#include <vaecollapse/io/model.hpp>
#include <vaecollapse/model/seq2seq_vae.hpp>
#include <vaecollapse/objective/elbo.hpp>
#include <vaecollapse/objective/phased.hpp>
#include <vaecollapse/optim/adam.hpp>
#include <vaecollapse/optim/exponential_average.hpp>
#include <vaecollapse/runs/session.hpp>
#include <vaecollapse/train/plan/phased.hpp>
#include <vaecollapse/train/trainer.hpp>

#include "support/tiny_corpus.hpp"
#include "unit/io/temporary_folder.hpp"
#include "unit/runs/stopping_watcher.hpp"
#include "unit/train/support.hpp"

using namespace vaecollapse;
using vaecollapse::test::Snapshot;
using vaecollapse::test::StoppingWatcher;
using vaecollapse::test::TemporaryFolder;
using vaecollapse_test::TinyTask;

namespace {

using AveragedModel =
    Seq2SeqVae<BiGruEncoder, GruDecoder, PhasedObjective<AnyObjective>, CharacterDropout<0.1>>;
using AveragedTrainer = Trainer<AveragedModel, Adam<float>, vaecollapse::reinflection::Corpus,
                                ExponentialAverage, PhasedPlan, DevElbo>;

struct AveragedOptions {
  double decay = 0;
  int threads = 1;
  bool has_phases = false;
  double smoothing = 0;
};

/// A training of 3 epochs of 4 steps.
struct AveragedRun {
  TinyTask task;
  Parameters<float> parameters{task.layout, Seed{3}};
  Team team;
  AveragedTrainer trainer;
  std::vector<std::vector<float>> weights;  ///< after each step
  std::vector<EpochReport> epochs;
  std::vector<double> elbos;  ///< of what is evaluated, measured anew at the end of each epoch
  std::uint64_t stop_at = 0;

  explicit AveragedRun(const AveragedOptions& options)
      : team(options.threads),
        trainer(AveragedModel(task.network, objective(options.has_phases), CharacterDropout<0.1>{},
                              LabelSmoothing(options.smoothing)),
                parameters, Adam<float>(), task.corpus, task.corpus,
                {.epochs = 3, .batch = 18, .learning_rate = 1e-2, .probe = 0, .seed = Seed{11}},
                team, ExponentialAverage(options.decay), plan(task.layout, options.has_phases),
                DevElbo()) {}

  static PhasedObjective<AnyObjective> objective(bool has_phases) {
    if (has_phases) return PhasedObjective<AnyObjective>({Elbo(0.0), Elbo()});
    return PhasedObjective<AnyObjective>({Elbo()});
  }
  static PhasedPlan plan(const Layout& layout, bool has_phases) {
    if (!has_phases) return {};
    return {layout, {{.epochs = 1}, {.anew = {"decoder"}}}};
  }

  void on_step(const StepReport& step) {
    const auto values = std::as_const(parameters).values();
    weights.emplace_back(values.begin(), values.end());
    if (step.step == stop_at) trainer.request_stop();
  }
  void on_epoch(const EpochReport& epoch) {
    epochs.push_back(epoch);
    Evaluation evaluation(task.network, trainer.evaluated_parameters(), team, {.seed = Seed{11}});
    elbos.push_back(elbo_rows(evaluation, task.corpus).mean().elbo());
  }
  AveragedRun& run() {
    trainer.fit(*this);
    return *this;
  }
  std::vector<float> evaluated() const {
    const auto values = trainer.evaluated_parameters().values();
    return {values.begin(), values.end()};
  }
};

/// The average of the weights after steps first .. end by the recurrence, in double.
std::vector<double> averaged(const std::vector<std::vector<float>>& weights, std::size_t first,
                             double decay) {
  std::vector<double> average(weights[first].begin(), weights[first].end());
  for (std::size_t s = first + 1; s < weights.size(); ++s) {
    const auto t = static_cast<double>(s - first + 1);
    const double keep = std::min(decay, t / (t + 9));
    for (std::size_t i = 0; i < average.size(); ++i) {
      average[i] = keep * average[i] + (1 - keep) * static_cast<double>(weights[s][i]);
    }
  }
  return average;
}

double furthest(const std::vector<float>& found, const std::vector<double>& expected) {
  double most = 0;
  for (std::size_t i = 0; i < found.size(); ++i) {
    most = std::max(most, std::abs(static_cast<double>(found[i]) - expected[i]));
  }
  return most;
}

}  // namespace

TEST_CASE("an average of weights is evaluated, and training is what it is without") {
  AveragedRun plain({}), averaging({.decay = 0.8});
  plain.run();
  averaging.run();
  CHECK(averaging.weights == plain.weights);
  REQUIRE(plain.weights.size() == 12);
  CHECK(plain.evaluated() == plain.weights.back());
  CHECK(furthest(averaging.evaluated(), averaged(plain.weights, 0, 0.8)) < 1e-6);
  CHECK(averaging.evaluated() != plain.evaluated());
  for (std::size_t epoch = 0; epoch < 3; ++epoch) {
    CHECK(averaging.epochs[epoch].dev_elbo == averaging.elbos[epoch]);
    CHECK(averaging.epochs[epoch].train_nll == plain.epochs[epoch].train_nll);
    CHECK(averaging.epochs[epoch].dev_elbo != plain.epochs[epoch].dev_elbo);
  }
}

TEST_CASE("an average of weights begins anew with a phase") {
  AveragedRun run({.decay = 0.8, .has_phases = true});
  run.run();
  CHECK(furthest(run.evaluated(), averaged(run.weights, 4, 0.8)) < 1e-6);
}

TEST_CASE("a run with an average goes on after any step with the same bits, on any threads") {
  for (const bool has_phases : {false, true}) {
    AveragedRun straight({.decay = 0.8, .has_phases = has_phases});
    const Snapshot end = Snapshot::of(straight.run().trainer);
    for (std::uint64_t stop = 1; stop < 12; ++stop) {
      AveragedRun begun({.decay = 0.8, .has_phases = has_phases});
      begun.stop_at = stop;
      begun.run();
      AveragedRun resumed(
          {.decay = 0.8, .threads = 1 + static_cast<int>(stop % 3), .has_phases = has_phases});
      Snapshot::of(begun.trainer).load(resumed.trainer);
      CHECK(Snapshot::of(resumed.run().trainer) == end);
      CHECK(resumed.evaluated() == straight.evaluated());
    }
  }
}

TEST_CASE("a session keeps the average as the model") {
  const TemporaryFolder folder;
  AveragedRun run({.decay = 0.8}), plain({.decay = 0.8});
  const RunFolder files(folder.path());
  StoppingWatcher<AveragedTrainer> watcher;
  watcher.trainer = &run.trainer;
  CheckpointRecord record;
  record.weights = KeptWeights::last_epoch;
  Session session(files, "{}", record, run.trainer, watcher);
  session.begin();
  session.run();
  plain.run();
  Parameters<float> kept(run.task.layout);
  load_parameters("model", read_safetensors(files.model()), kept);
  CHECK(std::ranges::equal(std::as_const(kept).values(), plain.evaluated()));
}

TEST_CASE("smoothed labels change training, and dev's NLL is the true one") {
  AveragedRun plain({}), smoothed({.smoothing = 0.2});
  plain.run();
  smoothed.run();
  CHECK(smoothed.weights.front() != plain.weights.front());
  for (std::size_t epoch = 0; epoch < 3; ++epoch) {
    CHECK(smoothed.epochs[epoch].dev_elbo == smoothed.elbos[epoch]);
  }
  // The NLL of the first step, of the same weights and draws.
  const auto nll_of_batch = [](const TinyTask& task, const Parameters<float>& parameters,
                               double smoothing, double& plain_nll) {
    Team alone;
    Workspace<float> ws(parameters, alone);
    const Scope scope(ws);
    const Batch batch(task.corpus, std::vector<Row>{0, 1, 2});
    const auto inputs = [&](const auto&) { return DecoderInputs{batch.inputs(), {}}; };
    const Draws draws(Seed{1}, 1);
    const auto with =
        task.network.forward(ws, batch, draws, inputs, LabelSmoothing(smoothing)).terms.nll;
    plain_nll =
        static_cast<double>(task.network.terms(ws, batch, draws, batch.inputs()).nll.data()[0]);
    return static_cast<double>(with.data()[0]);
  };
  double plain_nll = 0;
  CHECK(nll_of_batch(plain.task, plain.parameters, 0, plain_nll) == plain_nll);
  CHECK(nll_of_batch(plain.task, plain.parameters, 0.2, plain_nll) > plain_nll);
}

TEST_CASE("a rate of smoothed labels that is not in [0, 1) is refused") {
  for (const double rate : {-0.1, 1.0, std::numeric_limits<double>::quiet_NaN()}) {
    CHECK_THROWS_AS(LabelSmoothing{rate}, Error);
  }
  CHECK_THROWS_WITH_AS(LabelSmoothing{1.5},
                       "label_smoothing: rate is 1.500000: it must be in [0, 1)", Error);
}
