// The network of the study of reinflection, and its sizes.
#pragma once

#include <optional>
#include <utility>

#include <vaecollapse/core/layout.hpp>
#include <vaecollapse/core/shape.hpp>
#include <vaecollapse/latent/any.hpp>
#include <vaecollapse/latent/gaussian.hpp>
#include <vaecollapse/latent/mixture_prior.hpp>
#include <vaecollapse/model/bag_options.hpp>
#include <vaecollapse/model/decoder.hpp>
#include <vaecollapse/model/encoder.hpp>
#include <vaecollapse/model/sequence_vae.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI::reinflection {

/// Sizes of the network; the defaults are the trainer's.
struct Sizes {
  Index symbols;
  Index tags;
  Index embedding = 64;
  Index encoder_hidden = 256;
  Index decoder_hidden = 384;
  Index latent = 128;
  /// Width of attention over the tags; 0 is their plain sum.
  Index attention = 0;
  LatentEntry z_into{};
  History history = History::embedded;
  /// Gives the encoder's code the bag of the source's characters too.
  std::optional<BagEntries> bag = std::nullopt;
  /// Components of a mixture prior; 0 is N(0, I).
  Index prior_components = 0;
  /// Width of the embeddings of tags; 0 is that of symbols.
  Index tag_embedding = 0;
};

/// The network of the study: bidirectional GRU encoder, Gaussian posterior, GRU decoder.
using Network = SequenceVae<BiGruEncoder, GruDecoder>;

/// The posterior of the network, of a code so wide.
inline AnyPosterior make_posterior(Layout& layout, Index code, const Sizes& sizes) {
  const GaussianHead head(layout, "posterior", {code, sizes.latent});
  if (sizes.prior_components == 0) return head;
  return MixturePriorHead(layout, "posterior", head, sizes.prior_components);
}

/// The sizes of its decoder.
inline RecurrentDecoderSizes decoder_sizes(const Sizes& sizes) {
  return {.symbols = sizes.symbols,
          .tags = sizes.tags,
          .embedding = sizes.embedding,
          .hidden = sizes.decoder_hidden,
          .latent = sizes.latent,
          .attention = sizes.attention,
          .z_into = sizes.z_into,
          .history = sizes.history,
          .tag_embedding = sizes.tag_embedding};
}

/// Declares the network's parameters in `layout`, under `encoder`, `posterior` and `decoder`.
inline Network make_network(Layout& layout, const Sizes& sizes) {
  // One statement each: the order in which parameters are declared is part of the file format.
  BiGruEncoder encoder(layout, "encoder",
                       {sizes.symbols, sizes.embedding, sizes.encoder_hidden, sizes.bag});
  AnyPosterior posterior = make_posterior(layout, encoder.width(), sizes);
  GruDecoder decoder(layout, "decoder", decoder_sizes(sizes));
  return {std::move(encoder), std::move(posterior), std::move(decoder)};
}

/// The same under N(0, I) alone, which is all that is compiled: for programs that must be small.
inline auto make_gaussian_network(Layout& layout, const Sizes& sizes) {
  BiGruEncoder encoder(layout, "encoder",
                       {sizes.symbols, sizes.embedding, sizes.encoder_hidden, sizes.bag});
  GaussianHead posterior(layout, "posterior", {encoder.width(), sizes.latent});
  GruDecoder decoder(layout, "decoder", decoder_sizes(sizes));
  return SequenceVae(std::move(encoder), std::move(posterior), std::move(decoder));
}
/// Its type.
using GaussianNetwork =
    decltype(make_gaussian_network(std::declval<Layout&>(), std::declval<const Sizes&>()));

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI::reinflection
