// Plans: phases with objectives, what moves and what is made anew; lagging inference in its
// smallest form; and that a run goes on with the same bits within any phase.
#include <algorithm>
#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include <vaecollapse/core/range.hpp>
#include <vaecollapse/core/team.hpp>
#include <vaecollapse/dropout/character.hpp>
#include <vaecollapse/model/seq2seq_vae.hpp>
#include <vaecollapse/objective/annealing.hpp>
#include <vaecollapse/objective/elbo.hpp>
#include <vaecollapse/objective/free_bits.hpp>
#include <vaecollapse/objective/mdr.hpp>
#include <vaecollapse/objective/phased.hpp>
#include <vaecollapse/optim/adam.hpp>
#include <vaecollapse/runs/session.hpp>
#include <vaecollapse/train/plan/any.hpp>
#include <vaecollapse/train/plan/phased.hpp>
#include <vaecollapse/train/trainer.hpp>

#include "support/tiny_corpus.hpp"
#include "unit/io/temporary_folder.hpp"
#include "unit/runs/stopping_watcher.hpp"
#include "unit/train/support.hpp"

using namespace vaecollapse;
using vaecollapse::test::Snapshot;
using vaecollapse::test::StoppingLog;
using vaecollapse::test::StoppingWatcher;
using vaecollapse::test::TemporaryFolder;
using vaecollapse_test::TinyTask;

namespace {

using TinyCorpus = vaecollapse::reinflection::Corpus;
using Model = Seq2SeqVae<BiGruEncoder, GruDecoder, AnyObjective, CharacterDropout<0.1>>;

/// beta 0 for an epoch; then, with a new decoder, an annealed ELBO; then a controller, with the
/// encoder frozen.
AnyObjective three_objectives() {
  return PhasedObjective<>(
      {Elbo(0.0), Annealed(LinearSchedule{.steps = 4}, Elbo()), Controlled(MDR<>(5.0), Elbo())});
}
const std::vector<TrainingPhase> three_phases{{.epochs = 1},
                                              {.epochs = 2, .anew = {"decoder", "posterior.mu"}},
                                              {.frozen = {"encoder", "posterior"}}};

template <class... Parts>
struct Run {
  using TinyTrainer = Trainer<Model, Adam<float>, TinyCorpus, Parts...>;
  TinyTask task;
  Parameters<float> parameters{task.layout, Seed{3}};
  Team team;
  TinyTrainer trainer;
  StoppingLog<TinyTrainer> log{trainer};

  template <class MakePlan>
  Run(MakePlan&& plan, AnyObjective objective, TrainOptions options, int threads = 1)
      : team(threads),
        trainer(Model(task.network, std::move(objective), CharacterDropout<0.1>{}), parameters,
                Adam<float>(), task.corpus, task.corpus, options, team,
                Parts(plan(task.layout))...) {}
};

TrainOptions options(std::uint64_t epochs) {
  return {.epochs = epochs,
          .batch = 20,
          .learning_rate = 1e-2,
          .schedule = {.warmup = 3},
          .probe = 0,
          .seed = Seed{11}};
}

constexpr std::uint64_t steps = 4;  // in an epoch: 72 rows in batches of 20

struct ThreePhases : Run<PhasedPlan> {
  explicit ThreePhases(TrainOptions given = options(5), int threads = 1)
      : Run([](const Layout& layout) { return PhasedPlan(layout, three_phases); },
            three_objectives(), given, threads) {}
};

std::vector<float> weights(const Parameters<float>& parameters, const ParameterRange& range) {
  std::vector<float> all;
  for (const Segment& segment : range.segments()) {
    const auto some = parameters.values().subspan(static_cast<std::size_t>(segment.offset),
                                                  static_cast<std::size_t>(segment.size));
    all.insert(all.end(), some.begin(), some.end());
  }
  return all;
}

/// Lagging inference in its smallest form: before each step of the decoder, updates of the encoder
/// alone on rows of their own, clipped together with what the decoder would do; until the rate on
/// dev falls. \source He et al. 2019
struct Lagging {
  ParameterRange encoder, decoder;
  std::uint64_t inner = 3;
  std::uint64_t lags = 1;
  double rate = 0;
  Batch batch{};

