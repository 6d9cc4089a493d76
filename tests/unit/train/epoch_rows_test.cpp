// The smallest rows that change from epoch to epoch, through the trainer: each epoch trains on its
// own, and a run that was stopped within one goes on with the same bits.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <set>
#include <vector>

#include <doctest/doctest.h>

#include <vaecollapse/core/team.hpp>
#include <vaecollapse/data/epoch_sampler.hpp>
#include <vaecollapse/dropout/character.hpp>
#include <vaecollapse/model/seq2seq_vae.hpp>
#include <vaecollapse/objective/any.hpp>
#include <vaecollapse/objective/elbo.hpp>
#include <vaecollapse/optim/adam.hpp>
#include <vaecollapse/train/trainer.hpp>

#include "support/tiny_corpus.hpp"
#include "unit/train/support.hpp"

using namespace vaecollapse;
using vaecollapse::test::Snapshot;
using vaecollapse::test::StoppingLog;
using vaecollapse_test::TinyTask;

namespace {

using EpochModel = Seq2SeqVae<BiGruEncoder, GruDecoder, AnyObjective, CharacterDropout<0.1>>;

/// The rows of another corpus, of which the last are in each epoch others of its rows.
class Turning : public vaecollapse::reinflection::Corpus {
 public:
  explicit Turning(const vaecollapse::reinflection::Corpus& all, std::uint64_t turn = 7)
      : all_(all), turn_(turn) {
    begin_epoch(0);
  }

  void begin_epoch(std::uint64_t epoch) {
    clear();
    for (Row row = 0; row < 40; ++row) {
      const Row from = row < 30 ? row : static_cast<Row>(30 + (row + turn_ * epoch) % 42);
      vaecollapse::Corpus::add(all_.source(from), all_.target(from), all_.tags(from));
    }
  }

 private:
  const vaecollapse::reinflection::Corpus& all_;
  std::uint64_t turn_;
};

struct EpochRun {
  using EpochTrainer =
      Trainer<EpochModel, Adam<float>, reinflection::Corpus, EpochSampler<Turning>>;
  TinyTask task;
  Turning rows;
  Parameters<float> parameters{task.layout, Seed{3}};
  Team team;
  EpochTrainer trainer;
  StoppingLog<EpochTrainer> log{trainer};

  explicit EpochRun(int threads = 1, std::uint64_t turn = 7)
      : rows(task.corpus, turn),
        team(threads),
        trainer(EpochModel(task.network, Elbo(), CharacterDropout<0.1>{}), parameters,
                Adam<float>(), rows, task.corpus,
                {.epochs = 3, .batch = 10, .probe = 0, .seed = Seed{11}}, team,
                EpochSampler(rows, Seed{11}, {.batch = 10})) {}
};

}  // namespace

TEST_CASE("a run on rows that change in each epoch goes on after any step with the same bits") {
  EpochRun straight;
  straight.trainer.fit(straight.log);
  const Snapshot end = Snapshot::of(straight.trainer);
  CHECK(straight.log.steps.size() == 12);
  for (std::uint64_t stop = 1; stop < 12; ++stop) {
    CAPTURE(stop);
    EpochRun begun;
    begun.log.stop_at = stop;
    begun.trainer.fit(begun.log);
    REQUIRE(begun.trainer.step() == stop);
    EpochRun resumed(1 + static_cast<int>(stop % 3));
    Snapshot::of(begun.trainer).load(resumed.trainer);
    resumed.trainer.fit(resumed.log);
    CHECK(Snapshot::of(resumed.trainer) == end);
  }
}

TEST_CASE("a run whose rows change differs from one whose rows stay from the second epoch on") {
  EpochRun changing, constant(1, 0);
  changing.trainer.fit(changing.log);
  constant.trainer.fit(constant.log);
  for (const std::size_t epoch : {0u, 1u, 2u}) {
    CAPTURE(epoch);
    const bool is_equal =
        changing.log.epochs[epoch].train_nll == constant.log.epochs[epoch].train_nll;
    CHECK(is_equal == (epoch == 0));
  }
}
