// The figures of a run's epochs, from its folder.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include <nlohmann/json.hpp>

namespace kit {

struct EpochFigures {
  nlohmann::ordered_json epochs;  ///< an object each, with the keys of metrics.jsonl
  std::string note;               ///< what a reader should know of their source; may be empty
};

/// Reads metrics.jsonl or, in the folder of an older run, metrics.csv, which has no KL by
/// dimension; without either there are no epochs. \throws InputError for what is not written so
EpochFigures read_epochs(const std::filesystem::path& folder);

/// By which the accuracy on dev rose, an epoch, in the last fifth of the epochs; empty for fewer
/// than two epochs, and where it is not known.
std::optional<double> accuracy_gain(const EpochFigures& figures);

/// Of a whole run of so many epochs; empty where no epoch says it.
std::optional<std::uint64_t> planned_steps(const EpochFigures& figures, std::uint64_t epochs);

/// The folder of a run, or that in which a model file, a checkpoint perhaps, lies.
std::filesystem::path folder_of(const std::filesystem::path& model);

}  // namespace kit
