// A warm training step of a part of the parameters allocates nothing, nor does the change from one
// part to another, nor making a part anew.
#include <cstdint>
#include <vector>

#include <doctest/doctest.h>

#include <vaecollapse/core/range.hpp>
#include <vaecollapse/core/statistics.hpp>
#include <vaecollapse/core/team.hpp>
#include <vaecollapse/dropout/none.hpp>
#include <vaecollapse/model/seq2seq_vae.hpp>
#include <vaecollapse/objective/elbo.hpp>
#include <vaecollapse/optim/adam.hpp>
#include <vaecollapse/optim/any.hpp>
#include <vaecollapse/optim/clip.hpp>

#include "support/tiny_corpus.hpp"
#include "unit/allocation/counter.hpp"

namespace vc = vaecollapse;

TEST_CASE("a warm step of what moves allocates nothing, nor does what is made anew") {
  for (const int threads : {1, 2}) {
    vaecollapse_test::TinyTask task;
    task.layout.add_statistic("running", vc::Shape<1>{{3}}, 0);
    vc::Team team(threads);
    vc::Parameters<float> parameters(task.layout, vc::Seed{1});
    vc::Tape<float> tape(parameters, team);
    vc::Seq2SeqVae<vc::BiGruEncoder, vc::GruDecoder, vc::Elbo, vc::NoDropout> model(
        task.network, vc::Elbo(), vc::NoDropout());
    vc::AnyOptimiser<float> optimiser(vc::Adam({.learning_rate = 1e-3}));
    const vc::ParameterRange encoder(task.layout, {"encoder", "posterior"});
    const vc::ParameterRange decoder(task.layout, {"decoder"});
    const std::vector<const vc::ParameterRange*> parts{&encoder, nullptr, &decoder};
    vc::Batch batch;
    vc::Corruption corruption;
    const std::vector<vc::Row> rows{0, 5, 9, 33};
    const auto step = [&](std::uint64_t number) {
      const vc::ParameterRange* moving = parts[number % parts.size()];
      batch.assign(task.corpus, rows);
      tape.set_moving(moving);
      model.differentiate(tape, batch, vc::Draws(1, number), corruption);
      const auto clipped = vc::clip_by_norm(parameters, 5.0, &team, moving);
      vc::update_statistics(parameters);
      optimiser.step(parameters,
                     {.gradient_scale = clipped.scale, .team = &team, .moving = moving});
      if (number % 7 == 0) {
        parameters.redraw(decoder, vc::Seed{1}, number);
        optimiser.reset(decoder);
      }
    };
    CAPTURE(threads);
    CHECK(allocation_test::allocations_once_warm(step) == 0);
  }
}
