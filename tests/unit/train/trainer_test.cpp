// The training loop: it learns, it can be stopped and continued to the same bits, and neither the
// number of threads nor the cutting into batches of an evaluation changes what it finds.
#include <algorithm>
#include <cmath>
#include <numeric>
#include <optional>
#include <span>
#include <string>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include <vaecollapse/core/team.hpp>
#include <vaecollapse/dropout/character.hpp>
#include <vaecollapse/evaluate/ablation.hpp>
#include <vaecollapse/evaluate/elbo.hpp>
#include <vaecollapse/model/seq2seq_vae.hpp>
#include <vaecollapse/objective/annealing.hpp>
#include <vaecollapse/objective/free_bits.hpp>
#include <vaecollapse/optim/adam.hpp>
#include <vaecollapse/train/trainer.hpp>

#include "support/tiny_corpus.hpp"
#include "unit/train/support.hpp"

using namespace vaecollapse;
using vaecollapse::test::Snapshot;
using vaecollapse_test::TinyTask;

namespace {

using Objective = Annealed<LinearSchedule, FreeBits<1>>;
using Model = Seq2SeqVae<BiGruEncoder, GruDecoder, Objective, CharacterDropout<0.1>>;

// A trainer keeps references to its data.
template <class Train, class Dev>
constexpr bool trains_on =
    std::is_constructible_v<Trainer<Model, Adam<float>>, Model, Parameters<float>&, Adam<float>,
                            Train, Dev, TrainOptions, Team&>;
static_assert(trains_on<const Corpus&, const Corpus&>);
static_assert(!trains_on<Corpus, const Corpus&> && !trains_on<const Corpus&, Corpus>);

struct Log {
  std::vector<StepReport> steps;
  std::vector<EpochReport> epochs;
  std::optional<std::uint64_t> stop_at;
  void (*stop)(void*) = nullptr;
  void (*keep)(void*, Snapshot&) = nullptr;
  void* trainer = nullptr;
  Snapshot* state_at_stop = nullptr;

  void on_step(const StepReport& report) {
    steps.push_back(report);
    if (stop_at != report.step) return;
    stop(trainer);
    if (state_at_stop != nullptr) keep(trainer, *state_at_stop);
  }
  void on_epoch(const EpochReport& report) { epochs.push_back(report); }
};

struct Run {
  TinyTask task;
  Parameters<float> parameters{task.layout, Seed{3}};
  Team team;
  Trainer<Model, Adam<float>> trainer;
  Log log;

  explicit Run(TrainOptions options, int threads = 1)
      : team(threads),
        trainer(Model(task.network, Objective(LinearSchedule{.steps = 20}, FreeBits<1>(6.0)),
                      CharacterDropout<0.1>{}),
                parameters, Adam<float>(), task.corpus, task.corpus, options, team) {
    log.trainer = &trainer;
    log.stop = [](void* trainer_of_run) {
      static_cast<Trainer<Model, Adam<float>>*>(trainer_of_run)->request_stop();
    };
    log.keep = [](void* trainer_of_run, Snapshot& state) {
      static_cast<Trainer<Model, Adam<float>>*>(trainer_of_run)->visit(state);
    };
  }
  Snapshot snapshot() {
    Snapshot state;
    trainer.visit(state);
    return state;
  }
};

TrainOptions options(std::uint64_t epochs) {
  return {.epochs = epochs,
          .batch = 10,
          .learning_rate = 1e-2,
          .schedule = {.warmup = 5},
          .seed = Seed{11}};
}

}  // namespace

TEST_CASE("training lowers the NLL, raises the accuracy and reports every step and epoch") {
  Run run(options(25));
  run.trainer.fit(run.log);
  REQUIRE(run.log.epochs.size() == 25);
  CHECK(run.log.steps.size() == 25 * 8);  // 72 rows in batches of 10
  CHECK(run.trainer.planned_steps() == 25 * 8);
  CHECK(run.log.epochs.back().dev_nll < 0.4 * run.log.epochs.front().dev_nll);
  CHECK(run.log.epochs.back().dev_accuracy > run.log.epochs.front().dev_accuracy);
  const EpochReport& last = run.log.epochs.back();
  CHECK(last.dev_elbo == doctest::Approx(-(last.dev_nll + last.dev_rate)));
  CHECK(last.kl_weight == 1.0);
  REQUIRE(last.kl_per_dimension.size() == 6);
  CHECK(std::accumulate(last.kl_per_dimension.begin(), last.kl_per_dimension.end(), 0.0) ==
        doctest::Approx(last.dev_rate));
  CHECK(run.log.steps.front().objective.kl_weight == 0.0);
}

