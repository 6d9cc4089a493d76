// What a training run leaves in its folder, and where it takes up.
#pragma once

#include <filesystem>
#include <optional>

#include <vaecollapse/runs/checkpoint_record.hpp>

namespace kit {

struct Recording {
  vaecollapse::KeptWeights weights = vaecollapse::KeptWeights::best_epoch;
  /// Goes on from the last usable checkpoint of this folder, or begins where there is none. Another
  /// folder than the run's own stays as it is.
  std::optional<std::filesystem::path> resume = std::nullopt;
};

}  // namespace kit
