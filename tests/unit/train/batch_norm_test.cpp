// Training with normalised means: the bound holds at every step, threads change no bit, and
// evaluation looks at each row by itself.
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include <vaecollapse/core/statistics.hpp>
#include <vaecollapse/core/team.hpp>
#include <vaecollapse/dropout/character.hpp>
#include <vaecollapse/evaluate/codes.hpp>
#include <vaecollapse/evaluate/evaluation.hpp>
#include <vaecollapse/latent/any.hpp>
#include <vaecollapse/latent/transform/batch_norm.hpp>
#include <vaecollapse/latent/transform/transformed_head.hpp>
#include <vaecollapse/model/seq2seq_vae.hpp>
#include <vaecollapse/objective/elbo.hpp>
#include <vaecollapse/optim/adam.hpp>
#include <vaecollapse/train/trainer.hpp>

#include "support/tiny_corpus.hpp"

using namespace vaecollapse;
using vaecollapse_test::TinyTask;

namespace {

constexpr double deviation = 0.8, epsilon = 1e-5;

/// The tiny task with the means of its posterior normalised.
struct Task : TinyTask {
  TransformedHead<AnyPosterior, BatchNormMean<deviation>> posterior{
      layout, "posterior.transform", network.posterior(), BatchNormMean<deviation>()};
  SequenceVae<BiGruEncoder, GruDecoder, decltype(posterior)> normalised{
      network.encoder(), posterior, network.decoder()};

  static std::span<const float> entry(const Parameters<float>& parameters,
                                      const std::string& name) {
    return parameters.values(*parameters.layout().find("posterior.transform." + name));
  }
};

/// 1/2 sum_d (gamma^2 v_d / (v_d + epsilon) + b_d^2) of a batch.
double bound(const Task& task, const Parameters<float>& parameters, const Batch& batch) {
  Workspace<float> cx(parameters);
  const auto mu = task.network.infer(cx, batch).q.mu;
  const auto bias = Task::entry(parameters, "bias");
  const auto columns = static_cast<double>(mu.columns());
  double sum = 0;
  for (Index d = 0; d < mu.rows(); ++d) {
    double mean = 0, v = 0;
    for (Index b = 0; b < mu.columns(); ++b) mean += double(mu.view()(d, b)) / columns;
    for (Index b = 0; b < mu.columns(); ++b) {
      v += std::pow(double(mu.view()(d, b)) - mean, 2) / columns;
    }
    const double shift = bias[static_cast<std::size_t>(d)];
    sum += 0.5 * (deviation * deviation * v / (v + epsilon) + shift * shift);
  }
  return sum;
}

struct Log {
  std::vector<EpochReport> epochs;
  double least_rate = 1e9;
  void on_step(const StepReport& report) {
    if (report.examples > 1) least_rate = std::min(least_rate, report.objective.rate);
  }
  void on_epoch(const EpochReport& report) { epochs.push_back(report); }
};

}  // namespace

TEST_CASE("normalised means: the rate of every batch of a training is at least its bound") {
  const Task task;
  Parameters<float> parameters(task.layout, Seed{2});
  Tape<float> tape(parameters);
  const Seq2SeqVae model(task.normalised, Elbo(), CharacterDropout<0.2>{});
  Adam adam({.learning_rate = 5e-3});
  Sampler sampler(task.corpus, Seed{2}, {.batch = 9});
  Batch batch;
  Corruption corruption;
  std::uint64_t step = 0;
  for (std::uint64_t epoch = 0; epoch < 12; ++epoch) {
    for (const std::span<const Row> rows : sampler.epoch(epoch)) {
      batch.assign(task.corpus, rows);
      const double least = bound(task, parameters, batch);
      const Report report = model.differentiate(tape, batch, Draws(3, step++), corruption);
      CHECK(report.rate > least - 1e-5);
      CHECK(least > 0.99 * 6 * deviation * deviation / 2);  // nothing has shrunk to epsilon
      update_statistics(parameters);
      adam.step(parameters);
    }
  }
}

TEST_CASE(
    "normalised means: the same bits on one to three threads, with a batch of one at the end") {
  std::vector<float> weights;
  for (const int threads : {1, 2, 3}) {
    const Task task;  // 72 rows
    Parameters<float> parameters(task.layout, Seed{2});
    Team team(threads);
    Log log;
    Trainer trainer(Seq2SeqVae(task.normalised, Elbo(), CharacterDropout<0.2>{}), parameters,
                    Adam<float>(), task.corpus, task.corpus, {.epochs = 3, .batch = 71}, team);
    trainer.fit(log);
    const auto values = std::as_const(parameters).values();
    if (threads == 1) weights.assign(values.begin(), values.end());
    CHECK(std::equal(values.begin(), values.end(), weights.begin(), weights.end()));
    CHECK(log.least_rate > 6 * deviation * deviation / 2 - 1e-2);
    for (const float mean : Task::entry(parameters, "running_mean")) CHECK(mean != 0);
    for (const float variance : Task::entry(parameters, "running_var")) CHECK(variance != 1);
  }
}

TEST_CASE("normalised means: evaluation gives a row the same z beside any other rows") {
  const Task task;
  Parameters<float> parameters(task.layout, Seed{2});
  Team team(1);
  Log log;
  Trainer trainer(Seq2SeqVae(task.normalised, Elbo(), CharacterDropout<0.2>{}), parameters,
                  Adam<float>(), task.corpus, task.corpus, {.epochs = 2, .batch = 8}, team);
  trainer.fit(log);
  Evaluation alone(task.normalised, parameters, team, {.batch = 1});
  Evaluation many(task.normalised, parameters, team, {.batch = 50});
  const auto one = z_means(alone, task.corpus), other = z_means(many, task.corpus);
  REQUIRE(one.size() == other.size());
  double worst = 0;
  for (std::size_t i = 0; i < one.size(); ++i) {
    worst = std::max(worst, std::abs(double(one[i]) - double(other[i])));
  }
  CHECK(worst < 1e-5);  // products of other shapes round otherwise
}