TEST_CASE("the bits do not depend on the number of threads") {
  Run one(options(3), 1), two(options(3), 2), three(options(3), 3);
  for (Run* run : {&one, &two, &three}) run->trainer.fit(run->log);
  CHECK(one.snapshot() == two.snapshot());
  CHECK(one.snapshot() == three.snapshot());
}

TEST_CASE("a run that was stopped inside an epoch continues with the same bits") {
  Run straight(options(3));
  straight.trainer.fit(straight.log);
  Run stopped(options(3));
  stopped.log.stop_at = 13;  // the fifth step of the second epoch
  stopped.trainer.fit(stopped.log);
  CHECK(stopped.trainer.step() == 13);
  Snapshot state = stopped.snapshot();
  Run resumed(options(3));
  state.write_from_now_on();
  resumed.trainer.visit(state);
  resumed.trainer.fit(resumed.log);
  CHECK(resumed.snapshot() == straight.snapshot());
  CHECK(resumed.log.epochs.back().dev_nll == straight.log.epochs.back().dev_nll);
  CHECK(resumed.log.epochs.back().signs == straight.log.epochs.back().signs);
  CHECK(resumed.log.epochs.front().train_nll == straight.log.epochs[1].train_nll);
}

TEST_CASE("a stop is for one fit: the next goes on, to the same bits") {
  Run straight(options(3));
  straight.trainer.fit(straight.log);
  Run stopped(options(3));
  for (const std::uint64_t at : {3u, 8u, 13u, 14u, 24u}) {
    stopped.log.stop_at = at;
    stopped.trainer.fit(stopped.log);
    CHECK(stopped.trainer.step() == at);
  }
  CHECK(stopped.trainer.is_finished());
  CHECK(stopped.snapshot() == straight.snapshot());
  CHECK(stopped.log.steps.size() == straight.log.steps.size());
  CHECK(stopped.log.epochs.size() == 3);
}

TEST_CASE("a stop that is requested before fit, or by another thread, is for the next fit alone") {
  Run run(options(2));
  run.trainer.request_stop();
  run.trainer.request_stop();
  run.trainer.fit(run.log);
  CHECK(run.trainer.step() == 0);
  std::thread([&] { run.trainer.request_stop(); }).join();
  run.trainer.fit(run.log);
  CHECK(run.trainer.step() == 0);
  CHECK(run.log.steps.empty());
  run.trainer.fit(run.log);
  CHECK(run.trainer.step() == 16);

  // One that comes with the last step of all leaves nothing behind either.
  Run other(options(1));
  other.log.stop_at = 8;
  other.trainer.fit(other.log);
  CHECK(other.trainer.is_finished());
  CHECK(other.log.epochs.size() == 1);
}

TEST_CASE("a stop does not outlive a fit that throws") {
  struct Broken {
    Trainer<Model, Adam<float>>& trainer;
    bool throws = true;
    std::uint64_t steps = 0;
    void on_step(const StepReport&) {
      ++steps;
      if (!std::exchange(throws, false)) return;
      trainer.request_stop();
      throw vaecollapse::Error("a listener's own");
    }
    void on_epoch(const EpochReport&) {}
  };
  Run run(options(1));
  Broken listener{run.trainer};
  CHECK_THROWS_WITH(run.trainer.fit(listener), "a listener's own");
  run.trainer.fit(listener);
  CHECK(run.trainer.is_finished());
  CHECK(listener.steps == 8);
}

