// One training run, from rows to the files of its folder. Its source is where the network is
// compiled for training.
#pragma once

#include <vaecollapse/train/report.hpp>

#include "corpora.hpp"
#include "run_folder.hpp"
#include "run_watcher.hpp"
#include "training_run.hpp"

namespace reinflection {

/// What a run leaves in its folder beside config.json and metrics.csv.
struct Recording {
  enum class Weights { best_epoch, last_epoch };
  Weights weights = Weights::best_epoch;  ///< those in model.safetensors
  bool checkpoints = true;
};

/// Trains, fills the folder, and tells `watcher`.
/// \return the epoch whose weights are in model.safetensors
/// \throws Error before anything is written, if the parts do not fit each other
vaecollapse::EpochReport train(const TrainingRun& run, const TrainingRows& data,
                               const RunFolder& folder, RunWatcher& watcher,
                               Recording recording = {});

}  // namespace reinflection