  explicit Lagging(const Layout& layout)
      : encoder(layout, {"encoder", "posterior"}), decoder(layout, {"decoder"}) {}

  std::uint64_t updates_per_step() const { return inner; }
  PhaseSpan span(std::uint64_t epochs) const { return {0, epochs, true}; }

  template <class Context>
  void before_step(Context& context) {
    context.set_moving(nullptr);
    if (lags == 0) return;
    for (std::uint64_t i = 0; i < inner; ++i) {
      std::vector<Row> rows(10);
      for (Row row = 0; row < rows.size(); ++row) {
        rows[row] = static_cast<Row>(72 * context.draws().uniform(Stream(1001), row, 0, 0, 0));
      }
      batch.assign(context.rows(), rows);
      context.differentiate(batch);
      context.update(&encoder);
    }
    context.set_moving(&decoder);
  }
  template <class Network, class Rows>
  void after_epoch(Evaluation<Network>&, const Rows&, const EpochReport& epoch) {
    if (epoch.dev_rate < rate) lags = 0;
    rate = epoch.dev_rate;
  }
  void visit(Visitor& visitor) {
    visitor("lags", lags);
    visitor("rate", rate);
  }
};

}  // namespace

TEST_CASE("each phase has its objective and its schedules, and only the last has a best epoch") {
  ThreePhases run;
  run.trainer.fit(run.log);
  REQUIRE(run.log.steps.size() == 5 * steps);
  const auto kl_weight = [&](std::size_t step) { return run.log.steps[step].objective.kl_weight; };
  for (std::size_t step = 0; step < steps; ++step) CHECK(kl_weight(step) == 0);
  for (std::size_t step = 0; step < 2 * steps; ++step) {
    CHECK(kl_weight(steps + step) == std::min(1.0, static_cast<double>(step) / 4));
  }
  CHECK(run.log.steps[steps - 1].objective.multiplier == 0);
  CHECK(run.log.steps[3 * steps].objective.multiplier > 0);
  for (const auto& [first, count] : {std::pair{0, 4}, {4, 8}, {12, 8}}) {
    for (int step = 0; step < count; ++step) {
      CHECK(run.log.steps[static_cast<std::size_t>(first + step)].learning_rate ==
            1e-2 * WarmupCosine{.warmup = 3}(static_cast<std::uint64_t>(step),
                                             static_cast<std::uint64_t>(count)));
    }
  }
  for (std::size_t epoch = 0; epoch < 3; ++epoch) CHECK_FALSE(run.log.epochs[epoch].best);
  CHECK(run.log.epochs[3].best);
}

TEST_CASE("patience is not used up before the last phase") {
  TrainOptions impatient = options(8);
  impatient.learning_rate = 0;
  impatient.patience = 1;
  ThreePhases run(impatient);
  run.trainer.fit(run.log);
  CHECK(run.log.epochs.size() == 5);  // the first of the last phase, and one that is no better
}

TEST_CASE("a range is made anew when its phase begins, addressed by the update; the rest stays") {
  TrainOptions still = options(5);
  still.learning_rate = 0;
  ThreePhases run(still);
  run.log.stop_at = steps;
  run.trainer.fit(run.log);
  const Parameters<float> start(run.task.layout, Seed{3});
  CHECK(std::ranges::equal(run.parameters.values(), start.values()));
  run.log.stop_at = steps + 1;
  run.trainer.fit(run.log);
  Parameters<float> expected(run.task.layout, Seed{3});
  expected.redraw(ParameterRange(run.task.layout, {"decoder", "posterior.mu"}), Seed{11}, steps);
  CHECK(
      std::ranges::equal(std::as_const(run.parameters).values(), std::as_const(expected).values()));
  const ParameterRange decoder(run.task.layout, {"decoder"});
  CHECK(weights(run.parameters, decoder) != weights(start, decoder));
}

