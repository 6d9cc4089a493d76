// A warm training step allocates nothing with any posterior family: erased, without mu and logvar,
// and with a sequence of latents.
#include <cstdint>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include <vaecollapse/dropout/none.hpp>
#include <vaecollapse/latent/any.hpp>
#include <vaecollapse/latent/gaussian.hpp>
#include <vaecollapse/model/seq2seq_vae.hpp>
#include <vaecollapse/objective/free_bits.hpp>
#include <vaecollapse/optim/adam.hpp>

#include "support/laplace_family.hpp"
#include "support/places_family.hpp"
#include "support/tiny_corpus.hpp"
#include "unit/allocation/counter.hpp"

namespace vc = vaecollapse;
using vaecollapse_test::PlacesDecoder;
using vaecollapse_test::PlacesEncoder;
using vaecollapse_test::PlacesHead;

namespace {

constexpr vc::Index latent = 6;

/// The allocations of warm steps.
template <class Network>
long count(const vaecollapse_test::TinyTask& task, const vc::Layout& layout, Network network) {
  const std::vector<std::vector<vc::Row>> batches{{0, 5, 9, 33}, {1, 1, 2, 3, 60, 61}, {40, 7}};
  vc::Parameters<float> parameters(layout, vc::Seed{1});
  vc::Tape<float> tape(parameters);
  const vc::Seq2SeqVae model(std::move(network), vc::FreeBits<1>(3.0), vc::NoDropout());
  vc::Adam adam({.learning_rate = 1e-3});
  vc::Batch batch;
  vc::Corruption corruption;
  const auto step = [&](std::uint64_t number) {
    batch.assign(task.corpus, batches[number % batches.size()]);
    model.differentiate(tape, batch, vc::Draws(1, number), corruption);
    adam.step(parameters);
  };
  return allocation_test::allocations_once_warm(step);
}

vc::RecurrentDecoderSizes decoder_sizes(const vaecollapse_test::TinyTask& task) {
  return {.symbols = task.vocabulary.symbols(),
          .tags = task.features.size(),
          .embedding = 8,
          .hidden = 16,
          .latent = latent};
}

template <class MakePosterior>
long count_erased(MakePosterior&& make_posterior) {
  const vaecollapse_test::TinyTask task;
  vc::Layout layout;
  const vc::BiGruEncoder encoder(layout, "encoder", {task.vocabulary.symbols(), 8, 12});
  const vc::AnyPosterior posterior = make_posterior(layout, encoder.width());
  const vc::GruDecoder decoder(layout, "decoder", decoder_sizes(task));
  return count(task, layout, vc::SequenceVae(encoder, posterior, decoder));
}

}  // namespace

TEST_CASE("a warm training step of an erased posterior allocates nothing") {
  CHECK(count_erased([](vc::Layout& layout, vc::Index code) {
          return vc::AnyPosterior(vc::GaussianHead(layout, "posterior", {code, latent}));
        }) == 0);
  CHECK(count_erased([](vc::Layout& layout, vc::Index code) {
          return vc::AnyPosterior(vaecollapse_test::LaplaceHead(layout, "posterior", code, latent));
        }) == 0);
}

TEST_CASE("a warm training step of a sequence of latents allocates nothing") {
  const vaecollapse_test::TinyTask task;
  vc::Layout layout;
  const PlacesEncoder encoder(layout, "encoder", task.vocabulary.symbols(), 8);
  const PlacesHead posterior(layout, "posterior", encoder.width(), latent);
  const PlacesDecoder decoder(layout, "decoder", decoder_sizes(task));
  CHECK(count(task, layout, vc::SequenceVae(encoder, posterior, decoder)) == 0);
}
