#include "text_vae/compare/run.hpp"

#include <string>
#include <utility>

#include <vaecollapse/core/hash.hpp>
#include <vaecollapse/runs/checkpoint_record.hpp>
#include <vaecollapse/runs/run_watcher.hpp>

#include "text_vae/trained_model.hpp"
#include "text_vae/training.hpp"
#include "text_vae/training_run.hpp"

namespace text_vae {

namespace {

using vaecollapse::Hash;

/// Raised when scores of the definitions before may no longer be used.
constexpr std::uint64_t scoring_format = 1;

void add_scoring(Hash& hash, const ComparisonData& data) {
  hash.add(std::to_string(scoring_format) + " " + std::to_string(data.samples) + "\n");
  hash.add(to_string(data.scored().hash()));
}

vaecollapse::SessionResult train_one(const TrainingRun& run, TrainingText& text,
                                     vaecollapse::RunWatcher& watcher) {
  const std::filesystem::path folder = run.settings.out;
  return train(run, text, run_folder(folder), watcher, {.resume = folder});
}

}  // namespace

kit::DataHashes hashes_of(const ComparisonData& data) {
  return {[&](Hash& hash) { add_text(hash, data.text); },
          [&](Hash& hash) { add_scoring(hash, data); }};
}

kit::RunToMake<Scores> plan(const std::filesystem::path& out, std::string_view method,
                            Settings settings, ComparisonData& data,
                            const kit::DataHashes& hashes) {
  TrainingRun run = prepare(std::move(settings));
  // The sentences count, and not the names of their files.
  Settings hashed = run.settings;
  hashed.train = hashed.dev = "";
  kit::PlannedRun planned =
      kit::plan_run(out, method, run.settings.seed,
                    setting_table.to_json(hashed, kit::Content::of_model), hashes);
  const std::filesystem::path folder = planned.folder;
  run.settings.out = folder.string();
  return {std::move(planned),
          [run = std::move(run), &data](std::uint64_t threads, vaecollapse::RunWatcher& watcher) {
            TrainingRun own = run;
            own.settings.threads = threads;
            if (own.settings.chunk == 0) return train_one(own, data.text, watcher);
            // Runs that go on at once are at chunks of their own.
            TrainingText text = load_training_text(own.settings);
            return train_one(own, text, watcher);
          },
          [folder, &data](std::uint64_t threads) {
            TrainedModel model(folder, threads);
            return Scores(model.figures(data.scored(), {.samples = data.samples}));
          }};
}

}  // namespace text_vae
