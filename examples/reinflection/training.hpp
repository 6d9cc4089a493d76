// One training run, from rows to the files of its folder. Its source is where the network is
// compiled for training.
//
// The checkpoints are the run: metrics.csv and model.safetensors follow from the last one, are
// written after it, and are made anew from it when a run goes on. So it does not matter between
// which two writes a run was killed.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>

#include <vaecollapse/train/report.hpp>

#include "corpora.hpp"
#include "run_folder.hpp"
#include "run_watcher.hpp"
#include "training_run.hpp"

namespace reinflection {

/// What a run leaves in its folder, and where it takes up.
struct Recording {
  enum class Weights { best_epoch, last_epoch };
  Weights weights = Weights::best_epoch;  ///< those in model.safetensors
  /// Goes on from the last usable checkpoint of this folder, or begins where there is none. Another
  /// folder than the run's own stays as it is.
  std::optional<std::filesystem::path> resume = std::nullopt;
};

/// What a run has come to.
struct TrainingResult {
  enum class End { finished, finished_before, stopped };
  End end = End::finished;
  std::uint64_t step = 0;
  /// That of the weights in model.safetensors; its number is 0 where there are none yet.
  vaecollapse::EpochReport kept;
};

/// Trains, fills the folder, and tells `watcher`. Stops where `stop_signal` says so, after the step
/// that is running; what was done is then in a checkpoint.
/// \throws Error before anything is written, if the parts do not fit each other or what is to be
/// resumed is another run
TrainingResult train(const TrainingRun& run, const TrainingRows& data, const RunFolder& folder,
                     RunWatcher& watcher, const Recording& recording = {});

}  // namespace reinflection
