// Decay on plateau: when the rate falls and how often, that the weights go back and the optimiser
// begins anew, with phases and with an average too; and that a run goes on with the same bits.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include <vaecollapse/core/team.hpp>
#include <vaecollapse/dropout/embedding.hpp>
#include <vaecollapse/latent/no_latent.hpp>
#include <vaecollapse/model/no_encoder.hpp>
#include <vaecollapse/model/plain_decoder.hpp>
#include <vaecollapse/model/seq2seq_vae.hpp>
#include <vaecollapse/objective/elbo.hpp>
#include <vaecollapse/objective/phased.hpp>
#include <vaecollapse/optim/adam.hpp>
#include <vaecollapse/optim/exponential_average.hpp>
#include <vaecollapse/train/plan/phased.hpp>
#include <vaecollapse/train/trainer.hpp>

#include "support/tiny_words.hpp"
#include "unit/train/support.hpp"

using namespace vaecollapse;
using vaecollapse::test::Snapshot;

namespace {

/// Epochs are worth what a list says, the more the better.
struct ScriptedWorth {
  std::vector<double> of_epoch;
  std::string_view name() const { return "scripted"; }
  template <class Network, SymbolRows Rows>
  Score judge(Evaluation<Network>&, const Rows&, const EpochReport& epoch) const {
    return {.value = of_epoch.at(static_cast<std::size_t>(epoch.epoch - 1))};
  }
  bool is_better(const Score& one, const Score& best) const { return one.value > best.value; }
};

/// The full rate, and none for some steps: those leave the weights as they find them.
struct IdleSteps {
  std::uint64_t first = 0, last = 0;
  double operator()(std::uint64_t step, std::uint64_t) const {
    return step >= first && step < last ? 0 : 1;
  }
};

/// How many of its steps Adam takes as not made, for the moments that it has fewest of.
class StepsForgotten final : public Visitor {
 public:
  double fewest = 0;
  void operator()(std::string_view, std::uint64_t&) override {}
  void operator()(std::string_view, double&) override {}
  void operator()(std::string_view, std::span<float>) override {}
  void operator()(std::string_view, std::span<double>) override {}
  void optional(std::string_view name, std::span<double> values) override {
    if (name == "optimiser.missed_steps") fewest = *std::ranges::min_element(values);
  }
};

constexpr std::uint64_t steps_an_epoch = 3;  // 81 words in batches of 27

struct PlateauRunOptions {
  std::vector<double> worth;
  std::optional<PlateauOptions> plateau = PlateauOptions{.patience = 2, .times = 2, .from = 1};
  std::vector<TrainingPhase> phases{};
  double averaging = 0;
  IdleSteps idle{};
  int threads = 1;
};

/// A language model of words in training.
struct PlateauRun {
  using Network = SequenceVae<NoEncoder, PlainDecoder<>, NoLatent>;
  using Model =
      Seq2SeqVae<NoEncoder, PlainDecoder<>, PhasedObjective<Elbo>, EmbeddingDropout<0.1>, NoLatent>;
  using Watched =
      Trainer<Model, Adam<float>, Corpus, ScriptedWorth, ExponentialAverage, PhasedPlan, IdleSteps>;

  std::vector<std::u32string> words = vaecollapse_test::tiny_words();
  Vocabulary vocabulary = Vocabulary::of(words);
  Corpus corpus = vaecollapse_test::corpus_of_words(words, vocabulary);
  Layout layout;
  Network network = network_in(layout, vocabulary.symbols());
  Parameters<float> parameters{layout, Seed{3}};
  Team team;
  Watched trainer;
  std::vector<double> rates;                ///< of each step
  std::vector<std::vector<float>> weights;  ///< after each step
  std::vector<double> forgotten;            ///< by Adam, after each step
  std::vector<std::vector<float>> judged;   ///< after each epoch
  std::uint64_t stop_at = 0;

  explicit PlateauRun(const PlateauRunOptions& options)
      : team(options.threads),
        trainer(Model(network,
                      PhasedObjective<Elbo>(
                          std::vector<Elbo>(std::max<std::size_t>(1, options.phases.size()))),
                      EmbeddingDropout<0.1>()),
                parameters, Adam<float>(), corpus, corpus,
                {.epochs = options.worth.size(),
                 .batch = 27,
                 .learning_rate = 1e-2,
                 .plateau = options.plateau,
                 .probe = 0,
                 .seed = Seed{11}},
                team, ScriptedWorth{options.worth}, ExponentialAverage(options.averaging),
                options.phases.empty() ? PhasedPlan() : PhasedPlan(layout, options.phases),
                options.idle) {}

  static Network network_in(Layout& layout, Index symbols) {
    return {
        NoEncoder(), NoLatent(),
        PlainDecoder<>(
            layout, "decoder",
            {.symbols = symbols, .embedding = 5, .hidden = 6, .latent = 0, .output_dropout = 0.2})};
  }

  void on_step(const StepReport& step) {
    rates.push_back(step.learning_rate);
    weights.emplace_back(copy(std::as_const(parameters)));
    StepsForgotten adam;
    trainer.visit(adam);
    forgotten.push_back(adam.fewest);
    if (step.step == stop_at) trainer.request_stop();
  }
  void on_epoch(const EpochReport&) { judged.push_back(copy(trainer.evaluated_parameters())); }

  static std::vector<float> copy(const Parameters<float>& of) {
    return {of.values().begin(), of.values().end()};
  }

  PlateauRun& run() {
    trainer.fit(*this);
    return *this;
  }
  /// The rate of the first step of each epoch.
  std::vector<double> rates_of_epochs() const {
    std::vector<double> all;
    for (std::size_t i = 0; i < rates.size(); i += steps_an_epoch) all.push_back(rates[i]);
    return all;
  }
};

constexpr double full = 1e-2;

}  // namespace

