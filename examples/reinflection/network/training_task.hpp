// A training as far as it does not depend on the network, and the functions that each kind of
// network is compiled for.
#pragma once

#include <string_view>

#include <vaecollapse/core/kl_rows.hpp>
#include <vaecollapse/core/shape.hpp>
#include <vaecollapse/data/sampler.hpp>
#include <vaecollapse/io/safetensors.hpp>
#include <vaecollapse/objective/terms.hpp>
#include <vaecollapse/runs/checkpoint_record.hpp>
#include <vaecollapse/runs/run_folder.hpp>
#include <vaecollapse/runs/run_watcher.hpp>
#include <vaecollapse/runs/session.hpp>
#include <vaecollapse/tasks/reinflection/corpus.hpp>
#include <vaecollapse/tasks/reinflection/training_corpus.hpp>
#include <vaecollapse/train/options.hpp>

#include "corpora.hpp"
#include "model_file.hpp"
#include "training.hpp"
#include "training_run.hpp"

namespace reinflection {

/// What a run trains, on what, and where to.
struct TrainingTask {
  const TrainingRun& run;
  const TrainingRows& data;
  const vaecollapse::RunFolder& folder;
  vaecollapse::RunWatcher& watcher;
  const Recording& recording;
  Description description;
  vaecollapse::reinflection::TrainingCorpus rows;
  vaecollapse::reinflection::Corpus dev;

  vaecollapse::RunSizes sizes(vaecollapse::Index parameters) const;
  vaecollapse::TrainOptions options() const;
  vaecollapse::SamplerOptions sampler_options() const;
  vaecollapse::SessionOptions session_options() const;
  /// What the run's checkpoints and model say of it.
  vaecollapse::CheckpointRecord record() const;
  vaecollapse::SessionAdvice advice() const;
  /// Evaluates the objective once a phase on terms whose KL has so many rows: what does not fit
  /// (groups that do not divide them) shows here, and not after the first files. \throws Error
  void check_objective(vaecollapse::Index kl_rows) const;
  /// The same where these rows and those of places are the KL's. \throws Error
  void check_objective_of_places(const vaecollapse::KlRows& leading) const;
  /// \throws InputError for the checkpoint of another run
  void check_checkpoint(std::string_view file, const vaecollapse::Metadata& metadata) const;

 private:
  void try_objective(const vaecollapse::Terms& terms) const;
};

vaecollapse::SessionResult train_one_z(TrainingTask& task);
vaecollapse::SessionResult train_places(TrainingTask& task);

}  // namespace reinflection
