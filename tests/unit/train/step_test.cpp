// Training steps: parts of a step, several updates in one, and steps, schedules, samplers and
// clippings of one's own.
#include <algorithm>
#include <cstdint>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

#include <doctest/doctest.h>

#include <vaecollapse/core/team.hpp>
#include <vaecollapse/data/sampler.hpp>
#include <vaecollapse/dropout/character.hpp>
#include <vaecollapse/dropout/none.hpp>
#include <vaecollapse/model/seq2seq_vae.hpp>
#include <vaecollapse/objective/annealing.hpp>
#include <vaecollapse/objective/elbo.hpp>
#include <vaecollapse/objective/mdr.hpp>
#include <vaecollapse/optim/adam.hpp>
#include <vaecollapse/optim/schedule.hpp>
#include <vaecollapse/optim/sgd.hpp>
#include <vaecollapse/train/trainer.hpp>

#include "support/tiny_corpus.hpp"
#include "unit/train/support.hpp"

using namespace vaecollapse;
using vaecollapse::test::Snapshot;
using vaecollapse::test::StoppingLog;
using vaecollapse_test::TinyTask;

namespace {

using TinyCorpus = vaecollapse::reinflection::Corpus;
using Objective = Annealed<LinearSchedule, Elbo>;
using Model = Seq2SeqVae<BiGruEncoder, GruDecoder, Objective, CharacterDropout<0.1>>;

template <class... Parts>
struct Run {
  using TinyTrainer = Trainer<Model, Adam<float>, TinyCorpus, Parts...>;
  TinyTask task;
  Parameters<float> parameters{task.layout, Seed{3}};
  Team team;
  TinyTrainer trainer;
  StoppingLog<TinyTrainer> log{trainer};

  explicit Run(Parts... parts) : Run(1, parts...) {}
  explicit Run(int threads, Parts... parts)
      : team(threads),
        trainer(Model(task.network, Objective(LinearSchedule{.steps = 20}, Elbo()),
                      CharacterDropout<0.1>{}),
                parameters, Adam<float>(), task.corpus, task.corpus,
                {.epochs = 3,
                 .batch = 20,
                 .learning_rate = 1e-2,
                 .schedule = {.warmup = 5},
                 .probe = 0,
                 .seed = Seed{11}},
                team, parts...) {}
};

/// Differentiates the first half of the batch as it is, and gathers the second.
template <class Context>
void differentiate_half(Context& context, std::span<const Row> rows, Batch& second) {
  const std::size_t half = rows.size() / 2;
  context.batch().assign(context.rows(), rows.first(half));
  context.differentiate(context.batch());
  second.assign(context.rows(), rows.subspan(half));
}

/// The first half of the batch as it is, the second with a weight of its own.
struct TwoParts {
  double weight = 0.7;
  Batch second{};

  template <class Context>
  StepResult make(Context& context, std::span<const Row> rows) {
    differentiate_half(context, rows, second);
    context.differentiate(second, weight);
    return context.update();
  }
};

/// The same with the second part's terms put on the tape by the step.
struct OwnTerms {
  double weight = 0.7;
  Batch second{};

  template <class Context>
  StepResult make(Context& context, std::span<const Row> rows) {
    differentiate_half(context, rows, second);
    const Scope scope(context.tape());
    const VaeTerms<float> terms =
        context.model().network().terms(context.tape(), second, context.draws(), second.inputs());
    context.differentiate(second, terms, weight);
    return context.update();
  }
};

struct FirstHalf {
  template <class Context>
  StepResult make(Context& context, std::span<const Row> rows) const {
    return PlainStep().make(context, rows.first(rows.size() / 2));
  }
};

/// Two updates a step, the second on a batch of its own.
struct TwoUpdates {
  std::uint64_t most = 2;
  std::uint64_t updates_per_step() const { return most; }

  template <class Context>
  StepResult make(Context& context, std::span<const Row> rows) const {
    std::vector<Row> own(5);
    for (std::size_t i = 0; i < own.size(); ++i) {
      own[i] = static_cast<Row>((context.update_number() * 5 + i) % 72);
    }
    context.batch().assign(context.rows(), own);
    context.differentiate(context.batch());
    context.update();
    context.batch().assign(context.rows(), rows);
    context.differentiate(context.batch());
    return context.update();
  }
};

/// The rows in their order, in batches of 36: the smallest sampler.
class InOrder {
 public:
  Index batches() const { return 2; }
  struct Halves {
    std::span<const std::vector<Row>> all;
    Index size() const { return static_cast<Index>(all.size()); }
    std::span<const Row> operator[](Index i) const { return all[static_cast<std::size_t>(i)]; }
  };
  Halves epoch(std::uint64_t) {
    for (std::size_t half = 0; half < 2; ++half) {
      batches_[half].resize(36);
      for (std::size_t i = 0; i < 36; ++i) batches_[half][i] = static_cast<Row>(36 * half + i);
    }
    return {batches_};
  }

 private:
  std::vector<std::vector<Row>> batches_{2};
};

/// Cuts every gradient down to [-limit, limit].
struct ClipEach {
  float limit = 1e-3F;
  Clipped clip(Parameters<float>& parameters, Team&, const ParameterRange*) const {
    for (float& gradient : parameters.gradients()) gradient = std::clamp(gradient, -limit, limit);
    return {euclidean_norm(std::as_const(parameters).gradients()), 1};
  }
};

}  // namespace

