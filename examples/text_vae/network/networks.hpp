// The network of the program, compiled for itself: what the kit's templates are told of sentences,
// and the functions that it is compiled for.
#pragma once

#include <memory>
#include <string_view>

#include <vaecollapse/core/hash.hpp>
#include <vaecollapse/core/rng.hpp>
#include <vaecollapse/core/shape.hpp>
#include <vaecollapse/data/chunk_sampler.hpp>
#include <vaecollapse/io/safetensors.hpp>
#include <vaecollapse/runs/session.hpp>
#include <vaecollapse/tasks/text/chunked_corpus.hpp>
#include <vaecollapse/tasks/text/corpus.hpp>
#include <vaecollapse/train/dev_accuracy.hpp>

#include "kit/network/training_task.hpp"
#include "text_vae/corpora.hpp"
#include "text_vae/model_file.hpp"
#include "text_vae/network/loaded.hpp"
#include "text_vae/settings.hpp"

namespace text_vae {

/// Sentences, as the kit's templates see them.
struct Study {
  using Settings = text_vae::Settings;
  using Description = text_vae::Description;
  using Data = TrainingText;
  using TrainingRows = vaecollapse::text::ChunkedCorpus;
  using Rows = vaecollapse::text::Corpus;
  using Batches = vaecollapse::ChunkSampler<TrainingRows>;
  using Measure = vaecollapse::MeasureNothing;

  static constexpr std::string_view program = "text_vae";
  static constexpr std::string_view row = "sentence";

  static const kit::SettingTable<Settings>& table() { return setting_table; }
  static vaecollapse::Metadata to_metadata(const Description& description) {
    return text_vae::to_metadata(description);
  }
  static Settings settings_of(std::string_view file, const vaecollapse::Metadata& metadata) {
    return text_vae::settings_of(file, metadata);
  }
  static void add_data(vaecollapse::Hash& hash, const Data& data) { add_text(hash, data); }
  static Batches batches(kit::TrainingTask<Study>& task) {
    const Settings& settings = task.run.settings;
    return {task.rows, vaecollapse::Seed(settings.seed), batches_of(settings)};
  }
};

using TrainingTask = kit::TrainingTask<Study>;

vaecollapse::SessionResult train_network(TrainingTask& task);

/// \throws InputError for settings that make no network and for other weights
std::unique_ptr<LoadedSentences> load_network(const ModelSource& source);

}  // namespace text_vae