TEST_CASE("what the optimiser has kept of a range that is made anew is forgotten") {
  TinyTask task;
  Parameters<float> parameters(task.layout, Seed{3});
  Team team;
  StepContext<Model, Adam<float>, TinyCorpus> context(
      Model(task.network, Elbo(), CharacterDropout<0.1>{}), parameters, Adam<float>(), task.corpus,
      ClipByNorm{}, Seed{7}, team);
  context.begin_step(1, 1e-2);
  const std::vector<Row> rows{0, 5, 9, 33};
  PlainStep().make(context, rows);
  const ParameterRange decoder(task.layout, {"decoder"});
  context.make_anew(decoder);
  CHECK(context.update_number() == 1);
  const std::vector<float> before = weights(parameters, decoder);
  PlainStep().make(context, rows);
  const std::vector<float> after = weights(parameters, decoder);
  // Adam's first step moves every weight that has a gradient by the learning rate.
  float furthest = 0, mean = 0;
  for (std::size_t i = 0; i < before.size(); ++i) {
    furthest = std::max(furthest, std::abs(after[i] - before[i]));
    mean += std::abs(after[i] - before[i]) / static_cast<float>(before.size());
  }
  CHECK(furthest == doctest::Approx(1e-2F).epsilon(1e-3));
  CHECK(mean > 0.5e-2F);
}

TEST_CASE("a frozen range does not move by a bit, and no gradient is computed for it") {
  /// Looks at the gradients before every update.
  struct Look {
    const ParameterRange* frozen;
    std::uint64_t* frozen_steps;
    Clipped clip(Parameters<float>& parameters, Team& team, const ParameterRange* moving) const {
      const auto all = std::as_const(parameters).gradients();
      const auto is_zero = [&](const Segment& segment) {
        const auto some = all.subspan(static_cast<std::size_t>(segment.offset),
                                      static_cast<std::size_t>(segment.size));
        return std::all_of(some.begin(), some.end(), [](float g) { return g == 0; });
      };
      const auto& segments = frozen->segments();
      if (std::all_of(segments.begin(), segments.end(), is_zero)) ++*frozen_steps;
      return ClipByNorm{}.clip(parameters, team, moving);
    }
  };
  TinyTask task;
  Parameters<float> parameters(task.layout, Seed{3});
  Team team;
  const ParameterRange frozen(task.layout, {"encoder", "posterior"});
  std::uint64_t frozen_steps = 0;
  Trainer trainer(Model(task.network, three_objectives(), CharacterDropout<0.1>{}), parameters,
                  Adam<float>(), task.corpus, task.corpus, options(5), team,
                  PhasedPlan(task.layout, three_phases), Look{&frozen, &frozen_steps});
  StoppingLog<decltype(trainer)> log{trainer};
  log.stop_at = 3 * steps;
  trainer.fit(log);
  CHECK(frozen_steps == 0);
  const std::vector<float> encoder = weights(parameters, frozen);
  const ParameterRange decoder(task.layout, {"decoder"});
  const std::vector<float> before = weights(parameters, decoder);
  trainer.fit(log);
  CHECK(frozen_steps == 2 * steps);
  CHECK(weights(parameters, frozen) == encoder);
  CHECK(weights(parameters, decoder) != before);
}

TEST_CASE("a run that was stopped after any step goes on with the same bits, on any threads") {
  ThreePhases straight;
  straight.trainer.fit(straight.log);
  const Snapshot end = Snapshot::of(straight.trainer);
  for (std::uint64_t stop = 1; stop < 5 * steps; ++stop) {
    CAPTURE(stop);
    ThreePhases begun;
    begun.log.stop_at = stop;
    begun.trainer.fit(begun.log);
    REQUIRE(begun.trainer.step() == stop);
    ThreePhases resumed(options(5), 1 + static_cast<int>(stop % 3));
    Snapshot::of(begun.trainer).load(resumed.trainer);
    resumed.trainer.fit(resumed.log);
    CHECK(Snapshot::of(resumed.trainer) == end);
  }
}

TEST_CASE("an erased plan is the plan; one phase without ranges is a training without a plan") {
  using Context = ThreePhases::TinyTrainer::Context;
  using Erased = AnyPlan<Context, Model::Network, TinyCorpus>;
  ThreePhases typed;
  typed.trainer.fit(typed.log);
  Run<Erased> erased([](const Layout& layout) { return PhasedPlan(layout, three_phases); },
                     three_objectives(), options(5));
  erased.trainer.fit(erased.log);
  CHECK(Snapshot::of(erased.trainer) == Snapshot::of(typed.trainer));

  const auto none = [](const Layout&) { return PhasedPlan(); };
  Run<Erased> one(none, Elbo(), options(2));
  Run<> without(none, Elbo(), options(2));
  one.trainer.fit(one.log);
  without.trainer.fit(without.log);
  CHECK(Snapshot::of(one.trainer) == Snapshot::of(without.trainer));
}

