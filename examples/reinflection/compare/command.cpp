#include "compare/command.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdio>
#include <filesystem>
#include <limits>
#include <optional>
#include <utility>

#include <vaecollapse/core/check.hpp>
#include <vaecollapse/io/file.hpp>
#include <vaecollapse/runs/run_watcher.hpp>
#include <vaecollapse/runs/stop_signals.hpp>

#include "compare/measures.hpp"
#include "compare/methods.hpp"
#include "compare/run.hpp"
#include "kit/compare/jobs.hpp"
#include "kit/counted.hpp"
#include "latent_space.hpp"
#include "training_notes.hpp"

namespace reinflection {

namespace {

using vaecollapse::raise;
using vaecollapse::stop_signal;

/// Seed by seed, so that a first comparison of all methods is there early.
std::vector<PlannedRun> plan_all(const CompareArguments& arguments, const Settings& base,
                                 const ComparisonData& data, const DataHashes& hashes) {
  const std::vector<std::string> names = kit::read_methods(methods(), arguments.methods);
  const kit::MethodNumbers numbers{.rate = arguments.rate,
                                   .steps = planned_steps(base, data.rows.train.size())};
  std::vector<PlannedRun> runs;
  for (std::uint64_t i = 0; i < arguments.seeds; ++i) {
    for (const std::string& method : names) {
      Settings settings = settings_of(method, base, numbers);
      settings.seed += i;
      settle_warmup(settings, data.rows.train.size());
      runs.push_back(plan(base.out, method, std::move(settings), hashes));
    }
  }
  return runs;
}

/// What the runs came to, those that were done before among them; none where one is missing.
using Results = std::vector<std::optional<RunResult>>;

Results finished_before(const std::vector<PlannedRun>& runs) {
  Results results;
  for (const PlannedRun& run : runs) results.push_back(run.finished());
  return results;
}

/// A job for each run that is missing, which puts its result in its place.
std::vector<kit::Job> jobs_for(const std::vector<PlannedRun>& runs, const ComparisonData& data,
                               Results& results) {
  std::vector<kit::Job> jobs;
  for (std::size_t i = 0; i < runs.size(); ++i) {
    if (results[i]) continue;
    const PlannedRun& planned = runs[i];
    auto& result = results[i];
    jobs.push_back({planned.method + ", seed " + std::to_string(planned.run.settings.seed),
                    [&planned, &data,
                     &result](vaecollapse::RunWatcher& watcher) -> std::optional<std::string> {
                      result = make(planned, data, watcher);
                      if (!result) return std::nullopt;
                      return result_line(*result);
                    }});
  }
  return jobs;
}

std::vector<RunResult> those_of(const Results& results) {
  std::vector<RunResult> all;
  for (const auto& result : results) {
    if (result) all.push_back(*result);
  }
  return all;
}

/// Makes the runs that are missing, each with its share of the threads.
/// \return the reasons of those that failed
std::vector<std::string> make_missing(std::vector<PlannedRun>& runs, const ComparisonData& data,
                                      const CompareArguments& arguments, std::uint64_t threads,
                                      Results& results) {
  const auto done = static_cast<std::size_t>(std::count_if(
      results.begin(), results.end(), [](const auto& one) { return one.has_value(); }));
  const kit::Shares shares = kit::share_out(arguments.jobs, threads, runs.size() - done);
  for (PlannedRun& run : runs) run.run.settings.threads = shares.threads;
  return kit::make_all(jobs_for(runs, data, results), shares.jobs, done, stderr,
                       [] { return stop_signal() != 0; });
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
  Settings base = setting_table.settle("", arguments.settings, mistakes, std::move(usual));
  check_expressions(base, mistakes);
  mistakes.keep([&] { check_files(base); });
  mistakes.keep([&] { kit::read_methods(methods(), arguments.methods); });
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
  Results made = finished_before(runs);
  const vaecollapse::StopOnSignals stopping;
  const std::vector<std::string> failures = make_missing(runs, data, arguments, base.threads, made);
  const std::vector<RunResult> results = those_of(made);
  if (!results.empty()) {
    kit::write_comparison(base.out, comparison_of(results));
    note_other_builds(results, hashes, base.out);
  }
  if (stop_signal() != 0) {
    std::fprintf(stderr, "stopped by %s with %zu of %s done; the same command goes on\n",
                 vaecollapse::signal_name(stop_signal()), results.size(),
                 kit::counted(runs.size(), "run").c_str());
    return vaecollapse::signal_exit_status(stop_signal());
  }
  kit::raise_if_any(failures, runs.size());
  return 0;
}

}  // namespace reinflection
