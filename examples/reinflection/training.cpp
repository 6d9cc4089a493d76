#include "training.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include <vaecollapse/core/check.hpp>
#include <vaecollapse/core/hash.hpp>
#include <vaecollapse/objective/terms.hpp>

#include "network/training_task.hpp"
#include "settings.hpp"

namespace reinflection {

namespace {

using vaecollapse::Index;
using vaecollapse::raise;

Description describe(const Settings& settings, const TrainingRows& data) {
  return {settings, vaecollapse::reinflection::vocabulary_of(data.train),
          vaecollapse::reinflection::training_features(data.train, data.fresh)};
}

/// The option that decides how many rows the KL has.
const char* beside_objective(const Settings& settings, Index kl_rows) {
  if (settings.has_places()) return "--latent-per-place: ";
  if (kl_rows > 1) return "--latent: ";
  return settings.posterior == "gaussian" ? "--prior: " : "--posterior: ";
}

}  // namespace

vaecollapse::RunSizes TrainingTask::sizes(Index parameters) const {
  return {.train_rows = rows.size(),
          .dev_rows = dev.size(),
          .symbols = description.vocabulary.symbols(),
          .tags = description.features.size(),
          .weights = parameters};
}

vaecollapse::TrainOptions TrainingTask::options() const {
  const Settings& settings = run.settings;
  return {.epochs = settings.epochs,
          .batch = static_cast<Index>(settings.batch),
          .pool = static_cast<Index>(settings.pool),
          .learning_rate = settings.learning_rate,
          .schedule = {.warmup = settings.warmup, .decay = settings.decay},
          .clip = settings.clip,
          .patience = settings.patience,
          .seed = vaecollapse::Seed(settings.seed)};
}

vaecollapse::SamplerOptions TrainingTask::sampler_options() const {
  return {.batch = static_cast<Index>(run.settings.batch),
          .pool = static_cast<Index>(run.settings.pool)};
}

vaecollapse::SessionOptions TrainingTask::session_options() const {
  return {.checkpoint_every = run.settings.checkpoint_every,
          .rollback = run.settings.rollback,
          .tensorboard = run.settings.tensorboard};
}

vaecollapse::CheckpointRecord TrainingTask::record() const {
  vaecollapse::Hash hash;
  add_rows(hash, data.train);
  add_rows(hash, data.dev);
  return {.model = to_metadata(description),
          .data_hash = to_string(hash),
          .weights = recording.weights};
}

vaecollapse::SessionAdvice TrainingTask::advice() const {
  return {.start_over = "--overwrite without --resume starts over",
          .roll_back = "--rollback N would go on by itself"};
}

void TrainingTask::try_objective(const vaecollapse::Terms& terms) const {
  const Index kl_rows = terms.kl.rows;
  std::vector<double> dkl(static_cast<std::size_t>(kl_rows)), dnll(1);
  vaecollapse::Seeds seeds{{dkl.data(), kl_rows, 1}, dnll};
  vaecollapse::AnyObjective objective = run.objective.objective;
  try {
    for (std::size_t phase = 0; phase < std::max<std::size_t>(run.objective.phases.size(), 1);
         ++phase) {
      objective.enter_phase(phase);
      objective.evaluate(terms, seeds);
    }
  } catch (const vaecollapse::Error& error) {
    raise(vaecollapse::Error(std::string("--objective, ") +
                             beside_objective(run.settings, kl_rows) + error.what()));
  }
}

void TrainingTask::check_objective(Index kl_rows) const {
  const std::vector<double> kl(static_cast<std::size_t>(kl_rows)), nll(1);
  try_objective({.kl = {kl.data(), kl_rows, 1}, .nll = nll, .symbols = 1});
}

void TrainingTask::check_objective_of_places(const vaecollapse::KlRows& leading) const {
  const std::array<Index, 1> entries{leading.count() + 2};
  const std::vector<double> kl(static_cast<std::size_t>(entries[0])), nll(1);
  try_objective({.kl = {kl.data(), entries[0], 1},
                 .nll = nll,
                 .symbols = 1,
                 .places = entries,
                 .leading = leading});
}

/// Settings are compared one by one, and not as text: a checkpoint of a version before may lack
/// some, which then have their defaults.
void TrainingTask::check_checkpoint(std::string_view file,
                                    const vaecollapse::Metadata& metadata) const {
  const Settings& ours = run.settings;
  const Settings theirs = from_metadata(file, metadata).settings;
  const Setting* setting = setting_table.first_difference(theirs, ours);
  if (setting == nullptr) return;
  raise(vaecollapse::InputError(
      file, 0, "another config, with " + option_name(*setting) + " " + show(theirs, *setting),
      option_name(*setting) + " " + show(ours, *setting)));
}

vaecollapse::RunFolder run_folder(const std::filesystem::path& path) {
  return vaecollapse::RunFolder(path, "reinflect");
}

vaecollapse::SessionResult train(const TrainingRun& run, const TrainingRows& data,
                                 const vaecollapse::RunFolder& folder,
                                 vaecollapse::RunWatcher& watcher, const Recording& recording) {
  const Description description = describe(run.settings, data);
  TrainingTask task{.run = run,
                    .data = data,
                    .folder = folder,
                    .watcher = watcher,
                    .recording = recording,
                    .description = description,
                    .rows = {data.train, description.vocabulary, description.features, data.fresh,
                             vaecollapse::Seed(run.settings.seed), data.implied},
                    .dev = {data.dev, description.vocabulary, description.features}};
  return run.settings.has_places() ? train_places(task) : train_one_z(task);
}

}  // namespace reinflection