TEST_CASE("a plateau lowers the rate so often, and the plateau after that ends the training") {
  PlateauRun run({.worth = {1, 2, 0, 1, 3, 2, 2.5, 3, 0, 9, 9}});
  run.run();
  // No better epoch than 2 in 3 and 4, than 5 in 6 and 7; the end after 8 and 9.
  CHECK(run.rates_of_epochs() == std::vector<double>{full, full, full, full, full / 2, full / 2,
                                                     full / 2, full / 4, full / 4});
  CHECK(run.trainer.is_finished());
  CHECK(run.trainer.learning_rate() == full / 4);
  CHECK(run.judged.size() == 9);
  PlateauRun without({.worth = {1, 2, 0, 1, 3, 2, 2.5, 3, 0, 9, 9}, .plateau = std::nullopt});
  CHECK(without.run().rates == std::vector<double>(11 * steps_an_epoch, full));
}

TEST_CASE("the epoch from which a plateau counts is the first at whose end the rate may fall") {
  PlateauRun run(
      {.worth = {5, 4, 3, 2, 1, 0}, .plateau = PlateauOptions{.patience = 2, .from = 4}});
  CHECK(run.run().rates_of_epochs() ==
        std::vector<double>{full, full, full, full, full / 2, full / 2});
}

TEST_CASE("the weights go back to those of the best epoch, and Adam begins anew") {
  PlateauRun run({.worth = {1, 2, 0, 1, 0, 3}, .idle = {4 * steps_an_epoch, 5 * steps_an_epoch}});
  run.run();
  // The steps of epoch 5 are idle: the weights stand where the plateau has put them.
  for (std::size_t step = 4 * steps_an_epoch; step < 5 * steps_an_epoch; ++step) {
    CHECK(run.weights[step] == run.judged[1]);
  }
  CHECK(run.judged[3] != run.judged[1]);
  CHECK(run.forgotten[4 * steps_an_epoch - 1] == 0);
  CHECK(run.forgotten[4 * steps_an_epoch] == 4 * steps_an_epoch);
  CHECK(run.weights.back() != run.judged[1]);
}

TEST_CASE("an average of weights goes back with the weights") {
  PlateauRun run({.worth = {1, 2, 0, 1, 0},
                  .averaging = 0.9,
                  .idle = {4 * steps_an_epoch, 5 * steps_an_epoch}});
  run.run();
  CHECK(run.judged[1] != run.weights[2 * steps_an_epoch - 1]);
  CHECK(run.weights.back() == run.judged[1]);
  // An average of equal weights is these, but for rounding.
  double furthest = 0;
  for (std::size_t i = 0; i < run.judged[4].size(); ++i) {
    furthest = std::max(furthest, std::abs(double(run.judged[4][i]) - double(run.judged[1][i])));
  }
  CHECK(furthest < 1e-6);
}

TEST_CASE("each phase has its own rate and its own best epoch") {
  PlateauRun run({.worth = {9, 0, 0, 0, 1, 0, 0, 2},
                  .phases = {{.epochs = 4}, {}},
                  .idle = {3 * steps_an_epoch, 4 * steps_an_epoch}});
  run.run();
  // The fourth epoch of each is idle.
  CHECK(run.rates_of_epochs() == std::vector<double>{full, full, full, 0, full, full, full, 0});
  CHECK(run.judged[3] == run.judged[0]);
  CHECK(run.trainer.learning_rate() == full / 2);
  CHECK(run.weights.back() == run.judged[4]);
}

TEST_CASE("epochs that are worth no number are bad ones, and there is nothing to go back to") {
  constexpr double nan = std::numeric_limits<double>::quiet_NaN();
  PlateauRun run({.worth = {nan, nan, nan, 1}, .idle = {2 * steps_an_epoch, 3 * steps_an_epoch}});
  run.run();
  CHECK(run.trainer.learning_rate() == full / 2);
  CHECK(run.weights[2 * steps_an_epoch] == run.judged[1]);
}

TEST_CASE("a run with plateaus goes on after any step with the same bits, on any threads") {
  const PlateauRunOptions usual{.worth = {1, 2, 0, 1, 1, 0, 3, 0, 0, 0}, .averaging = 0.8};
  PlateauRun straight(usual);
  const Snapshot end = Snapshot::of(straight.run().trainer);
  REQUIRE(straight.trainer.learning_rate() == full / 4);
  for (std::uint64_t stop = 1; stop < straight.weights.size(); ++stop) {
    CAPTURE(stop);
    PlateauRun begun(usual);
    begun.stop_at = stop;
    begun.run();
    auto on_threads = usual;
    on_threads.threads = 1 + static_cast<int>(stop % 3);
    PlateauRun resumed(on_threads);
    Snapshot::of(begun.trainer).load(resumed.trainer);
    CHECK(Snapshot::of(resumed.run().trainer) == end);
  }
}

TEST_CASE("a plateau refuses what makes none") {
  const auto refused = [](const PlateauOptions& options, const char* sentence) {
    CHECK_THROWS_WITH_AS(PlateauRun({.worth = {1}, .plateau = options}), sentence, Error);
  };
  refused({.patience = 0}, "plateau: patience is 0 and times 5: each must be at least 1");
  refused({.times = 0}, "plateau: patience is 5 and times 0: each must be at least 1");
  for (const double factor : {0.0, 1.0, -0.5, std::numeric_limits<double>::quiet_NaN()}) {
    CHECK_THROWS_AS(PlateauRun({.worth = {1}, .plateau = PlateauOptions{.factor = factor}}), Error);
  }
}
