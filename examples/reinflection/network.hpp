// The network that settings and vocabulary ask for. Includes the tape: for few sources only.
#pragma once

#include <utility>

#include <vaecollapse/core/layout.hpp>
#include <vaecollapse/model/seq2seq_vae.hpp>

#include "model_file.hpp"

namespace reinflection {

/// Declares the network's parameters in `layout`.
inline vaecollapse::ReinflectionNetwork make_network(vaecollapse::Layout& layout,
                                                     const Description& description) {
  const Settings& settings = description.settings;
  const auto size = [](std::uint64_t value) { return static_cast<vaecollapse::Index>(value); };
  const vaecollapse::Index symbols = description.vocabulary.symbols();
  const vaecollapse::Index embedding = size(settings.embedding);
  vaecollapse::BiGruEncoder encoder(layout, "encoder",
                                    {symbols, embedding, size(settings.encoder_hidden)});
  vaecollapse::GaussianHead posterior(layout, "posterior",
                                      {encoder.width(), size(settings.latent)});
  vaecollapse::GruDecoder decoder(layout, "decoder",
                                  {.symbols = symbols,
                                   .tags = description.features.size(),
                                   .embedding = embedding,
                                   .hidden = size(settings.decoder_hidden),
                                   .latent = size(settings.latent),
                                   .attention = size(settings.attention)});
  return {std::move(encoder), std::move(posterior), std::move(decoder)};
}

}  // namespace reinflection
