// A warm training step with a von Mises-Fisher posterior allocates nothing.
#include <cstdint>
#include <vector>

#include <doctest/doctest.h>

#include <vaecollapse/core/team.hpp>
#include <vaecollapse/dropout/none.hpp>
#include <vaecollapse/latent/any.hpp>
#include <vaecollapse/latent/von_mises_fisher.hpp>
#include <vaecollapse/model/seq2seq_vae.hpp>
#include <vaecollapse/objective/elbo.hpp>
#include <vaecollapse/optim/adam.hpp>

#include "support/tiny_corpus.hpp"
#include "unit/allocation/counter.hpp"

namespace vc = vaecollapse;

namespace {

/// The allocations of warm steps.
template <class Posterior>
long allocations_with(int threads) {
  const vaecollapse_test::TinyTask task;
  vc::Layout layout;
  const vc::BiGruEncoder encoder(layout, "encoder", {task.vocabulary.symbols(), 8, 12});
  const Posterior posterior = vc::VonMisesFisherHead(layout, "posterior", {encoder.width(), 6, 20});
  const vc::GruDecoder decoder(layout, "decoder",
                               {.symbols = task.vocabulary.symbols(),
                                .tags = task.features.size(),
                                .embedding = 8,
                                .hidden = 20,
                                .latent = 6});
  const vc::Seq2SeqVae<vc::BiGruEncoder, vc::GruDecoder, vc::Elbo, vc::NoDropout, Posterior> model(
      {encoder, posterior, decoder}, vc::Elbo(), vc::NoDropout());
  vc::Team team(threads);
  vc::Parameters<float> parameters(layout, vc::Seed{1});
  vc::Tape<float> tape(parameters, team);
  vc::Adam adam({.learning_rate = 1e-3});
  vc::Batch batch;
  vc::Corruption corruption;
  const std::vector<std::vector<vc::Row>> rows{{0, 5, 9, 33}, {1, 1, 2, 3, 60, 61}, {40, 7}};
  const auto step = [&](std::uint64_t number) {
    batch.assign(task.corpus, rows[number % rows.size()]);
    model.differentiate(tape, batch, vc::Draws(1, number), corruption);
    adam.step(parameters);
  };
  return allocation_test::allocations_once_warm(step);
}

}  // namespace

TEST_CASE("a warm training step with a von Mises-Fisher posterior allocates nothing") {
  for (const int threads : {1, 2}) {
    CAPTURE(threads);
    CHECK(allocations_with<vc::VonMisesFisherHead>(threads) == 0);
    CHECK(allocations_with<vc::AnyPosterior>(threads) == 0);
  }
}
