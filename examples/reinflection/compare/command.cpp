#include "compare/command.hpp"

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <limits>
#include <optional>
#include <thread>
#include <utility>

#include <vaecollapse/core/check.hpp>
#include <vaecollapse/io/file.hpp>

#include "compare/methods.hpp"
#include "compare/progress.hpp"
#include "compare/run.hpp"
#include "compare/table.hpp"
#include "kit/counted.hpp"
#include "kit/standard_output.hpp"
#include "latent_space.hpp"
#include "stop_signals.hpp"
#include "training_notes.hpp"

namespace reinflection {

namespace {

using vaecollapse::Error;
using vaecollapse::raise;

/// Seed by seed, so that a first comparison of all methods is there early.
std::vector<PlannedRun> plan_all(const CompareArguments& arguments, const Settings& base,
                                 const ComparisonData& data, const DataHashes& hashes) {
  const std::vector<std::string> methods = read_methods(arguments.methods);
  const MethodNumbers numbers{.rate = arguments.rate,
                              .steps = planned_steps(base, data.rows.train.size())};
  std::vector<PlannedRun> runs;
  for (std::uint64_t i = 0; i < arguments.seeds; ++i) {
    for (const std::string& method : methods) {
      Settings settings = settings_of(method, base, numbers);
      settings.seed += i;
      settle_warmup(settings, data.rows.train.size());
      runs.push_back(plan(base.out, method, std::move(settings), hashes));
    }
  }
  return runs;
}

std::uint64_t cores() { return std::max(1U, std::thread::hardware_concurrency()); }

/// Makes the runs that are not done, some at once, each with its share of the threads.
class Workshop {
 public:
  Workshop(std::vector<PlannedRun>& runs, const ComparisonData& data)
      : runs_(runs), data_(data), results_(runs.size()) {
    for (std::size_t i = 0; i < runs.size(); ++i) {
      results_[i] = runs[i].finished();
      if (!results_[i]) missing_.push_back(i);
    }
    failures_.resize(missing_.size());
  }

  void work(std::uint64_t jobs, std::uint64_t threads) {
    if (missing_.empty()) return;
    jobs = std::clamp<std::uint64_t>(jobs, 1, missing_.size());
    for (PlannedRun& run : runs_) {
      run.run.settings.threads = std::max<std::uint64_t>(1, threads / jobs);
    }
    ComparisonProgress progress(stderr, runs_.size(), runs_.size() - missing_.size());
    std::vector<std::thread> workers;
    for (std::uint64_t i = 0; i < jobs; ++i) {
      workers.emplace_back([&] { take_runs(progress); });
    }
    for (std::thread& worker : workers) worker.join();
  }

  std::vector<RunResult> results() const {
    std::vector<RunResult> all;
    for (const auto& result : results_) {
      if (result) all.push_back(*result);
    }
    return all;
  }

  std::size_t missing() const { return missing_.size(); }

  /// The reasons of the runs that failed.
  std::vector<std::string> failures() const {
    std::vector<std::string> reasons;
    for (const std::string& reason : failures_) {
      if (!reason.empty()) reasons.push_back(reason);
    }
    return reasons;
  }

 private:
  void take_runs(ComparisonProgress& progress) {
    for (std::size_t i = next_++; i < missing_.size() && stop_signal() == 0; i = next_++) {
      make_one(i, progress);
    }
  }

  /// A run that fails does not take the others with it.
  void make_one(std::size_t i, ComparisonProgress& progress) {
    const PlannedRun& planned = runs_[missing_[i]];
    const std::string name = planned.method + ", seed " + std::to_string(planned.run.settings.seed);
    try {
      RunShare share(progress, i, name);
      auto& result = results_[missing_[i]];
      result = make(planned, data_, share);
      if (result) progress.on_finished(i, *result);
    } catch (const std::exception& error) {
      failures_[i] = name + ": " + error.what();
      progress.on_failed(i, name, error.what());
    }
  }

