// One training run, from sentences to the files of its folder.
#pragma once

#include <filesystem>

#include <vaecollapse/runs/run_folder.hpp>
#include <vaecollapse/runs/run_watcher.hpp>
#include <vaecollapse/runs/session.hpp>

#include "kit/recording.hpp"
#include "text_vae/corpora.hpp"
#include "text_vae/training_run.hpp"

namespace text_vae {

/// The folder of a run of this program.
vaecollapse::RunFolder run_folder(const std::filesystem::path& path);

/// Trains, fills the folder, and tells `watcher`. Stops where `stop_signal` says so, after the step
/// that is running; what was done is then in a checkpoint.
/// \param data may be at another chunk afterwards
/// \throws Error before anything is written, if the parts do not fit each other or what is to be
/// resumed is another run
vaecollapse::SessionResult train(const TrainingRun& run, TrainingText& data,
                                 const vaecollapse::RunFolder& folder,
                                 vaecollapse::RunWatcher& watcher,
                                 const kit::Recording& recording = {});

}  // namespace text_vae
