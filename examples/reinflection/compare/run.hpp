// One run of a comparison: a method with a seed, trained and scored. What it came to is kept in
// `result.json` in the run's folder, whose name ends in a hash of all that decides the weights: so
// a run that is done is known again, and one with other settings is another run. Where only the
// scoring has changed, the weights are scored again.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <vaecollapse/diagnose/row_scores.hpp>
#include <vaecollapse/metrics/verdict.hpp>
#include <vaecollapse/runs/run_watcher.hpp>

#include "corpora.hpp"
#include "latent_space.hpp"
#include "training_run.hpp"

namespace reinflection {

/// What all runs of a comparison work on.
struct ComparisonData {
  TrainingRows rows;
  LabelledWords latent;  ///< forms, by which lemma purity is measured; empty: none were given
};

/// What a run came to, by the weights of its last epoch.
struct RunResult {
  std::string method;
  std::string scoring;  ///< a hash of what decides the scores of given weights
  std::string program;  ///< a hash of the executable that trained it
  std::uint64_t seed = 0;
  vaecollapse::RowScores rows;  ///< of the dev rows; older programs kept no NLL with another z
  double active_units = 0;
  std::optional<double> lemma_purity{};  ///< empty: without --latent-data
  double seconds = 0;                    ///< of training and scoring

  /// By the figures that there are of the rows.
  vaecollapse::Verdict verdict() const { return rows.verdict(); }
  /// Whether the decoder does without z: what `reinflect diagnose` says of the same weights and
  /// rows.
  bool has_collapsed() const { return verdict().has_collapsed(); }
};

std::string to_json(const RunResult& result);
/// `file` names the source in errors. \throws InputError for what `to_json` does not write
RunResult read_result(std::string_view file, std::string_view json);

/// A run to make, or one that is made.
struct PlannedRun {
  std::string method;
  TrainingRun run;
  std::filesystem::path folder;
  std::string scoring, program;

  std::filesystem::path result_file() const { return folder / "result.json"; }
  /// What it came to, if it was finished before. \throws InputError for a damaged file
  std::optional<RunResult> trained() const;
  /// The same, if it was also scored as it would be now.
  std::optional<RunResult> finished() const;
};

/// Hashes of what the runs work on, and of what makes them. Another program may train otherwise,
/// or may not: so its hash is no part of a run's name, but is kept and compared.
struct DataHashes {
  explicit DataHashes(const ComparisonData& data);

  std::uint64_t rows;
  std::string scoring, program;
};

/// Names the run's folder in `out`. \throws Error for a mistake in the settings
PlannedRun plan(const std::filesystem::path& out, std::string_view method, Settings settings,
                const DataHashes& hashes);

/// Trains, if that was not done before, scores the weights of the last epoch, and writes the
/// result; a run that was begun goes on. The last, not the best: an annealed run is at its best
/// where the KL costs nothing yet, and that epoch hides the collapse.
/// \return none if `stop_signal` has ended the training
std::optional<RunResult> make(const PlannedRun& planned, const ComparisonData& data,
                              vaecollapse::RunWatcher& watcher);

}  // namespace reinflection
