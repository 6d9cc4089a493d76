// Where a run of a comparison goes: into a folder whose name ends in a hash of all that decides the
// weights. So a run that is done is known again, and one with other settings is another run.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include <vaecollapse/core/hash.hpp>

namespace kit {

/// Hashes of what the runs work on, and of what makes them. Another program may train otherwise,
/// or may not: so its hash is no part of a run's name, but is kept and compared.
struct DataHashes {
  using AddTo = std::function<void(vaecollapse::Hash&)>;

  /// \param add_rows adds the rows that runs are trained with \param add_scoring adds what decides
  /// the scores of given weights
  DataHashes(const AddTo& add_rows, const AddTo& add_scoring);

  std::uint64_t rows;
  std::string scoring;
  std::string program;  ///< the executable that runs; empty where the system does not show it
};

/// A run to make, or one that is made.
struct PlannedRun {
  std::string method;
  std::uint64_t seed = 0;
  std::filesystem::path folder;
  std::string scoring, program;

  std::filesystem::path result_file() const { return folder / "result.json"; }
};

/// Names the run's folder in `out`. \param settings in JSON, those that decide the weights
PlannedRun plan_run(const std::filesystem::path& out, std::string_view method, std::uint64_t seed,
                    std::string_view settings, const DataHashes& hashes);

/// Methods x seeds. Seed by seed, so that a first comparison of all methods is there early.
/// \param plan of a method with the `i`-th of the seeds
template <class Plan>
auto plan_all(const std::vector<std::string>& methods, std::uint64_t seeds, const Plan& plan) {
  std::vector<decltype(plan(methods.front(), seeds))> runs;
  for (std::uint64_t i = 0; i < seeds; ++i) {
    for (const std::string& method : methods) runs.push_back(plan(method, i));
  }
  return runs;
}

}  // namespace kit
