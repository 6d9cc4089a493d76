// The smallest posterior family, without a prior and without mu and logvar, through the trainer:
// erased or not it learns the same, and what is left of its probe warns.
#include <algorithm>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include <vaecollapse/core/team.hpp>
#include <vaecollapse/dropout/none.hpp>
#include <vaecollapse/latent/any.hpp>
#include <vaecollapse/model/bag_of_characters.hpp>
#include <vaecollapse/model/seq2seq_vae.hpp>
#include <vaecollapse/objective/elbo.hpp>
#include <vaecollapse/optim/adam.hpp>
#include <vaecollapse/train/trainer.hpp>

#include "support/laplace_family.hpp"
#include "support/tiny_corpus.hpp"
#include "unit/train/epoch_log.hpp"

using namespace vaecollapse;
using vaecollapse::test::EpochLog;
using vaecollapse_test::LaplaceHead;
using vaecollapse_test::TinyTask;

namespace {

/// A network of this family, trained on a few words.
template <class Family>
struct Trained {
  TinyTask task;
  Layout layout;
  BiGruEncoder encoder{layout, "encoder", {task.vocabulary.symbols(), 8, 12}};
  Family posterior{LaplaceHead(layout, "posterior", encoder.width(), 6)};
  GruDecoder decoder{layout,
                     "decoder",
                     {.symbols = task.vocabulary.symbols(),
                      .tags = task.features.size(),
                      .embedding = 8,
                      .hidden = 16,
                      .latent = 6}};
  BagOfCharacters bag{layout, "bag", {6, task.vocabulary.symbols()}};
  SequenceVae<BiGruEncoder, GruDecoder, Family> network{encoder, posterior, decoder};
  Parameters<float> parameters{layout, Seed{5}};
  EpochLog log;

  explicit Trained(int threads = 1) {
    Team team(threads);
    // An auxiliary loss that reads z needs no Gaussian either.
    Trainer trainer(Seq2SeqVae(network, Elbo() + bag, NoDropout()), parameters, Adam<float>(),
                    task.corpus, task.corpus, {.epochs = 3, .batch = 8}, team);
    trainer.fit(log);
  }
};

}  // namespace

TEST_CASE("a posterior family without mu, logvar and prior trains, erased or not, on any threads") {
  const Trained<LaplaceHead> plain;
  const Trained<AnyPosterior> erased(2);
  CHECK(std::ranges::equal(plain.parameters.values(), erased.parameters.values()));
  REQUIRE(plain.log.epochs.size() == 3);
  CHECK(plain.log.epochs.back().train_nll < plain.log.epochs.front().train_nll);
  for (std::size_t epoch = 0; epoch < 3; ++epoch) {
    const EpochReport& found = plain.log.epochs[epoch];
    CHECK(found.dev_elbo == erased.log.epochs[epoch].dev_elbo);
    CHECK(found.signs.permutation_gap == erased.log.epochs[epoch].signs.permutation_gap);
    CHECK(found.signs.permutation_gap.has_value());
    CHECK_FALSE((found.signs.amortisation_gap || found.signs.gradient_ratio));
  }
}
