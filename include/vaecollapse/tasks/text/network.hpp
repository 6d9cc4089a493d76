// The networks of sentences, a VAE and a language model, and their sizes.
#pragma once

#include <string>
#include <utility>

#include <vaecollapse/core/layout.hpp>
#include <vaecollapse/core/shape.hpp>
#include <vaecollapse/latent/any.hpp>
#include <vaecollapse/latent/gaussian.hpp>
#include <vaecollapse/latent/no_latent.hpp>
#include <vaecollapse/model/any_encoder.hpp>
#include <vaecollapse/model/encoder.hpp>
#include <vaecollapse/model/no_encoder.hpp>
#include <vaecollapse/model/plain_decoder.hpp>
#include <vaecollapse/model/sequence_vae.hpp>
#include <vaecollapse/nn/any_cell.hpp>
#include <vaecollapse/tasks/text/initial.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI::text {

/// Sizes of the network, and what may be otherwise of it.
struct Sizes {
  Index symbols;
  Index embedding = 256;
  Index hidden = 256;  ///< of the encoder and of the decoder
  Index latent = 32;   ///< 0: a language model
  /// Whether the weights of the output layer are the decoder's embeddings; these are then as wide
  /// as its states.
  bool tied = false;
  double output_dropout = 0;  ///< in training, of the decoder's outputs
  Initial initial = Initial::usual;
  /// Of the posterior's heads, the first state and the output layer; the published networks have
  /// none there.
  bool has_biases = true;
  /// Whether dropped units of embeddings and outputs are the same at all positions of a sentence.
  bool drops_per_row = false;
};

/// A VAE of sentences: an encoder from left to right, a posterior, and a decoder that has z in its
/// first state and in every input. The cells and the posterior are chosen at run time.
using Network = SequenceVae<AnyEncoder, PlainDecoder<AnyCell>, AnyPosterior>;
/// The decoder alone: a network whose z has no dimension, so that it trains, is evaluated and
/// writes sentences as any other, and may stand where that does.
using LanguageModel = Network;

/// What makes the network's cells: `cells<Gru>()`, `cells<Lstm>()`.
using Cells = CellFactory<AnyCell>;
template <AttendingCell Recurrent>
Cells cells() {
  return Cells::of<Recurrent>();
}

/// The decoder of both.
inline PlainDecoderSizes decoder_sizes(const Sizes& sizes) {
  return {.symbols = sizes.symbols,
          .embedding = sizes.embedding,
          .hidden = sizes.hidden,
          .latent = sizes.latent,
          .tied = sizes.tied,
          .output_dropout = sizes.output_dropout,
          .drops_per_row = sizes.drops_per_row,
          .has_biases = sizes.has_biases};
}

/// A Gaussian posterior, of a code so wide.
inline AnyPosterior make_posterior(Layout& layout, Index code, const Sizes& sizes) {
  return GaussianHead(layout, "posterior", {code, sizes.latent, sizes.has_biases});
}

/// Declares the parameters of a language model in `layout`, under `decoder`.
/// \throws Error for a latent that is not 0, and as `PlainDecoder`
inline LanguageModel make_language_model(Layout& layout, const Sizes& sizes, const Cells& cells) {
  if (sizes.latent != 0) {
    vaecollapse::detail::raise_error(
        {"language model: latent is ", sizes.latent, ": it has no z, so that must be 0"});
  }
  PlainDecoder<AnyCell> decoder(layout, "decoder", decoder_sizes(sizes), cells);
  set_initial(layout, sizes.initial);
  return {NoEncoder(), NoLatent(), std::move(decoder)};
}

/// Declares the network's parameters in `layout`, under `encoder`, `posterior` and `decoder`; those
/// of `make_language_model` where latent is 0.
/// \param posterior_of gives the `AnyPosterior` of a code so wide, and declares its parameters
/// \throws Error as `PlainDecoder`
template <class PosteriorOf>
Network make_network(Layout& layout, const Sizes& sizes, const Cells& cells,
                     PosteriorOf&& posterior_of) {
  if (sizes.latent == 0) return make_language_model(layout, sizes, cells);
  // One statement each: the order in which parameters are declared is part of the file format.
  RecurrentEncoder<AnyCell> encoder(layout, "encoder",
                                    {sizes.symbols, sizes.embedding, sizes.hidden}, cells);
  AnyPosterior posterior = posterior_of(encoder.width());
  PlainDecoder<AnyCell> decoder(layout, "decoder", decoder_sizes(sizes), cells);
  set_initial(layout, sizes.initial);
  return {encoder, std::move(posterior), std::move(decoder)};
}
/// With a Gaussian posterior.
inline Network make_network(Layout& layout, const Sizes& sizes, const Cells& cells) {
  return make_network(layout, sizes, cells,
                      [&](Index code) { return make_posterior(layout, code, sizes); });
}

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI::text
