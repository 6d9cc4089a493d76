// The network that settings and vocabulary ask for. Includes the tape: for few sources only.
#pragma once

#include <vaecollapse/core/layout.hpp>
#include <vaecollapse/model/seq2seq_vae.hpp>

#include "model_file.hpp"

namespace reinflection {

/// Declares the network's parameters in `layout`.
inline vaecollapse::ReinflectionNetwork make_network(vaecollapse::Layout& layout,
                                                     const Description& description) {
  const Settings& settings = description.settings;
  const auto size = [](std::uint64_t value) { return static_cast<vaecollapse::Index>(value); };
  return vaecollapse::make_reinflection_network(layout,
                                                {.symbols = description.vocabulary.symbols(),
                                                 .tags = description.features.size(),
                                                 .embedding = size(settings.embedding),
                                                 .encoder_hidden = size(settings.encoder_hidden),
                                                 .decoder_hidden = size(settings.decoder_hidden),
                                                 .latent = size(settings.latent),
                                                 .attention = size(settings.attention)});
}

}  // namespace reinflection