TEST_CASE("lagging inference is a plan: it trains, in the trainer's own steps, and goes on") {
  const auto make = [](const Layout& layout) { return Lagging(layout); };
  Run<Lagging> straight(make, Elbo(), options(3));
  straight.trainer.fit(straight.log);
  CHECK(straight.log.steps.size() == 3 * steps);
  CHECK(straight.log.epochs.back().train_nll < straight.log.epochs.front().train_nll);
  for (const std::uint64_t stop : {1u, 4u, 6u, 9u}) {
    Run<Lagging> begun(make, Elbo(), options(3));
    begun.log.stop_at = stop;
    begun.trainer.fit(begun.log);
    Run<Lagging> resumed(make, Elbo(), options(3), 2);
    Snapshot::of(begun.trainer).load(resumed.trainer);
    resumed.trainer.fit(resumed.log);
    CHECK(Snapshot::of(resumed.trainer) == Snapshot::of(straight.trainer));
  }
}

TEST_CASE("a plan that cannot be is refused with a sentence") {
  const TinyTask task;
  const auto refused = [&](const std::vector<TrainingPhase>& phases, const std::string& sentence) {
    CHECK_THROWS_WITH_AS(PhasedPlan(task.layout, phases), sentence.c_str(), Error);
  };
  const std::string epochs =
      "plan: each phase but the last has a number of epochs, and the last has all that are left";
  refused({}, "plan: there are no phases");
  refused({{}, {}}, epochs);
  refused({{.epochs = 1}, {.epochs = 1}}, epochs);
  refused({{.epochs = 1, .anew = {"decoder"}}, {}},
          "plan: the first phase makes nothing anew: it begins with new weights");
  refused({{.frozen = {"encoder"}, .moving = {"decoder"}}},
          "plan: a phase states what is frozen or what moves, not both");
  refused({{.epochs = 1}, {.frozen = {"encoder", "posterior", "decoder"}}},
          "plan: a phase in which nothing moves learns nothing: freeze less");
  refused({{.epochs = 1}, {.frozen = {"enc"}}},
          "range: 'enc' names no parameter: there are 'encoder', 'posterior', 'decoder'");
  CHECK_THROWS_WITH_AS(ThreePhases(options(3)),
                       "plan: the phases before the last have 3 epochs, and the training has 3: "
                       "the last phase needs at least one",
                       Error);
  CHECK_THROWS_AS(PhasedObjective<Elbo>({}), Error);
  CHECK_THROWS_WITH_AS(PhasedObjective<Elbo>({Elbo()}).enter_phase(1),
                       "phased objective: phase 1, counted from 0, is none of its 1 phases", Error);
}

TEST_CASE("a session has no model before the last phase, and then that phase's best") {
  const TemporaryFolder path;
  const RunFolder folder(path.path());
  StoppingWatcher<ThreePhases::TinyTrainer> watcher, stopping;
  const auto any_model = [](std::string_view, const Metadata&) {};
  {
    ThreePhases begun;
    stopping.trainer = &begun.trainer;
    stopping.stop_at = 2 * steps + 1;  // within the second phase
    Session session(folder, "{}", {}, begun.trainer, stopping);
    session.begin();
    CHECK(session.run().kept.epoch == 0);
    CHECK(std::filesystem::exists(folder.metrics()));
    CHECK_FALSE(std::filesystem::exists(folder.model()));
  }
  ThreePhases resumed;
  Session session(folder, "{}", {}, resumed.trainer, watcher);
  REQUIRE(session.resume(path.path(), any_model));
  CHECK_FALSE(std::filesystem::exists(folder.model()));
  CHECK(session.run().kept.epoch >= 4);
  CHECK(std::filesystem::exists(folder.model()));
  ThreePhases straight;
  straight.trainer.fit(straight.log);
  CHECK(std::ranges::equal(std::as_const(resumed.parameters).values(),
                           std::as_const(straight.parameters).values()));
}
