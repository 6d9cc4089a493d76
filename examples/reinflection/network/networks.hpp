// The networks of the program, each compiled for itself: what the kit's templates are told of this
// study, and the functions that each kind of network is compiled for.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include <vaecollapse/core/hash.hpp>
#include <vaecollapse/core/parameters.hpp>
#include <vaecollapse/core/rng.hpp>
#include <vaecollapse/core/shape.hpp>
#include <vaecollapse/data/corpus.hpp>
#include <vaecollapse/data/epoch_sampler.hpp>
#include <vaecollapse/io/safetensors.hpp>
#include <vaecollapse/runs/session.hpp>
#include <vaecollapse/tasks/reinflection/training_corpus.hpp>
#include <vaecollapse/train/dev_accuracy.hpp>

#include "corpora.hpp"
#include "init_from.hpp"
#include "kit/network/loaded.hpp"
#include "kit/network/training_task.hpp"
#include "model_file.hpp"
#include "settings.hpp"

namespace reinflection {

/// This study, as the kit's templates see it.
struct Study {
  using Settings = reinflection::Settings;
  using Description = reinflection::Description;
  using Data = reinflection::TrainingRows;
  using TrainingRows = vaecollapse::reinflection::TrainingCorpus;
  using Rows = vaecollapse::Corpus;
  using Batches = vaecollapse::EpochSampler<TrainingRows>;
  using Measure = vaecollapse::MeasureAccuracy;

  static constexpr std::string_view program = "reinflect";
  static constexpr std::string_view row = "word";

  static const kit::SettingTable<Settings>& table() { return setting_table; }
  static vaecollapse::Metadata to_metadata(const Description& description) {
    return reinflection::to_metadata(description);
  }
  static Settings settings_of(std::string_view file, const vaecollapse::Metadata& metadata) {
    return from_metadata(file, metadata).settings;
  }
  static void add_data(vaecollapse::Hash& hash, const Data& data) {
    add_rows(hash, data.train);
    add_rows(hash, data.dev);
  }
  static Batches batches(kit::TrainingTask<Study>& task) {
    const Settings& settings = task.run.settings;
    return {task.rows,
            vaecollapse::Seed(settings.seed),
            {.batch = static_cast<vaecollapse::Index>(settings.batch),
             .pool = static_cast<vaecollapse::Index>(settings.pool)}};
  }
  static std::string take_weights(const std::filesystem::path& from, const Description& description,
                                  LayoutOf layout_of, vaecollapse::Parameters<float>& parameters) {
    return reinflection::take_weights(from, description, layout_of, parameters);
  }
};

using TrainingTask = kit::TrainingTask<Study>;
using LoadedNetwork = kit::LoadedNetwork<Study::Rows>;
using ModelSource = kit::ModelSource<Description>;

vaecollapse::SessionResult train_one_z(TrainingTask& task);
vaecollapse::SessionResult train_places(TrainingTask& task);

/// A network of the kind that each is compiled for. \throws InputError for settings that make no
/// such network and for other weights
std::unique_ptr<LoadedNetwork> load_one_z(const ModelSource& source);
std::unique_ptr<LoadedNetwork> load_places(const ModelSource& source);

}  // namespace reinflection
