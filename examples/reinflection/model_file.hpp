// What model.safetensors says about itself in its metadata, beside the weights: `config`, the
// settings without --out and --threads, and `vocabulary`, what the ids of symbols and tags mean;
// both are JSON. With these two the network can be built again.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>

#include <vaecollapse/data/vocabulary.hpp>
#include <vaecollapse/io/safetensors.hpp>
#include <vaecollapse/tasks/reinflection/features.hpp>

#include "settings.hpp"

namespace reinflection {

struct Description {
  Settings settings;
  vaecollapse::Vocabulary vocabulary;
  vaecollapse::reinflection::Features features;
};

/// How many tags the network has a column for: one at least, which nothing reads where there are no
/// tags, for a layer must have one.
inline vaecollapse::Index table_of_tags(const Description& description) {
  return std::max<vaecollapse::Index>(1, description.features.size());
}

vaecollapse::Metadata to_metadata(const Description& description);

/// `file` names the source in errors. \throws InputError for what `to_metadata` does not write
Description from_metadata(std::string_view file, const vaecollapse::Metadata& metadata);

/// Reads what the ids of symbols and tags mean; false for a file that does not say it.
/// \throws InputError for what `to_metadata` does not write
bool read_vocabulary(std::string_view file, const vaecollapse::Metadata& metadata,
                     Description& description);

}  // namespace reinflection
