// A warm training step allocates nothing with any posterior family: erased, without mu and logvar,
// and with a sequence of latents.
#include <cstdint>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include <vaecollapse/dropout/none.hpp>
#include <vaecollapse/latent/any.hpp>
#include <vaecollapse/latent/gaussian.hpp>
#include <vaecollapse/model/attending_decoder.hpp>
#include <vaecollapse/model/seq2seq_vae.hpp>
#include <vaecollapse/objective/free_bits.hpp>
#include <vaecollapse/objective/places.hpp>
#include <vaecollapse/optim/adam.hpp>

#include "support/laplace_family.hpp"
#include "support/places_family.hpp"
#include "support/places_network.hpp"
#include "support/tiny_corpus.hpp"
#include "unit/allocation/counter.hpp"

namespace vc = vaecollapse;
using vaecollapse_test::PlacesDecoder;
using vaecollapse_test::PlacesEncoder;
using vaecollapse_test::PlacesHead;

namespace {

constexpr vc::Index latent = 6;

/// The allocations of warm steps.
template <class Network, class Objective = vc::FreeBits<1>>
long count(const vaecollapse_test::TinyTask& task, const vc::Layout& layout, Network network,
           const Objective& objective = Objective(3.0)) {
  const std::vector<std::vector<vc::Row>> batches{{0, 5, 9, 33}, {1, 1, 2, 3, 60, 61}, {40, 7}};
  vc::Parameters<float> parameters(layout, vc::Seed{1});
  if constexpr (requires { vc::count_lengths(network, parameters, task.corpus); }) {
    vc::count_lengths(network, parameters, task.corpus);
  }
  vc::Tape<float> tape(parameters);
  const vc::Seq2SeqVae model(std::move(network), objective, vc::NoDropout());
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

TEST_CASE("a warm training step of places and a global z, and of slots, allocates nothing") {
  const vaecollapse_test::TinyTask task;
  for (const vaecollapse_test::SmallPlaces& sizes :
       {vaecollapse_test::SmallPlaces{.place = 4, .global = 6},
        vaecollapse_test::SmallPlaces{.place = 4, .slots = 3, .counts_length = false}}) {
    CAPTURE(sizes.slots);
    vc::Layout layout;
    const auto network = vaecollapse_test::make_places_network(layout, task.vocabulary.symbols(),
                                                               task.features.size(), sizes);
    CHECK(count(task, layout, network, vc::Places<>(2.0)) == 0);
  }
}

TEST_CASE("a warm training step of the attending decoder allocates nothing") {
  const vaecollapse_test::TinyTask task;
  vc::Layout layout;
  const PlacesEncoder encoder(layout, "encoder", task.vocabulary.symbols(), 8);
  const PlacesHead posterior(layout, "posterior", encoder.width(), latent);
  const vc::AttendingDecoder<> decoder(layout, "decoder",
                                       {.symbols = task.vocabulary.symbols(),
                                        .tags = task.features.size(),
                                        .embedding = 8,
                                        .hidden = 16,
                                        .latent = latent,
                                        .global = 4,
                                        .attention = 10,
                                        .place_embedding = 3});
  CHECK(count(task, layout, vc::SequenceVae(encoder, posterior, decoder)) == 0);
}
