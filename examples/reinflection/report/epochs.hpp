// The figures of a run's epochs, from its folder.
#pragma once

#include <filesystem>
#include <string>

#include <nlohmann/json.hpp>

namespace reinflection {

struct EpochFigures {
  nlohmann::ordered_json epochs;  ///< an object each, with the keys of metrics.jsonl
  std::string note;               ///< what a reader should know of their source; may be empty
};

/// Reads metrics.jsonl or, in the folder of an older run, metrics.csv, which has no KL by
/// dimension; without either there are no epochs. \throws InputError for what is not written so
EpochFigures read_epochs(const std::filesystem::path& folder);

}  // namespace reinflection
