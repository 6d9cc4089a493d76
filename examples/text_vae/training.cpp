#include "text_vae/training.hpp"

#include "text_vae/network/networks.hpp"

namespace text_vae {

vaecollapse::RunFolder run_folder(const std::filesystem::path& path) {
  return vaecollapse::RunFolder(path, "text_vae");
}

vaecollapse::SessionResult train(const TrainingRun& run, TrainingText& data,
                                 const vaecollapse::RunFolder& folder,
                                 vaecollapse::RunWatcher& watcher,
                                 const kit::Recording& recording) {
  TrainingTask task{.run = run,
                    .data = data,
                    .folder = folder,
                    .watcher = watcher,
                    .recording = recording,
                    .description = {run.settings, data.vocabulary},
                    .rows = data.train,
                    .dev = data.dev,
                    .sizes = {.train_rows = data.train.size(),
                              .dev_rows = data.dev.size(),
                              .symbols = data.vocabulary.symbols()}};
  return train_network(task);
}

}  // namespace text_vae
