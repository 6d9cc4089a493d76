// Methods x seeds on the same rows: the runs that are missing are made, some of them at once, and
// all that there are make the tables. How a run is trained and scored, its program says.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <vaecollapse/io/checkpoint.hpp>
#include <vaecollapse/io/file.hpp>
#include <vaecollapse/runs/run_watcher.hpp>
#include <vaecollapse/runs/session.hpp>
#include <vaecollapse/runs/stop_signals.hpp>

#include "kit/compare/ensembles.hpp"
#include "kit/compare/jobs.hpp"
#include "kit/compare/planned_run.hpp"
#include "kit/compare/run_result.hpp"
#include "kit/compare/table.hpp"

namespace kit {

/// A run, and how its program makes it. A number of threads of 0 is one for each core.
template <RunScores Scores>
struct RunToMake {
  PlannedRun planned;
  /// Trains in the folder, or goes on with what was begun there. Which epoch's weights are kept,
  /// the program says.
  std::function<vaecollapse::SessionResult(std::uint64_t threads, vaecollapse::RunWatcher&)> train;
  /// Scores the weights in the folder.
  std::function<Scores(std::uint64_t threads)> score;
};

/// Trains, if that was not done before, scores the weights that training has kept, and writes the
/// result; a run that was begun goes on. Where only the scoring has changed, the weights are scored
/// again.
/// \return none if `stop_signal` has ended the training
template <class Scores>
std::optional<RunResult<Scores>> make_run(const RunToMake<Scores>& run, std::uint64_t threads,
                                          vaecollapse::RunWatcher& watcher) {
  const PlannedRun& planned = run.planned;
  const std::optional<RunResult<Scores>> before = result_of<Scores>(planned);
  double seconds = 0;
  if (!before) {
    const vaecollapse::SessionResult trained = run.train(threads, watcher);
    if (trained.end == vaecollapse::SessionResult::End::stopped) return std::nullopt;
    seconds = trained.kept.seconds;
  }
  const auto start = std::chrono::steady_clock::now();
  RunResult<Scores> result{.method = planned.method,
                           .scoring = planned.scoring,
                           .program = before ? before->program : planned.program,
                           .seed = planned.seed,
                           .scores = run.score(threads)};
  const std::chrono::duration<double> passed = std::chrono::steady_clock::now() - start;
  result.seconds = before ? before->seconds : seconds + passed.count();
  vaecollapse::write_file(planned.result_file(), to_json(result));
  vaecollapse::prune_checkpoints(planned.folder, 0);
  return result;
}

/// What a program asks of its comparison.
template <RunScores Scores>
struct ComparisonOrder {
  std::string_view program;  ///< its name, for notes
  std::filesystem::path out;
  std::uint64_t jobs = 0;     ///< runs at once; 0: one for each core
  std::uint64_t threads = 0;  ///< of all runs together; 0: one for each core
  std::vector<Measure> measures;
  /// What a run came to, in a line without its end.
  std::function<std::string(const RunResult<Scores>&)> line;
  /// None: no ensembles are asked for.
  ScoreEnsemble<Scores> score_ensemble{};
};

/// Says of the runs, on standard error, that some were trained by another build, or which signal
/// has ended them.
void note_other_builds(std::string_view program, std::size_t others, std::size_t runs,
                       const std::filesystem::path& out);
void note_stop(int signal, std::size_t done, std::size_t runs);

/// The runs of a comparison and what they came to, those that were done before among them.
template <RunScores Scores>
class ComparisonRuns {
 public:
  using Result = RunResult<Scores>;

  /// Reads the results that there are. \throws InputError for a damaged one
  explicit ComparisonRuns(std::vector<RunToMake<Scores>> runs) : runs_(std::move(runs)) {
    for (const auto& run : runs_) results_.push_back(finished_result_of<Scores>(run.planned));
  }

  std::vector<Result> results() const {
    std::vector<Result> all;
    for (const auto& result : results_) {
      if (result) all.push_back(*result);
    }
    return all;
  }

