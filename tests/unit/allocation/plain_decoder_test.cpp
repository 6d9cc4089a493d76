// A warm training step of a model with the plain decoder, and a draw of a symbol, allocate nothing.
#include <cstdint>
#include <vector>

#include <doctest/doctest.h>

#include <vaecollapse/core/team.hpp>
#include <vaecollapse/dropout/embedding.hpp>
#include <vaecollapse/model/sample.hpp>
#include <vaecollapse/model/seq2seq_vae.hpp>
#include <vaecollapse/nn/lstm.hpp>
#include <vaecollapse/objective/elbo.hpp>
#include <vaecollapse/objective/free_bits.hpp>
#include <vaecollapse/optim/adam.hpp>
#include <vaecollapse/optim/clip.hpp>
#include <vaecollapse/optim/sgd.hpp>
#include <vaecollapse/tasks/text/network.hpp>

#include "support/tiny_words.hpp"
#include "unit/allocation/counter.hpp"

namespace vc = vaecollapse;
using allocation_test::allocations;

TEST_CASE("a warm training step of the plain decoder allocates nothing") {
  const std::vector<std::vector<vc::Row>> batches{{0, 5, 9, 33}, {1, 1, 2, 3, 60, 61}, {40, 7}};
  for (const int threads : {1, 2}) {
    const vaecollapse_test::TinyWords task;
    vc::Team team(threads);
    vc::Parameters<float> parameters(task.layout, vc::Seed{1});
    vc::Tape<float> tape(parameters, team);
    const vc::Seq2SeqVae model(task.network, vc::FreeBits<1>(3.0), vc::EmbeddingDropout<0.3>());
    vc::Adam adam({.learning_rate = 1e-3});
    vc::Batch batch;
    vc::Corruption corruption;
    const auto step = [&](std::uint64_t number) {
      batch.assign(task.corpus, batches[number % batches.size()]);
      model.differentiate(tape, batch, vc::Draws(1, number), corruption);
      const auto clipped = vc::clip_by_norm(parameters, 5.0);
      adam.step(parameters, {.gradient_scale = clipped.scale});
    };
    CAPTURE(threads);
    CHECK(allocation_test::allocations_once_warm(step) == 0);
  }
}

TEST_CASE("a warm training step of a VAE of sentences or of a language model allocates nothing") {
  const std::vector<std::vector<vc::Row>> batches{{0, 5, 9, 33}, {1, 1, 2, 3, 60, 61}, {40, 7}};
  const vaecollapse_test::TinyWords task;
  for (const vc::Index latent : {0, 3}) {
    for (const int threads : {1, 2}) {
      vc::Layout layout;
      const auto network = vc::text::make_network(layout,
                                                  {.symbols = task.vocabulary.symbols(),
                                                   .embedding = 12,
                                                   .hidden = 12,
                                                   .latent = latent,
                                                   .tied = true,
                                                   .output_dropout = 0.4},
                                                  vc::text::cells<vc::Lstm>());
      vc::Team team(threads);
      vc::Parameters<float> parameters(layout, vc::Seed{1});
      vc::Tape<float> tape(parameters, team);
      const vc::Seq2SeqVae model(network, vc::Elbo(), vc::EmbeddingDropout<0.3>());
      vc::Sgd sgd({.learning_rate = 1e-1});
      vc::Batch batch;
      vc::Corruption corruption;
      const auto step = [&](std::uint64_t number) {
        batch.assign(task.corpus, batches[number % batches.size()]);
        model.differentiate(tape, batch, vc::Draws(1, number), corruption);
        const auto clipped = vc::clip_by_norm(parameters, 5.0);
        sgd.step(parameters, {.gradient_scale = clipped.scale});
      };
      CAPTURE(latent);
      CAPTURE(threads);
      CHECK(allocation_test::allocations_once_warm(step) == 0);
    }
  }
}

TEST_CASE("a symbol is drawn without an allocation") {
  const std::vector<float> logits{0, 0, 1, 2, 1.5F, -1, 3, 0.5F};
  const vc::View<const float> column(logits.data(), 8, 1);
  vc::detail::SymbolSampler sampler({.temperature = 0.7, .top_k = 5, .top_p = 0.9}, 8);
  const long before = allocations;
  int drawn = 0;
  for (int i = 1; i < 100; ++i) drawn += sampler(column, i / 100.0) > vc::Vocabulary::start;
  const long found = allocations - before;
  CHECK(found == 0);
  CHECK(drawn == 99);
}