  std::vector<PlannedRun>& runs_;
  const ComparisonData& data_;
  std::vector<std::optional<RunResult>> results_;
  std::vector<std::size_t> missing_;
  std::vector<std::string> failures_;
  std::atomic<std::size_t> next_{0};
};

void write_tables(const std::filesystem::path& out, const std::vector<RunResult>& results) {
  vaecollapse::write_file(out / "compare.csv", comparison_csv(results));
  vaecollapse::write_file(out / "compare.md", comparison_markdown(results));
  kit::print(comparison_text(results));
  kit::print("written to " + (out / "compare.csv").string() + " and compare.md\n");
}

void note_other_builds(const std::vector<RunResult>& results, const DataHashes& hashes,
                       const std::filesystem::path& out) {
  const auto others = std::count_if(results.begin(), results.end(), [&](const RunResult& run) {
    return run.program != hashes.program;
  });
  if (others == 0) return;
  std::fprintf(stderr,
               "note: another build of reinflect trained %td of %s; a run without its folder in %s "
               "is trained "
               "anew\n",
               others, kit::counted(results.size(), "run").c_str(), (out / "runs").c_str());
}

ComparisonData load_data(const CompareArguments& arguments, const Settings& base) {
  check_inputs(
      {{"--train", base.train}, {"--dev", base.dev}, {"--latent-data", arguments.latent_data}});
  ComparisonData data{.rows = load_training_rows(base), .latent = {}};
  if (data.rows.dev.size() < 2) {
    raise(vaecollapse::InputError(shown_name(base.dev), 0, "a single row",
                                  "two at least, to permute z"));
  }
  if (!arguments.latent_data.empty()) {
    constexpr auto all = std::numeric_limits<std::size_t>::max();
    const auto vocabulary = vaecollapse::reinflection::vocabulary_of(data.rows.train);
    const auto features = vaecollapse::reinflection::Features::of(data.rows.train);
    data.latent = read_labelled_words(
        {arguments.latent_data, latent_reading_of(base, {}), Known{vocabulary, features}}, base.dev,
        data.rows.dev, all);
  }
  return data;
}

/// The settings of all runs; what does not fit is kept as mistakes.
Settings settings_of(const CompareArguments& arguments, kit::Mistakes& mistakes) {
  Settings usual = comparison_defaults();
  usual.warmup = warmup_by_steps;
  Settings base = settle("", arguments.settings, mistakes, std::move(usual));
  check_expressions(base, mistakes);
  mistakes.keep([&] { check_files(base); });
  mistakes.keep([&] { read_methods(arguments.methods); });
  if (base.out.empty()) mistakes.add("--out: found nothing, expected a folder");
  return base;
}

}  // namespace

Settings comparison_defaults() {
  Settings settings;
  settings.copies = 0;
  return settings;
}

bool is_shared(const Setting& setting) {
  return setting.name != "objective" && setting.name != "dropout" && setting.name != "compat" &&
         setting.name != "init_from";
}

void check(const CompareArguments& arguments, kit::Mistakes& mistakes) {
  settings_of(arguments, mistakes);
}

int compare_command(const CompareArguments& arguments) {
  kit::Mistakes mistakes;
  const Settings base = settings_of(arguments, mistakes);
  mistakes.raise_if_any();
  const ComparisonData data = load_data(arguments, base);
  const DataHashes hashes(data);
  std::vector<PlannedRun> runs = plan_all(arguments, base, data, hashes);
  Workshop workshop(runs, data);
  const StopOnSignals stopping;
  workshop.work(arguments.jobs == 0 ? cores() : arguments.jobs,
                base.threads == 0 ? cores() : base.threads);
  const std::vector<RunResult> results = workshop.results();
  if (!results.empty()) {
    write_tables(base.out, results);
    note_other_builds(results, hashes, base.out);
  }
  if (stop_signal() != 0) {
    std::fprintf(stderr, "stopped by %s with %zu of %s done; the same command goes on\n",
                 name_of(stop_signal()), results.size(), kit::counted(runs.size(), "run").c_str());
    return exit_status(stop_signal());
  }
  const std::vector<std::string> failures = workshop.failures();
  if (failures.empty()) return 0;
  raise(Error("compare: " + std::to_string(failures.size()) + " of " +
              kit::counted(runs.size(), "run") + " failed, the first was " + failures.front()));
}

}  // namespace reinflection