  /// Makes the runs that are missing, each with its share of the threads.
  /// \return the reasons of those that failed
  std::vector<std::string> make_missing(const ComparisonOrder<Scores>& order) {
    const auto done = static_cast<std::size_t>(std::count_if(
        results_.begin(), results_.end(), [](const auto& one) { return one.has_value(); }));
    const Shares shares = share_out(order.jobs, order.threads, runs_.size() - done);
    return make_all(jobs(order, shares.threads), shares.jobs, done, stderr,
                    [] { return vaecollapse::stop_signal() != 0; });
  }

  /// Of each method with several runs, if all are there, what these come to together.
  std::vector<Result> ensembles(const ComparisonOrder<Scores>& order) const {
    std::vector<Result> all;
    if (!order.score_ensemble) return all;
    for (const MethodMembers& one : by_method()) {
      if (one.runs.size() < 2 || vaecollapse::stop_signal() != 0) continue;
      all.push_back(ensemble_result<Scores>(order.out, one, order.threads, order.score_ensemble));
    }
    return all;
  }

  /// Of the results, those that another build has trained.
  std::size_t of_other_builds() const {
    std::size_t others = 0;
    for (std::size_t i = 0; i < runs_.size(); ++i) {
      others += results_[i] && results_[i]->program != runs_[i].planned.program ? 1U : 0U;
    }
    return others;
  }

 private:
  /// The methods of which all runs are there.
  std::vector<MethodMembers> by_method() const {
    std::vector<MethodMembers> all;
    for (std::size_t i = 0; i < runs_.size(); ++i) {
      const PlannedRun& run = runs_[i].planned;
      auto found = std::find_if(all.begin(), all.end(),
                                [&](const auto& one) { return one.method == run.method; });
      if (found == all.end()) found = all.insert(found, {.method = run.method});
      found->runs.push_back(run);
      found->is_whole = found->is_whole && results_[i].has_value();
      found->seconds += results_[i] ? results_[i]->seconds : 0;
    }
    std::erase_if(all, [](const auto& one) { return !one.is_whole; });
    return all;
  }

  /// A job for each run that is missing, which puts its result in its place.
  std::vector<Job> jobs(const ComparisonOrder<Scores>& order, std::uint64_t threads) {
    std::vector<Job> jobs;
    for (std::size_t i = 0; i < runs_.size(); ++i) {
      if (results_[i]) continue;
      const RunToMake<Scores>& run = runs_[i];
      auto& result = results_[i];
      jobs.push_back({run.planned.method + ", seed " + std::to_string(run.planned.seed),
                      [&, threads](vaecollapse::RunWatcher& watcher) -> std::optional<std::string> {
                        result = make_run(run, threads, watcher);
                        if (!result) return std::nullopt;
                        return order.line(*result);
                      }});
    }
    return jobs;
  }

  std::vector<RunToMake<Scores>> runs_;
  std::vector<std::optional<Result>> results_;
};

/// Makes what is missing, writes the tables of all, and says how it ended.
/// \return the program's exit status \throws Error if a run failed
template <RunScores Scores>
int compare(std::vector<RunToMake<Scores>> planned, const ComparisonOrder<Scores>& order) {
  const std::size_t count = planned.size();
  ComparisonRuns<Scores> runs(std::move(planned));
  const vaecollapse::StopOnSignals stopping;
  const std::vector<std::string> failures = runs.make_missing(order);
  const std::vector<RunResult<Scores>> results = runs.results();
  if (!results.empty()) {
    write_comparison(order.out, comparison_of(order.measures, results, runs.ensembles(order)));
    note_other_builds(order.program, runs.of_other_builds(), results.size(), order.out);
  }
  if (const int signal = vaecollapse::stop_signal(); signal != 0) {
    note_stop(signal, results.size(), count);
    return vaecollapse::signal_exit_status(signal);
  }
  raise_if_any(failures, count);
  return 0;
}

}  // namespace kit