TEST_CASE("of a step in two parts the gradient is the sum of both, each by its weight") {
  const TinyTask task;
  Parameters<float> together(task.layout, Seed{3}), apart(task.layout, Seed{3});
  Team team;
  const Seq2SeqVae model(task.network, Elbo(), NoDropout());
  using Context = StepContext<std::remove_const_t<decltype(model)>, Sgd<float>, TinyCorpus>;
  const std::vector<Row> rows{0, 5, 9, 33, 60, 61};
  const auto step = [&](Parameters<float>& parameters, auto&& make) {
    Context context(model, parameters, Sgd<float>(), task.corpus, ClipByNorm{1e9}, Seed{7}, team);
    context.begin_step(1, 1);  // so that the weights fall by the gradient
    return make(context);
  };
  const std::vector<float> start(together.values().begin(), together.values().end());
  const StepResult both =
      step(together, [&](Context& context) { return TwoParts().make(context, rows); });
  // The objective is a mean over its part, so the sum is over two batches of three.
  std::vector<double> sum(start.size());
  double loss = 0, nll = 0;
  for (const auto& [weight, some] :
       {std::pair(1.0, std::vector<Row>{0, 5, 9}), std::pair(0.7, std::vector<Row>{33, 60, 61})}) {
    Parameters<float> part(task.layout, Seed{3});
    const StepResult one = step(part, [&, &of_part = some](Context& context) {
      return PlainStep().make(context, of_part);
    });
    loss += weight * one.objective.loss;
    nll += weight * one.objective.nll / 1.7;
    for (std::size_t i = 0; i < sum.size(); ++i) {
      sum[i] += weight * (static_cast<double>(start[i]) - static_cast<double>(part.values()[i]));
    }
  }
  CHECK(both.objective.loss == doctest::Approx(loss));
  CHECK(both.objective.nll == doctest::Approx(nll));
  CHECK(both.objective.kl_weight == doctest::Approx(1));
  CHECK(both.examples == 6);
  double furthest = 0;
  for (std::size_t i = 0; i < sum.size(); ++i) {
    const double moved = static_cast<double>(start[i]) - static_cast<double>(together.values()[i]);
    furthest = std::max(furthest, std::abs(moved - sum[i]));
  }
  CHECK(furthest < 1e-5);

  Parameters<float> own(task.layout, Seed{3});
  const StepResult by_terms =
      step(own, [&](Context& context) { return OwnTerms().make(context, rows); });
  CHECK(by_terms.objective.loss == both.objective.loss);
  CHECK(std::ranges::equal(own.values(), together.values()));
}

TEST_CASE("a part without weight moves nothing") {
  Run halves(TwoParts{.weight = 0});
  Run first{FirstHalf()};
  halves.trainer.fit(halves.log);
  first.trainer.fit(first.log);
  CHECK(std::ranges::equal(halves.parameters.values(), first.parameters.values()));
}

TEST_CASE_TEMPLATE("steps of one's own go on with the same bits, on any number of threads", Step,
                   PlainStep, TwoParts, OwnTerms, TwoUpdates) {
  Run straight{Step()};
  straight.trainer.fit(straight.log);
  for (const int threads : {2, 3}) {
    Run other(threads, Step());
    other.trainer.fit(other.log);
    CHECK(Snapshot::of(other.trainer) == Snapshot::of(straight.trainer));
  }
  Run begun{Step()};
  begun.log.stop_at = 6;
  begun.trainer.fit(begun.log);
  Run resumed{Step()};
  Snapshot::of(begun.trainer).load(resumed.trainer);
  resumed.trainer.fit(resumed.log);
  CHECK(Snapshot::of(resumed.trainer) == Snapshot::of(straight.trainer));
}

TEST_CASE("decoder steps, not updates, drive annealing, schedules and epochs") {
  Run one;
  Run two{TwoUpdates()};
  one.trainer.fit(one.log);
  two.trainer.fit(two.log);
  REQUIRE(two.log.steps.size() == one.log.steps.size());
  CHECK(two.trainer.planned_steps() == one.trainer.planned_steps());
  for (std::size_t i = 0; i < one.log.steps.size(); ++i) {
    CHECK(two.log.steps[i].learning_rate == one.log.steps[i].learning_rate);
    CHECK(two.log.steps[i].objective.kl_weight == one.log.steps[i].objective.kl_weight);
  }
  CHECK(two.log.epochs.back().step == 12);
}

TEST_CASE("a step that makes more updates than it says is refused") {
  Run run(TwoUpdates{.most = 1});
  CHECK_THROWS_WITH_AS(run.trainer.fit(run.log),
                       "trainer: a step has made 2 updates, expected 1 to 1: a part that makes "
                       "more declares it by updates_per_step()",
                       Error);
  CHECK_THROWS_WITH_AS(Run(TwoUpdates{.most = std::uint64_t{1} << 28}),
                       "trainer: epochs are 3, of 4 steps each, of 268435456 updates at most: "
                       "there can be 4 steps at most",
                       Error);
}

TEST_CASE("a learning-rate schedule, a sampler and a clipping replace those of the options") {
  Run run{ConstantLearningRate(), InOrder(), ClipEach()};
  run.trainer.fit(run.log);
  REQUIRE(run.log.steps.size() == 6);
  for (const StepReport& step : run.log.steps) {
    CHECK(step.learning_rate == 1e-2);
    CHECK(step.examples == 36);
    CHECK(step.gradient_norm <= 1e-3 * std::sqrt(static_cast<double>(run.parameters.size())));
  }
}
