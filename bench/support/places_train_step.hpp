// One training step of a model with a latent for every place of the source, on the words of
// support/train_step.hpp: a bidirectional GRU with a Gaussian at each place, the end of the source
// among them, and a decoder that attends to the sampled places.
#pragma once

#include <vaecollapse/autodiff/ops/softmax_cross_entropy.hpp>
#include <vaecollapse/data/batch.hpp>
#include <vaecollapse/latent/places.hpp>
#include <vaecollapse/model/attending_decoder.hpp>
#include <vaecollapse/model/places_encoder.hpp>
#include <vaecollapse/nn/gru.hpp>

#include "support/train_step.hpp"

namespace vaecollapse::bench {

/// The network; `options.latent` is D, `options.attention` the width of the scores.
class PlacesTrainStepNetwork {
 public:
  PlacesTrainStepNetwork(Layout& layout, const TrainStepOptions& sizes)
      : encoder_(layout, "encoder", {sizes.symbols, sizes.embedding, sizes.hidden}),
        posterior_(layout, "posterior",
                   {.input = encoder_.width(), .place = sizes.latent, .counts_length = false}),
        decoder_(layout, "decoder",
                 {.symbols = sizes.symbols,
                  .tags = sizes.tags,
                  .embedding = sizes.embedding,
                  .hidden = sizes.hidden,
                  .latent = sizes.latent,
                  .attention = sizes.attention,
                  .tag_embedding = sizes.tag_width}) {}

  const PlacesHead& posterior() const { return posterior_; }

  template <class Scalar>
  VaeTerms<Scalar> terms(Tape<Scalar>& tape, const Batch& batch, const Draws& draws) const {
    const auto q = posterior_.head(tape, encoder_(tape, batch));
    const Sequence<Scalar> z = posterior_.sample(tape, q, draws, batch.rows());
    const Conditions<Scalar, Sequence<Scalar>> given{.z = z, .tags = batch.tags()};
    const Sequence<Scalar> logits = decoder_(tape, given, batch.inputs());
    return {.nll = cross_entropy(tape, logits, batch.targets()), .kl = posterior_.kl(tape, q, z)};
  }

  static double flops_forward(const TrainStepOptions& o, const Batch& batch) {
    const auto product = TrainStepNetwork::product;
    const Index places = batch.source().plan->columns() + batch.size();
    const Index targets = batch.inputs().plan->columns();
    const double place = 2 * product(o.embedding + o.hidden, 3 * o.hidden) +
                         2 * product(2 * o.hidden, o.latent) + product(o.latent, o.attention);
    const double target = product(o.embedding + o.tag_width + o.latent + o.hidden, 3 * o.hidden) +
                          product(o.hidden + o.tag_width, o.attention) +
                          product(o.hidden + o.latent + o.tag_width, o.hidden) +
                          product(o.hidden, o.symbols);
    double pairs = 0;
    for (Index row = 0; row < batch.size(); ++row) {
      pairs += double((batch.source().plan->length(row) + 1) * batch.inputs().plan->length(row));
    }
    return double(places) * place + double(targets) * target +
           pairs * product(1, o.attention + o.latent) +
           double(batch.size()) * product(o.latent + o.tag_width, o.hidden);
  }

 private:
  PlacesEncoder<Gru> encoder_;
  PlacesHead posterior_;
  AttendingDecoder<Gru> decoder_;
};

using PlacesTrainStep = TrainStepOf<PlacesTrainStepNetwork>;

/// The options of the step that `bench_peers --source-attention` compares.
inline TrainStepOptions with_places(TrainStepOptions options) {
  options.latent = 48;
  options.attention = 128;
  return options;
}

}  // namespace vaecollapse::bench
