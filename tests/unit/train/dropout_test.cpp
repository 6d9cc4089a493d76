// Dropout weakens training and nothing else.
#include <vector>

#include <doctest/doctest.h>

#include <vaecollapse/dropout/any.hpp>
#include <vaecollapse/dropout/chain.hpp>
#include <vaecollapse/dropout/character.hpp>
#include <vaecollapse/dropout/contiguous.hpp>
#include <vaecollapse/dropout/embedding.hpp>
#include <vaecollapse/dropout/none.hpp>
#include <vaecollapse/model/seq2seq_vae.hpp>
#include <vaecollapse/objective/elbo.hpp>
#include <vaecollapse/optim/sgd.hpp>
#include <vaecollapse/train/trainer.hpp>

#include "support/tiny_corpus.hpp"

using namespace vaecollapse;
using vaecollapse_test::TinyTask;

namespace {

struct LastEpoch {
  EpochReport epoch;
  void on_step(const StepReport&) {}
  void on_epoch(const EpochReport& report) { epoch = report; }
};

/// An epoch at learning rate 0: the weights stay the same, whatever is dropped.
EpochReport epoch_with(const AnyCorruption& dropout) {
  using Model = Seq2SeqVae<BiGruEncoder, GruDecoder, Elbo, AnyCorruption>;
  const TinyTask task;
  Parameters<float> parameters(task.layout, Seed(3));
  Team team;
  Trainer trainer(Model(task.network, Elbo(), dropout), parameters, Sgd<float>(), task.corpus,
                  task.corpus, {.epochs = 1, .batch = 10, .learning_rate = 0, .seed = Seed(11)},
                  team);
  LastEpoch last;
  trainer.fit(last);
  return last.epoch;
}

}  // namespace

TEST_CASE("nothing is dropped in evaluation") {
  const EpochReport clean = epoch_with(NoDropout());
  const std::vector<AnyCorruption> dropouts{CharacterDropout<0.9>(), ContiguousDropout<0.9, 3.5>(),
                                            EmbeddingDropout<0.9>(),
                                            Chain<EmbeddingDropout<0.5>, CharacterDropout<0.5>>()};
  for (const AnyCorruption& dropout : dropouts) {
    const EpochReport dropped = epoch_with(dropout);
    CHECK(dropped.train_nll != clean.train_nll);
    CHECK(dropped.dev_nll == clean.dev_nll);
    CHECK(dropped.dev_rate == clean.dev_rate);
    CHECK(dropped.dev_accuracy == clean.dev_accuracy);
    CHECK(dropped.dev_levenshtein == clean.dev_levenshtein);
  }
}
