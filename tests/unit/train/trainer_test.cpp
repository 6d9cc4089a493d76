// The training loop: it learns, it can be stopped and continued to the same bits, and neither the
// number of threads nor the cutting into batches of an evaluation changes what it finds.
#include <cmath>
#include <cstring>
#include <map>
#include <numeric>
#include <optional>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include <vaecollapse/dropout/character.hpp>
#include <vaecollapse/objective/annealing.hpp>
#include <vaecollapse/objective/free_bits.hpp>
#include <vaecollapse/optim/adam.hpp>
#include <vaecollapse/train/trainer.hpp>

#include "support/tiny_corpus.hpp"

using namespace vaecollapse;
using vaecollapse_test::TinyTask;

namespace {

using Objective = Annealed<LinearSchedule, FreeBits<1>>;
using Model = Seq2SeqVae<BiGruEncoder, GruDecoder, Objective, CharacterDropout<0.1>>;

/// Keeps what visit shows, bit by bit, save the times.
class Snapshot final : public Visitor {
 public:
  explicit Snapshot(bool writes = false) : writes_(writes) {}
  void operator()(std::string_view name, std::uint64_t& value) override {
    exchange(name, &value, 1);
  }
  void operator()(std::string_view name, double& value) override { exchange(name, &value, 1); }
  void operator()(std::string_view name, std::span<float> values) override {
    exchange(name, values.data(), values.size());
  }
  void operator()(std::string_view name, std::span<double> values) override {
    exchange(name, values.data(), values.size());
  }
  void write_from_now_on() { writes_ = true; }
  friend bool operator==(const Snapshot& a, const Snapshot& b) { return a.state_ == b.state_; }

 private:
  template <class T>
  void exchange(std::string_view name, T* values, std::size_t count) {
    if (name.find("seconds") != std::string_view::npos) return;
    std::string& bytes = state_[std::string(name)];
    if (writes_) {
      REQUIRE(bytes.size() == count * sizeof(T));
      if (count > 0) std::memcpy(values, bytes.data(), bytes.size());
    } else {
      bytes.assign(reinterpret_cast<const char*>(values), count * sizeof(T));
    }
  }
  bool writes_;
  std::map<std::string, std::string> state_;
};

struct Log {
  std::vector<StepReport> steps;
  std::vector<EpochReport> epochs;
  std::optional<std::uint64_t> stop_at;
  void (*stop)(void*) = nullptr;
  void* trainer = nullptr;

  void on_step(const StepReport& report) {
    steps.push_back(report);
    if (stop_at == report.step) stop(trainer);
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
  CHECK(resumed.log.epochs.front().train_nll == straight.log.epochs[1].train_nll);
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

TEST_CASE("a loss that is not finite is an error that names the step") {
  Run run(options(1));
  run.parameters.values()[0] = std::nanf("");
  CHECK_THROWS_WITH_AS(run.trainer.fit(run.log),
                       doctest::Contains("trainer: in step 1 the loss is"), Error);
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
    return Evaluator(run.task.network, std::as_const(run.parameters), run.team,
                     {.batch = batch, .seed = Seed{5}});
  };
  auto large = evaluate(128), small = evaluate(7);
  CHECK(large.elbo(run.task.corpus).nll ==
        doctest::Approx(small.elbo(run.task.corpus).nll).epsilon(1e-5));
  CHECK(large.elbo(run.task.corpus).rate ==
        doctest::Approx(small.elbo(run.task.corpus).rate).epsilon(1e-5));
  const double own = score_symbols(run.task.corpus, large.guesses(run.task.corpus)).accuracy;
  const double permuted =
      score_symbols(run.task.corpus, large.guesses_with_permuted_codes(run.task.corpus)).accuracy;
  CHECK(own > 0.5);
  CHECK(permuted < 0.5 * own);
}
