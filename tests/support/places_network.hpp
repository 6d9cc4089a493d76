// The smallest network of the library's family of places: its encoder and head, and a decoder that
// reads the mean over places and the global z.
#pragma once

#include <string>
#include <utility>

#include <vaecollapse/autodiff/ops/places.hpp>
#include <vaecollapse/autodiff/ops/shape.hpp>
#include <vaecollapse/latent/places.hpp>
#include <vaecollapse/model/decoder.hpp>
#include <vaecollapse/model/places_encoder.hpp>
#include <vaecollapse/model/sequence_vae.hpp>
#include <vaecollapse/nn/gru.hpp>

namespace vaecollapse_test {

namespace vc = vaecollapse;

/// A GRU decoder of the mean over places, and of the global z below it.
class MeanOfPlacesDecoder : public vc::GruDecoder {
 public:
  MeanOfPlacesDecoder(vc::Layout& layout, const std::string& name,
                      const vc::RecurrentDecoderSizes& sizes, vc::Index global)
      : vc::GruDecoder(layout, name, sizes), place_(sizes.latent - global), global_(global) {}

  template <vc::Context C, class Scalar = typename C::scalar_type>
  vc::Var<Scalar, 2> conditioning(C& cx, const vc::Sequence<Scalar>& z) const {
    const auto mean = vc::mean_of_places(cx, z, vc::kernels::filled_columns(global_, place_));
    if (global_ == 0) return mean;
    return vc::concatenate(cx, mean, vc::leading_vector(cx, z, global_));
  }

 private:
  vc::Index place_, global_;
};

/// The sizes of the network besides those of its words.
struct SmallPlaces {
  vc::Index place = 4;
  vc::Index global = 0;
  vc::Index slots = 0;
  bool counts_length = true;
};

template <class Recurrent = vc::Gru>
using PlacesNetworkOf =
    vc::SequenceVae<vc::PlacesEncoder<Recurrent>, MeanOfPlacesDecoder, vc::PlacesHead>;

template <class Recurrent = vc::Gru>
PlacesNetworkOf<Recurrent> make_places_network(vc::Layout& layout, vc::Index symbols,
                                               vc::Index tags, const SmallPlaces& sizes,
                                               const vc::CellFactory<Recurrent>& make_cell = {}) {
  vc::PlacesEncoder<Recurrent> encoder(
      layout, "encoder",
      {.symbols = symbols, .embedding = 5, .hidden = 6, .slots = sizes.slots, .compare = 7},
      make_cell);
  vc::PlacesHead posterior(layout, "posterior",
                           {.input = encoder.width(),
                            .place = sizes.place,
                            .global = sizes.global,
                            .counts_length = sizes.counts_length,
                            .longest = 8});
  MeanOfPlacesDecoder decoder(layout, "decoder",
                              {.symbols = symbols,
                               .tags = tags,
                               .embedding = 8,
                               .hidden = 12,
                               .latent = sizes.place + sizes.global},
                              sizes.global);
  return {std::move(encoder), std::move(posterior), std::move(decoder)};
}

}  // namespace vaecollapse_test
