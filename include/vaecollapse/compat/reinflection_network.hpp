// The network of reinflection with the deviations of a published system.
#pragma once

#include <utility>

#include <vaecollapse/compat/bypass.hpp>
#include <vaecollapse/compat/mean_z.hpp>
#include <vaecollapse/compat/own_symbols.hpp>
#include <vaecollapse/compat/relu_heads.hpp>
#include <vaecollapse/core/layout.hpp>
#include <vaecollapse/latent/any.hpp>
#include <vaecollapse/latent/transform/transformed_head.hpp>
#include <vaecollapse/model/any_encoder.hpp>
#include <vaecollapse/model/encoder.hpp>
#include <vaecollapse/model/seq2seq_vae.hpp>
#include <vaecollapse/model/sequence_vae.hpp>
#include <vaecollapse/nn/any_cell.hpp>
#include <vaecollapse/nn/bidirectional.hpp>
#include <vaecollapse/nn/gru.hpp>
#include <vaecollapse/tasks/reinflection/network.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI::compat {

/// The deviations of such a system; none by default.
struct ReinflectionSwitches {
  bool bypass = false;       ///< the decoder starts from the encoder's state: `BypassedDecoder`
  bool relu_heads = false;   ///< `ReluHeads`
  bool mean_z = false;       ///< in training: `MeanInTraining`
  bool own_symbols = false;  ///< in training: `OwnSymbols`
};

/// The posterior of the network of `reinflection`, where each part may be otherwise at run time.
using ReinflectionPosterior = MeanInTraining<TransformedHead<ReluHeads<AnyPosterior>>>;
/// Its decoder, over a cell.
template <AttendingCell Recurrent>
using ReinflectionDecoderOf = OwnSymbols<BypassedRecurrentDecoder<Recurrent>>;
/// The network itself, of an encoder and a decoder over a cell.
template <class E, AttendingCell Recurrent>
using ReinflectionNetworkOf =
    SequenceVae<E, ReinflectionDecoderOf<Recurrent>, ReinflectionPosterior>;

/// The decoder with a GRU.
using ReinflectionDecoder = ReinflectionDecoderOf<Gru>;
/// The network with GRUs.
using ReinflectionNetwork = ReinflectionNetworkOf<BiGruEncoder, Gru>;
static_assert(ConditionsOnCode<ReinflectionDecoder> && ChoosesInputs<ReinflectionDecoder>);

/// The decoder with a cell that is chosen at run time.
using AnyReinflectionDecoder = ReinflectionDecoderOf<AnyCell>;
/// The network with cells that are chosen at run time.
using AnyReinflectionNetwork = ReinflectionNetworkOf<AnyEncoder, AnyCell>;

/// The encoder of the network, and what makes the cell of its decoder.
template <AttendingCell Recurrent>
struct ReinflectionCells {
  auto encoder(Layout& layout, const reinflection::Sizes& sizes) const {
    return RecurrentEncoder<Bidirectional<Recurrent>>(
        layout, "encoder", {sizes.symbols, sizes.embedding, sizes.encoder_hidden, sizes.bag});
  }
  CellFactory<Recurrent> of_decoder() const { return {}; }
};

/// The same, chosen at run time.
class AnyReinflectionCells {
 public:
  template <AttendingCell Recurrent>
  static AnyReinflectionCells of() {
    return {[](Layout& layout, const reinflection::Sizes& sizes) -> AnyEncoder {
              return ReinflectionCells<Recurrent>().encoder(layout, sizes);
            },
            CellFactory<AnyCell>::of<Recurrent>()};
  }

  AnyEncoder encoder(Layout& layout, const reinflection::Sizes& sizes) const {
    return encoder_(layout, sizes);
  }
  CellFactory<AnyCell> of_decoder() const { return decoder_; }

 private:
  using MakeEncoder = AnyEncoder (*)(Layout&, const reinflection::Sizes&);
  AnyReinflectionCells(MakeEncoder make_encoder, const CellFactory<AnyCell>& make_cell)
      : encoder_(make_encoder), decoder_(make_cell) {}

  MakeEncoder encoder_;
  CellFactory<AnyCell> decoder_;
};

/// Declares its parameters as `reinflection::make_network` does, except those of `decoder.initial`,
/// which a bypass has not, and those of the head transform, `posterior.transform`, which come last
/// of the posterior's. \throws Error as that, for a bypass between widths that differ, and for a
/// transform of a posterior that can have none
/// \param posterior_of gives the `AnyPosterior` of a code so wide, and declares its parameters
/// \param cells `ReinflectionCells` or `AnyReinflectionCells`
template <class PosteriorOf, class Cells = ReinflectionCells<Gru>>
auto make_reinflection_network(Layout& layout, const reinflection::Sizes& sizes,
                               const ReinflectionSwitches& switches, PosteriorOf&& posterior_of,
                               const AnyHeadTransform& transform = {}, const Cells& cells = {}) {
  // One statement each: the order in which parameters are declared is part of the file format.
  auto encoder = cells.encoder(layout, sizes);
  const ReluHeads heads(AnyPosterior(posterior_of(encoder.width())), switches.relu_heads);
  TransformedHead posterior(layout, "posterior.transform", heads, transform);
  BypassedRecurrentDecoder decoder(layout, "decoder", reinflection::decoder_sizes(sizes),
                                   switches.bypass ? encoder.width() : 0, cells.of_decoder());
  return SequenceVae(std::move(encoder), MeanInTraining(std::move(posterior), switches.mean_z),
                     OwnSymbols(std::move(decoder), switches.own_symbols));
}
/// With the posterior that `sizes` say.
inline ReinflectionNetwork make_reinflection_network(Layout& layout,
                                                     const reinflection::Sizes& sizes,
                                                     const ReinflectionSwitches& switches = {}) {
  return make_reinflection_network(layout, sizes, switches, [&](Index code) {
    return reinflection::make_posterior(layout, code, sizes);
  });
}

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI::compat
