#include "training.hpp"

#include <vaecollapse/core/rng.hpp>
#include <vaecollapse/tasks/reinflection/corpus.hpp>

#include "network/networks.hpp"

namespace reinflection {

namespace {

Description describe(const Settings& settings, const TrainingRows& data) {
  return {settings, vaecollapse::reinflection::vocabulary_of(data.train),
          vaecollapse::reinflection::training_features(data.train, data.fresh)};
}

}  // namespace

vaecollapse::RunFolder run_folder(const std::filesystem::path& path) {
  return vaecollapse::RunFolder(path, "reinflect");
}

vaecollapse::SessionResult train(const TrainingRun& run, const TrainingRows& data,
                                 const vaecollapse::RunFolder& folder,
                                 vaecollapse::RunWatcher& watcher,
                                 const kit::Recording& recording) {
  const Description description = describe(run.settings, data);
  const auto& [settings, vocabulary, features] = description;
  vaecollapse::reinflection::TrainingCorpus rows(data.train, vocabulary, features, data.fresh,
                                                 vaecollapse::Seed(settings.seed), data.implied);
  const vaecollapse::reinflection::Corpus dev(data.dev, vocabulary, features);
  TrainingTask task{.run = run,
                    .data = data,
                    .folder = folder,
                    .watcher = watcher,
                    .recording = recording,
                    .description = description,
                    .rows = rows,
                    .dev = dev,
                    .sizes = {.train_rows = rows.size(),
                              .dev_rows = dev.size(),
                              .symbols = vocabulary.symbols(),
                              .tags = features.size()}};
  return run.settings.has_places() ? train_places(task) : train_one_z(task);
}

}  // namespace reinflection
