// A training as far as it does not depend on the network.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <vaecollapse/core/check.hpp>
#include <vaecollapse/core/hash.hpp>
#include <vaecollapse/core/rng.hpp>
#include <vaecollapse/core/shape.hpp>
#include <vaecollapse/io/safetensors.hpp>
#include <vaecollapse/runs/checkpoint_record.hpp>
#include <vaecollapse/runs/run_folder.hpp>
#include <vaecollapse/runs/run_watcher.hpp>
#include <vaecollapse/runs/session.hpp>
#include <vaecollapse/train/options.hpp>

#include "kit/plateau.hpp"
#include "kit/recording.hpp"
#include "kit/settings.hpp"
#include "kit/training_run.hpp"

namespace kit {

/// What a run trains, on what, and where to.
/// \tparam Study a program's own, in types and functions of these names: its `Settings` and their
/// `table()`; the `Description` of a model, which holds the settings, `to_metadata` and
/// `settings_of` of a file's metadata; its `Data`, whose rows `add_data` hashes; the `TrainingRows`
/// and the `Rows` that they are, with the `Batches` of an epoch, made by `batches`; the `Measure`
/// of dev; the name of the `program`, and what it calls a `row`
template <class Study>
struct TrainingTask {
  using Settings = typename Study::Settings;

  const TrainingRun<Settings>& run;
  const typename Study::Data& data;
  const vaecollapse::RunFolder& folder;
  vaecollapse::RunWatcher& watcher;
  const Recording& recording;
  typename Study::Description description;
  typename Study::TrainingRows& rows;
  const typename Study::Rows& dev;
  vaecollapse::RunSizes sizes;  ///< but for the weights

  vaecollapse::RunSizes sizes_with(vaecollapse::Index weights) const {
    vaecollapse::RunSizes all = sizes;
    all.weights = weights;
    return all;
  }
  vaecollapse::TrainOptions options() const {
    const Settings& settings = run.settings;
    return {.epochs = settings.epochs,
            .batch = static_cast<vaecollapse::Index>(settings.batch),
            .learning_rate = settings.learning_rate,
            .schedule = {.warmup = settings.warmup, .decay = settings.decay},
            .clip = settings.clip,
            .patience = settings.patience,
            .plateau = plateau(),
            .row = Study::row,
            .seed = vaecollapse::Seed(settings.seed)};
  }
  vaecollapse::SessionOptions session_options() const {
    return {.checkpoint_every = run.settings.checkpoint_every,
            .rollback = run.settings.rollback,
            .tensorboard = run.settings.tensorboard};
  }
  /// The text of config.json.
  std::string config() const { return Study::table().to_json(run.settings, Content::all); }
  /// What the run's checkpoints and model say of it.
  vaecollapse::CheckpointRecord record() const {
    vaecollapse::Hash hash;
    Study::add_data(hash, data);
    return {.model = Study::to_metadata(description),
            .data_hash = to_string(hash),
            .weights = recording.weights};
  }
  static vaecollapse::SessionAdvice advice() {
    return {.start_over = "--overwrite without --resume starts over",
            .roll_back = "--rollback N would go on by itself"};
  }
  /// Settings are compared one by one, and not as text: a checkpoint of a version before may lack
  /// some, which then have their defaults. \throws InputError for the checkpoint of another run
  void check_checkpoint(std::string_view file, const vaecollapse::Metadata& metadata) const {
    const Settings& ours = run.settings;
    const Settings theirs = Study::settings_of(file, metadata);
    const Setting<Settings>* setting = Study::table().first_difference(theirs, ours);
    if (setting == nullptr) return;
    vaecollapse::raise(vaecollapse::InputError(
        file, 0, "another config, with " + option_name(*setting) + " " + show(theirs, *setting),
        option_name(*setting) + " " + show(ours, *setting)));
  }

 private:
  std::optional<vaecollapse::PlateauOptions> plateau() const {
    if constexpr (requires { run.settings.plateau; }) {
      return parse_plateau(run.settings.plateau).options;
    } else {
      return {};
    }
  }
};

}  // namespace kit