TEST_CASE("more steps than draws can tell apart are refused before the first") {
  CHECK_THROWS_WITH_AS(Run(options(std::uint64_t{1} << 28)),
                       "trainer: epochs are 268435456, of 8 steps each: there can be 1073741824 "
                       "steps at most",
                       vaecollapse::Error);
  CHECK_THROWS_AS(Run(options(std::uint64_t{1} << 62)), vaecollapse::Error);  // 8 times it is 2^65
  CHECK_NOTHROW(Run(options(std::uint64_t{1} << 27)));
}

TEST_CASE("looking for early signs leaves training as it is") {
  TrainOptions without = options(3);
  without.probe = 0;
  Run seen(options(3)), unseen(without);
  for (Run* run : {&seen, &unseen}) run->trainer.fit(run->log);
  const auto weights = seen.parameters.values(), others = unseen.parameters.values();
  CHECK(std::equal(weights.begin(), weights.end(), others.begin()));
  const EarlySigns signs = seen.log.epochs.back().signs;
  CHECK(signs.rate_slope == unseen.log.epochs.back().signs.rate_slope);
  CHECK(signs.gradient_ratio.value() > 0);
  CHECK(signs.permutation_gap.has_value());
  CHECK(signs.amortisation_gap.has_value());
  CHECK_FALSE(seen.log.epochs.front().signs.rate_slope.has_value());
  CHECK_FALSE(unseen.log.epochs.back().signs.permutation_gap.has_value());
}

TEST_CASE("patience ends a run without improvement") {
  TrainOptions short_of_patience = options(40);
  short_of_patience.learning_rate = 0;
  short_of_patience.patience = 2;
  Run run(short_of_patience);
  run.trainer.fit(run.log);
  CHECK(run.log.epochs.size() == 3);
  CHECK(run.log.epochs[0].best);
  CHECK_FALSE(run.log.epochs[1].best);
}

TEST_CASE("a run that was stopped before an evaluation reports the same epoch") {
  Run straight(options(2));
  straight.trainer.fit(straight.log);
  Run stopped(options(2));
  stopped.log.stop_at = 8;  // the last step of the first epoch
  Snapshot state;
  stopped.log.state_at_stop = &state;
  stopped.trainer.fit(stopped.log);
  Run resumed(options(2));
  state.write_from_now_on();
  resumed.trainer.visit(state);
  resumed.trainer.fit(resumed.log);
  REQUIRE(resumed.log.epochs.size() == 2);
  CHECK(resumed.log.epochs[0].kl_weight == straight.log.epochs[0].kl_weight);
  CHECK(resumed.log.epochs[0].gradient_norm == straight.log.epochs[0].gradient_norm);
  CHECK(resumed.snapshot() == straight.snapshot());
}

TEST_CASE("an epoch reports the norms of its gradients") {
  Run run(options(2));
  run.trainer.fit(run.log);
  double sum = 0, most = 0, examples = 0;
  for (const StepReport& step : std::span(run.log.steps).first(8)) {
    sum += step.gradient_norm * static_cast<double>(step.examples);
    examples += static_cast<double>(step.examples);
    most = std::max(most, step.gradient_norm);
  }
  CHECK(run.log.epochs[0].gradient_norm == sum / examples);
  CHECK(run.log.epochs[0].gradient_norm_max == most);
}

TEST_CASE("a loss that is not finite is an error that names step, values, weights and rows") {
  Run run(options(1));
  const Layout::Entry& entry = *run.task.layout.find("posterior.mu.bias");
  run.parameters.values(entry)[4] = std::nanf("");
  std::string text;
  try {
    run.trainer.fit(run.log);
  } catch (const DivergenceError& error) {
    text = error.what();
  }
  INFO(text);
  CHECK(text.starts_with("trainer: in step 1 the loss is nan and the gradient's norm "));
  // The bias of a dimension of z: the affine map of mu is where the first value goes bad.
  CHECK(text.find("; of the values, nan at [4, 0] of node ") != std::string::npos);
  CHECK(text.find(", affine [6 x 10]; of the weights, nan in posterior.mu.bias [6]; of the "
                  "gradients, ") != std::string::npos);
  const std::string rows = text.substr(text.find("; the batch's rows, from 0: ") + 28);
  CHECK(std::count(rows.begin(), rows.end(), ',') == 9);
  CHECK(run.trainer.step() == 0);
  CHECK_THROWS_WITH_AS(run.trainer.check_weights(),
                       "trainer: after step 0 a weight is not finite; of the weights, nan in "
                       "posterior.mu.bias [6]",
                       DivergenceError);
}

