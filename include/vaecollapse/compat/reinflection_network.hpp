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

/// The parts of the network of `reinflection`, where each may be otherwise at run time.
using ReinflectionPosterior = MeanInTraining<TransformedHead<ReluHeads<AnyPosterior>>>;
/// Its decoder.
using ReinflectionDecoder = OwnSymbols<BypassedRecurrentDecoder<AnyCell>>;
static_assert(ConditionsOnCode<ReinflectionDecoder> && ChoosesInputs<ReinflectionDecoder>);

/// The network itself.
using ReinflectionNetwork = SequenceVae<AnyEncoder, ReinflectionDecoder, ReinflectionPosterior>;

/// The cell of encoder and decoder.
class ReinflectionCell {
 public:
  template <AttendingCell Recurrent>
  static ReinflectionCell of() {
    return {[](Layout& layout, const reinflection::Sizes& sizes) -> AnyEncoder {
              return RecurrentEncoder<Bidirectional<Recurrent>>(
                  layout, "encoder",
                  {sizes.symbols, sizes.embedding, sizes.encoder_hidden, sizes.bag});
            },
            CellFactory<AnyCell>::of<Recurrent>()};
  }

  AnyEncoder encoder(Layout& layout, const reinflection::Sizes& sizes) const {
    return encoder_(layout, sizes);
  }
  const CellFactory<AnyCell>& of_decoder() const { return decoder_; }

 private:
  using MakeEncoder = AnyEncoder (*)(Layout&, const reinflection::Sizes&);
  ReinflectionCell(MakeEncoder make_encoder, const CellFactory<AnyCell>& make_decoders)
      : encoder_(make_encoder), decoder_(make_decoders) {}

  MakeEncoder encoder_;
  CellFactory<AnyCell> decoder_;
};

/// Declares its parameters as `reinflection::make_network` does, except those of `decoder.initial`,
/// which a bypass has not, and those of the head transform, `posterior.transform`, which come last
/// of the posterior's. \throws Error as that, for a bypass between widths that differ, and for a
/// transform of a posterior that can have none
/// \param posterior_of gives the `AnyPosterior` of a code so wide, and declares its parameters
template <class PosteriorOf>
ReinflectionNetwork make_reinflection_network(
    Layout& layout, const reinflection::Sizes& sizes, const ReinflectionSwitches& switches,
    PosteriorOf&& posterior_of, const AnyHeadTransform& transform = {},
    const ReinflectionCell& cell = ReinflectionCell::of<Gru>()) {
  // One statement each: the order in which parameters are declared is part of the file format.
  AnyEncoder encoder = cell.encoder(layout, sizes);
  const ReluHeads heads(AnyPosterior(posterior_of(encoder.width())), switches.relu_heads);
  TransformedHead posterior(layout, "posterior.transform", heads, transform);
  BypassedRecurrentDecoder<AnyCell> decoder(layout, "decoder", reinflection::decoder_sizes(sizes),
                                            switches.bypass ? encoder.width() : 0,
                                            cell.of_decoder());
  return {std::move(encoder), MeanInTraining(std::move(posterior), switches.mean_z),
          OwnSymbols(std::move(decoder), switches.own_symbols)};
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
