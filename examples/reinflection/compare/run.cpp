#include "compare/run.hpp"

#include <cstdint>
#include <string>
#include <utility>

#include <vaecollapse/core/hash.hpp>
#include <vaecollapse/runs/checkpoint_record.hpp>
#include <vaecollapse/runs/run_watcher.hpp>

#include "ensemble.hpp"
#include "trained_model.hpp"
#include "training.hpp"
#include "training_run.hpp"

namespace reinflection {

namespace {

using vaecollapse::Hash;

/// Raised when scores of the definitions before may no longer be used.
constexpr std::uint64_t scoring_format = 3;

void add_scoring(Hash& hash, const LabelledWords& latent) {
  hash.add(std::to_string(scoring_format));
  add_rows(hash, latent.words);
  if (latent.words.empty()) return;
  for (const int lemma : latent.labellings.front().of_word) hash.add(std::to_string(lemma));
}

}  // namespace

kit::DataHashes hashes_of(const ComparisonData& data) {
  return {[&](Hash& hash) {
            add_rows(hash, data.rows.train);
            add_rows(hash, data.rows.dev);
          },
          [&](Hash& hash) { add_scoring(hash, data.latent); }};
}

kit::ScoreEnsemble<Scores> score_ensemble_of(const ComparisonData& data) {
  return [&data](const std::vector<std::filesystem::path>& folders, std::uint64_t threads) {
    std::vector<std::string> models;
    for (const std::filesystem::path& folder : folders) models.push_back(folder.string());
    Ensemble ensemble(models, threads, kit::Search{});
    return score(ensemble, data.rows.dev);
  };
}

kit::RunToMake<Scores> plan(const std::filesystem::path& out, std::string_view method,
                            Settings settings, const ComparisonData& data,
                            const kit::DataHashes& hashes) {
  TrainingRun run = prepare(std::move(settings));
  // The rows count, and not the names of their files.
  Settings hashed = run.settings;
  hashed.train = hashed.dev = hashed.also = hashed.words = "";
  kit::PlannedRun planned =
      kit::plan_run(out, method, run.settings.seed,
                    setting_table.to_json(hashed, kit::Content::of_model), hashes);
  const std::filesystem::path folder = planned.folder;
  run.settings.out = folder.string();
  return {std::move(planned),
          [run = std::move(run), folder, &data](std::uint64_t threads,
                                                vaecollapse::RunWatcher& watcher) {
            TrainingRun own = run;
            own.settings.threads = threads;
            return train(own, data.rows, run_folder(folder), watcher,
                         {.weights = vaecollapse::KeptWeights::last_epoch, .resume = folder});
          },
          [folder, &data](std::uint64_t threads) {
            TrainedModel model(folder, threads, kit::Search{});
            return score(model, data.rows.dev, data.latent);
          }};
}

}  // namespace reinflection
