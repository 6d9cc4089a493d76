// What model.safetensors says about itself in its metadata, beside the weights: `config`, the
// settings without --out and --threads, and `vocabulary`, what the ids of tokens mean; both are
// JSON. With these two the network can be built again.
#pragma once

#include <string_view>

#include <vaecollapse/data/token_vocabulary.hpp>
#include <vaecollapse/io/safetensors.hpp>

#include "text_vae/settings.hpp"

namespace text_vae {

struct Description {
  Settings settings;
  vaecollapse::TokenVocabulary vocabulary;
};

vaecollapse::Metadata to_metadata(const Description& description);

/// `file` names the source in errors. \throws InputError for what `to_metadata` does not write
Description from_metadata(std::string_view file, const vaecollapse::Metadata& metadata);

/// The settings alone, as above.
Settings settings_of(std::string_view file, const vaecollapse::Metadata& metadata);

}  // namespace text_vae
