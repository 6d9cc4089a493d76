// The sequence VAE with its two policies: how the rate is paid for, and how the decoder is
// weakened. This is what a trainer trains.
#pragma once

#include <utility>

#include <vaecollapse/core/visit.hpp>
#include <vaecollapse/dropout/concepts.hpp>
#include <vaecollapse/latent/gaussian.hpp>
#include <vaecollapse/model/sequence_vae.hpp>
#include <vaecollapse/model/step.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

/// A network, an objective and a dropout policy. The network is all that is needed afterwards;
/// the policies matter in training only.
template <Encoder E, Decoder D, RatePolicy Objective, InputCorruption Dropout>
class Seq2SeqVae {
 public:
  using Network = SequenceVae<E, GaussianHead, D>;

  Seq2SeqVae(Network network, Objective objective, Dropout dropout)
      : network_(std::move(network)),
        objective_(std::move(objective)),
        dropout_(std::move(dropout)) {}

  const Network& network() const { return network_; }
  const Objective& objective() const { return objective_; }
  const Dropout& dropout() const { return dropout_; }

  /// Forward with z sampled and the decoder's inputs corrupted, then backward: gradients add up in
  /// the tape's parameters. `plan` is the dropout policy's memory, kept between steps; it must
  /// outlive the call only.
  template <class Scalar>
  Report differentiate(Tape<Scalar>& tape, const Batch& batch, const Draws& draws,
                       Corruption& plan) const {
    const Scope scope(tape);
    corrupt(dropout_, batch.inputs(), batch.rows(), draws, plan);
    const Symbols inputs{batch.inputs().plan, plan.ids};
    const kernels::UnitDropout units{plan.unit_rate, plan.stream, draws, batch.rows()};
    return backward(tape, objective_, network_.terms(tape, batch, draws, inputs, units));
  }

  /// To be called once after the optimiser's step.
  void after_step(const Report& report) { notify_step(objective_, report); }

  void visit(Visitor& visitor) { visit_state("objective", objective_, visitor); }

 private:
  Network network_;
  Objective objective_;
  Dropout dropout_;
};

/// Sizes of the reinflection model; the defaults are the trainer's.
struct ReinflectionSizes {
  Index symbols;
  Index tags;
  Index embedding = 64;
  Index encoder_hidden = 256;
  Index decoder_hidden = 384;
  Index latent = 128;
  /// Width of attention over the tags; 0 is their plain sum.
  Index attention = 0;
  LatentEntry z_into{};
  History history = History::heard;
  /// The decoder starts from the encoder's state; see `NetworkOptions`.
  bool encoder_state_bypass = false;
};

/// The network of the study: bidirectional GRU encoder, Gaussian posterior, GRU decoder.
using ReinflectionNetwork = SequenceVae<BiGruEncoder, GaussianHead, GruDecoder>;

/// Declares the network's parameters in `layout`, under `encoder`, `posterior` and `decoder`.
inline ReinflectionNetwork make_reinflection_network(Layout& layout,
                                                     const ReinflectionSizes& sizes) {
  // One statement each: the order in which parameters are declared is part of the file format.
  BiGruEncoder encoder(layout, "encoder", {sizes.symbols, sizes.embedding, sizes.encoder_hidden});
  GaussianHead posterior(layout, "posterior", {encoder.width(), sizes.latent});
  GruDecoder decoder(layout, "decoder",
                     {.symbols = sizes.symbols,
                      .tags = sizes.tags,
                      .embedding = sizes.embedding,
                      .hidden = sizes.decoder_hidden,
                      .latent = sizes.latent,
                      .attention = sizes.attention,
                      .z_into = sizes.z_into,
                      .history = sizes.history,
                      .encoder_state = sizes.encoder_state_bypass ? encoder.width() : 0});
  return {std::move(encoder),
          std::move(posterior),
          std::move(decoder),
          {.encoder_state_bypass = sizes.encoder_state_bypass}};
}

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
