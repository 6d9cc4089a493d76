// Criteria: each keeps the epoch that is the best by it, its state goes into checkpoints, and a
// trainer without words measures no accuracy.
#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

#include <vaecollapse/core/finite.hpp>
#include <vaecollapse/core/team.hpp>
#include <vaecollapse/dropout/none.hpp>
#include <vaecollapse/evaluate/importance_weights.hpp>
#include <vaecollapse/model/seq2seq_vae.hpp>
#include <vaecollapse/objective/free_bits.hpp>
#include <vaecollapse/optim/adam.hpp>
#include <vaecollapse/train/any_criterion.hpp>
#include <vaecollapse/train/criterion.hpp>
#include <vaecollapse/train/trainer.hpp>

#include "support/tiny_corpus.hpp"
#include "unit/train/support.hpp"

using namespace vaecollapse;
using vaecollapse::test::Snapshot;
using vaecollapse::test::StoppingLog;
using vaecollapse_test::TinyTask;

namespace {

using Model = Seq2SeqVae<BiGruEncoder, GruDecoder, FreeBits<1>, NoDropout>;
using TinyCorpus = vaecollapse::reinflection::Corpus;

/// A run of a small task with some parts.
template <class... Parts>
struct Run {
  TinyTask task;
  Parameters<float> parameters{task.layout, Seed{3}};
  Team team;
  using TinyTrainer = Trainer<Model, Adam<float>, TinyCorpus, Parts...>;
  TinyTrainer trainer;
  StoppingLog<TinyTrainer> log{trainer};

  explicit Run(TrainOptions options, Parts... parts) : Run(1, options, parts...) {}
  Run(int threads, TrainOptions options, Parts... parts)
      : team(threads),
        trainer(Model(task.network, FreeBits<1>(6.0), NoDropout()), parameters, Adam<float>(),
                task.corpus, task.corpus, options, team, parts...) {}
};

TrainOptions options(std::uint64_t epochs) {
  return {.epochs = epochs, .batch = 20, .learning_rate = 1e-2, .probe = 0, .seed = Seed{5}};
}

/// The epochs that were the best so far, by hand.
template <class Better>
std::vector<bool> best_by(const std::vector<EpochReport>& epochs, Better&& better) {
  std::vector<bool> best;
  std::optional<double> so_far;
  for (const EpochReport& epoch : epochs) {
    best.push_back(!so_far || better(epoch.criterion_value, *so_far));
    if (best.back()) so_far = epoch.criterion_value;
  }
  return best;
}

std::vector<bool> best_of(const std::vector<EpochReport>& epochs) {
  std::vector<bool> best;
  for (const EpochReport& epoch : epochs) best.push_back(epoch.best);
  return best;
}

/// Likes even epochs only: the smallest criterion.
struct EvenEpochs {
  std::string_view name() const { return "even"; }
  template <class Network, class Rows>
  Score judge(Evaluation<Network>&, const Rows&, EpochReport& epoch) const {
    return {.value = epoch.epoch % 2 == 0 ? 1.0 : not_a_number<double>()};
  }
  bool is_better(const Score& one, const Score& best) const { return one.value >= best.value; }
};

}  // namespace

TEST_CASE("dev ELBO at beta 1 chooses the epoch, and no accuracy is measured") {
  Run run(options(6), DevElbo());
  run.trainer.fit(run.log);
  REQUIRE(run.log.epochs.size() == 6);
  for (const EpochReport& epoch : run.log.epochs) {
    CHECK(epoch.criterion == "elbo");
    CHECK(epoch.criterion_value == epoch.dev_elbo);
    CHECK(epoch.dev_elbo == -(epoch.dev_nll + epoch.dev_rate));
    CHECK(is_nan(epoch.dev_accuracy));
    CHECK(is_nan(epoch.dev_levenshtein));
  }
  CHECK(best_of(run.log.epochs) ==
        best_by(run.log.epochs, [](double one, double best) { return one > best; }));
}

TEST_CASE("the importance-weighted NLL of dev chooses the lowest") {
  Run run(options(4), DevImportanceWeightedNll(3), MeasureAccuracy());
  run.trainer.fit(run.log);
  CHECK(best_of(run.log.epochs) ==
        best_by(run.log.epochs, [](double one, double best) { return one < best; }));
  Evaluation evaluation(run.task.network, std::as_const(run.parameters), run.team,
                        {.seed = Seed{5}});
  double sum = 0;
  for (const ImportanceWeights& row : importance_weights(evaluation, run.task.corpus, 3)) {
    sum += row.nll();
  }
  CHECK(run.log.epochs.back().criterion == "iwnll");
  CHECK(run.log.epochs.back().criterion_value == sum / 72);
  CHECK_FALSE(is_nan(run.log.epochs.back().dev_accuracy));
  CHECK_THROWS_AS(DevImportanceWeightedNll(0), Error);
}

TEST_CASE("a criterion changes neither training nor what else is measured") {
  Run usual(options(3));
  Run elbo(options(3), MeasureAccuracy(), DevElbo());
  usual.trainer.fit(usual.log);
  elbo.trainer.fit(elbo.log);
  CHECK(std::ranges::equal(usual.parameters.values(), elbo.parameters.values()));
  for (std::size_t i = 0; i < 3; ++i) {
    CHECK(usual.log.epochs[i].criterion == "accuracy");
    CHECK(usual.log.epochs[i].criterion_value == elbo.log.epochs[i].dev_accuracy);
    CHECK(usual.log.epochs[i].dev_levenshtein == elbo.log.epochs[i].dev_levenshtein);
    CHECK(usual.log.epochs[i].dev_elbo == elbo.log.epochs[i].dev_elbo);
  }
}

TEST_CASE("a criterion of one's own: a value that is not a number is never the best") {
  Run run(options(4), EvenEpochs());
  run.trainer.fit(run.log);
  CHECK(best_of(run.log.epochs) == std::vector{false, true, false, true});
}

TEST_CASE("patience counts by the criterion") {
  TrainOptions impatient = options(20);
  impatient.patience = 1;
  Run run(impatient, EvenEpochs());
  run.trainer.fit(run.log);
  CHECK(run.log.epochs.size() == 1);
}

TEST_CASE_TEMPLATE(
    "a run goes on with the same bits by every criterion, erased or not, on any "
    "number of threads",
    Kind, DevAccuracy, DevElbo, DevImportanceWeightedNll) {
  const auto finished = [](auto&& run) {
    run.trainer.fit(run.log);
    return Snapshot::of(run.trainer);
  };
  using Erased = AnyCriterion<Model::Network, TinyCorpus>;
  const Snapshot straight = finished(Run(options(3), Kind()));
  CHECK(finished(Run(options(3), Erased(Kind()))) == straight);
  CHECK(finished(Run(2, options(3), Kind())) == straight);
  CHECK(finished(Run(3, options(3), Kind())) == straight);

  Run begun(options(3), Kind());
  begun.log.stop_at = 6;  // the second step of the second epoch
  begun.trainer.fit(begun.log);
  REQUIRE(begun.trainer.step() == 6);
  Run resumed(options(3), Kind());
  Snapshot::of(begun.trainer).load(resumed.trainer);
  CHECK(finished(resumed) == straight);
}