TEST_CASE("after a loss that is not finite the state of before can be loaded and trained on") {
  Run straight(options(2));
  straight.trainer.fit(straight.log);
  Run run(options(2));
  Snapshot start = run.snapshot();
  run.parameters.values()[0] = std::nanf("");
  CHECK_THROWS_AS(run.trainer.fit(run.log), DivergenceError);
  start.write_from_now_on();
  run.trainer.visit(start);
  run.trainer.fit(run.log);
  CHECK(run.snapshot() == straight.snapshot());
}

TEST_CASE("the learning rate can be scaled, and the scale is part of the state") {
  Run whole(options(1)), half(options(1));
  half.trainer.scale_learning_rate(0.5);
  whole.trainer.fit(whole.log);
  Snapshot state = half.snapshot();
  half.trainer.fit(half.log);
  CHECK(half.log.steps[3].learning_rate == 0.5 * whole.log.steps[3].learning_rate);
  Run resumed(options(1));
  state.write_from_now_on();
  resumed.trainer.visit(state);
  CHECK(resumed.trainer.learning_rate_scale() == 0.5);
  resumed.trainer.fit(resumed.log);
  CHECK(resumed.snapshot() == half.snapshot());
}

TEST_CASE("a loss that leaps up is a spike, one that stays up soon is none") {
  SpikeCounter spikes;
  const auto noise = [](int i) { return 0.1 * std::sin(7.0 * i); };
  for (int i = 0; i < 300; ++i) CHECK_FALSE(spikes.add(5 - 0.01 * i + noise(i)));
  CHECK(spikes.add(9));
  CHECK(spikes.add(9));
  CHECK_FALSE(spikes.add(2));
  CHECK(spikes.count() == 2);
  int more = 0;
  for (int i = 0; i < 300; ++i) more += spikes.add(4 + noise(i)) ? 1 : 0;
  CHECK(more < 100);
  CHECK_FALSE(spikes.add(4));
}

TEST_CASE("the first steps, whatever they cost, are no spikes") {
  SpikeCounter spikes;
  for (std::uint64_t i = 0; i < SpikeCounter::memory; ++i)
    CHECK_FALSE(spikes.add(i == 50 ? 1e6 : 1));
}

TEST_CASE("an empty corpus is refused") {
  TinyTask task;
  Parameters<float> parameters(task.layout, Seed{3});
  Team team;
  const Corpus nothing;
  using TinyTrainer = Trainer<Model, Adam<float>>;
  const Model model(task.network, Objective(LinearSchedule{.steps = 20}, FreeBits<1>(6.0)),
                    CharacterDropout<0.1>{});
  CHECK_THROWS_WITH_AS(
      TinyTrainer(model, parameters, Adam<float>(), nothing, task.corpus, options(1), team),
      "trainer: train has 0 rows, dev has 72: there must be some in both", Error);
}

TEST_CASE("evaluation does not depend on how the corpus is cut, and z matters") {
  Run run(options(40));
  run.trainer.fit(run.log);
  const auto evaluate = [&](Index batch) {
    return Evaluation(run.task.network, std::as_const(run.parameters), run.team,
                      {.batch = batch, .seed = Seed{5}});
  };
  auto large = evaluate(128), small = evaluate(7);
  CHECK(elbo_rows(large, run.task.corpus).mean().nll ==
        doctest::Approx(elbo_rows(small, run.task.corpus).mean().nll).epsilon(1e-5));
  CHECK(elbo_rows(large, run.task.corpus).mean().rate ==
        doctest::Approx(elbo_rows(small, run.task.corpus).mean().rate).epsilon(1e-5));
  const double own = score_symbols(run.task.corpus, decode_rows(large, run.task.corpus)).accuracy;
  const double permuted =
      score_symbols(run.task.corpus, decode_with_permuted_z(large, run.task.corpus)).accuracy;
  CHECK(own > 0.5);
  CHECK(permuted < 0.5 * own);
}
