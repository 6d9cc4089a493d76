// Ensembles of a comparison: of each method the runs of all seeds together.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include <vaecollapse/io/file.hpp>

#include "kit/compare/planned_run.hpp"
#include "kit/compare/run_result.hpp"

namespace kit {

/// The runs of a method.
struct MethodMembers {
  std::string method;
  std::vector<PlannedRun> runs{};
  double seconds = 0;    ///< of all of them
  bool is_whole = true;  ///< each has its result
};

/// Scores the weights in some runs' folders as one ensemble.
template <RunScores Scores>
using ScoreEnsemble =
    std::function<Scores(const std::vector<std::filesystem::path>& folders, std::uint64_t threads)>;

/// `mdr, ensemble of 3`.
std::string ensemble_name(std::string_view method, std::size_t members);

/// Where the scores of an ensemble are kept; its name has a hash of the members and of what decides
/// scores.
std::filesystem::path ensemble_file(const std::filesystem::path& out, std::string_view method,
                                    const std::vector<PlannedRun>& members);

/// What an ensemble comes to; it is scored unless it was before. \throws InputError for a damaged
/// file
template <RunScores Scores>
RunResult<Scores> ensemble_result(const std::filesystem::path& out, const MethodMembers& members,
                                  std::uint64_t threads, const ScoreEnsemble<Scores>& score) {
  const std::filesystem::path file = ensemble_file(out, members.method, members.runs);
  std::error_code unknown;
  if (std::filesystem::exists(file, unknown)) {
    return read_result<Scores>(file.string(), vaecollapse::read_text_file(file));
  }
  std::vector<std::filesystem::path> folders;
  for (const PlannedRun& run : members.runs) folders.push_back(run.folder);
  const RunResult<Scores> result{.method = ensemble_name(members.method, folders.size()),
                                 .scoring = members.runs.front().scoring,
                                 .program = members.runs.front().program,
                                 .scores = score(folders, threads),
                                 .seconds = members.seconds};
  std::filesystem::create_directories(file.parent_path());
  vaecollapse::write_file(file, to_json(result));
  return result;
}

}  // namespace kit
