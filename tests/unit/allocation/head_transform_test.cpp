// A warm training step with a head transform, erased twice, allocates nothing.
#include <cstdint>
#include <vector>

#include <doctest/doctest.h>

#include <vaecollapse/core/statistics.hpp>
#include <vaecollapse/core/team.hpp>
#include <vaecollapse/dropout/character.hpp>
#include <vaecollapse/latent/any.hpp>
#include <vaecollapse/latent/transform/batch_norm.hpp>
#include <vaecollapse/latent/transform/transformed_head.hpp>
#include <vaecollapse/model/seq2seq_vae.hpp>
#include <vaecollapse/objective/elbo.hpp>
#include <vaecollapse/optim/adam.hpp>
#include <vaecollapse/optim/clip.hpp>

#include "support/tiny_corpus.hpp"
#include "unit/allocation/counter.hpp"

namespace vc = vaecollapse;

TEST_CASE("a warm training step with normalised means allocates nothing") {
  for (const int threads : {1, 2}) {
    vaecollapse_test::TinyTask task;
    const vc::AnyPosterior posterior(
        vc::TransformedHead(task.layout, "posterior.transform", task.network.posterior(),
                            vc::AnyHeadTransform(vc::BatchNormMean<0.6>())));
    const vc::SequenceVae network(task.network.encoder(), posterior, task.network.decoder());
    const vc::Seq2SeqVae model(network, vc::Elbo(), vc::CharacterDropout<0.3>());
    vc::Team team(threads);
    vc::Parameters<float> parameters(task.layout, vc::Seed{1});
    vc::Tape<float> tape(parameters, team);
    vc::Adam adam({.learning_rate = 1e-3});
    vc::Batch batch;
    vc::Corruption corruption;
    const std::vector<std::vector<vc::Row>> rows{{0, 5, 9, 33}, {1, 1, 2, 3, 60, 61}, {40}};
    const auto step = [&](std::uint64_t number) {
      batch.assign(task.corpus, rows[number % rows.size()]);
      model.differentiate(tape, batch, vc::Draws(1, number), corruption);
      const auto clipped = vc::clip_by_norm(parameters, 5.0);
      vc::update_statistics(parameters);
      adam.step(parameters, {.gradient_scale = clipped.scale});
    };
    CAPTURE(threads);
    CHECK(allocation_test::allocations_once_warm(step) == 0);
  }
}
