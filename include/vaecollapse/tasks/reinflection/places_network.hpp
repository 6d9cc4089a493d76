// The network of reinflection whose latent is a sequence, and its sizes.
#pragma once

#include <utility>

#include <vaecollapse/core/layout.hpp>
#include <vaecollapse/core/shape.hpp>
#include <vaecollapse/latent/places.hpp>
#include <vaecollapse/model/attending_decoder.hpp>
#include <vaecollapse/model/decoder.hpp>
#include <vaecollapse/model/places_encoder.hpp>
#include <vaecollapse/model/sequence_vae.hpp>
#include <vaecollapse/nn/any_cell.hpp>
#include <vaecollapse/nn/cell.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI::reinflection {

/// Sizes of the network; the defaults are the trainer's.
struct PlacesNetworkSizes {
  Index symbols;
  Index tags;
  Index embedding = 64;
  Index encoder_hidden = 256;
  Index decoder_hidden = 384;
  /// Dimensions of the latent of a place.
  Index place = 48;
  /// Dimensions of the z of the whole word; 0: there is none.
  Index global = 128;
  /// The number of places of every word, which then tells nothing of it; 0: a place for each symbol
  /// of the source and for its end.
  Index slots = 0;
  /// Width of attention over the places.
  Index attention = 128;
  /// Where the mean over the places enters the decoder: not its output.
  LatentEntry mean_into{};
  /// Width of the embeddings of tags; 0 is that of symbols.
  Index tag_embedding = 0;
};

/// Bidirectional encoder, a Gaussian for each place, and a decoder that attends to places.
template <AttendingCell Recurrent>
using PlacesNetworkOf =
    SequenceVae<PlacesEncoder<Recurrent>, AttendingDecoder<Recurrent>, PlacesHead>;
/// The same with a cell that is chosen at run time.
using PlacesNetwork = PlacesNetworkOf<AnyCell>;

/// Declares the network's parameters in `layout`, under `encoder`, `posterior` and `decoder`.
/// \param make_cell makes the cells of encoder and decoder
/// \throws Error for sizes that make no network
template <AttendingCell Recurrent>
PlacesNetworkOf<Recurrent> make_places_network(Layout& layout, const PlacesNetworkSizes& sizes,
                                               const CellFactory<Recurrent>& make_cell) {
  // One statement each: the order in which parameters are declared is part of the file format.
  PlacesEncoder<Recurrent> encoder(layout, "encoder",
                                   {.symbols = sizes.symbols,
                                    .embedding = sizes.embedding,
                                    .hidden = sizes.encoder_hidden,
                                    .slots = sizes.slots},
                                   make_cell);
  PlacesHead posterior(layout, "posterior",
                       {.input = encoder.width(),
                        .place = sizes.place,
                        .global = sizes.global,
                        .counts_length = sizes.slots == 0});
  AttendingDecoder<Recurrent> decoder(layout, "decoder",
                                      {.symbols = sizes.symbols,
                                       .tags = sizes.tags,
                                       .embedding = sizes.embedding,
                                       .hidden = sizes.decoder_hidden,
                                       .latent = sizes.place,
                                       .global = sizes.global,
                                       .attention = sizes.attention,
                                       .tag_embedding = sizes.tag_embedding,
                                       .mean_into = sizes.mean_into},
                                      make_cell);
  return {std::move(encoder), std::move(posterior), std::move(decoder)};
}

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI::reinflection
