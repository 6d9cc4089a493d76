// What a report says of a comparison, the folder that `compare` of a program filled.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include <vaecollapse/io/file.hpp>

#include "kit/compare/run_result.hpp"
#include "kit/compare/table.hpp"
#include "kit/report/epochs.hpp"
#include "kit/report/folders.hpp"

namespace kit {

/// What a program says of its comparisons.
template <RunScores Scores>
struct ComparisonOfReport {
  std::string_view program;
  std::vector<Measure> measures;
  std::function<std::string(const std::vector<RunResult<Scores>>&)> sentence;
  /// The figures of a run that the page shows, as an object.
  std::function<nlohmann::ordered_json(const RunResult<Scores>&)> figures;
};

/// An entry of `comparisons` in the data of a report; see page.hpp. The runs are those of
/// compare.csv. \throws InputError for a folder that has not all of them
template <RunScores Scores>
nlohmann::ordered_json comparison_part(const std::filesystem::path& folder,
                                       const ComparisonOfReport<Scores>& about) {
  using Json = nlohmann::ordered_json;
  const auto result_in = [](const std::filesystem::path& file) {
    return read_result<Scores>(file.string(), vaecollapse::read_text_file(file));
  };
  const auto line_of = [&](const std::filesystem::path& file) {
    std::string csv = comparison_csv(comparison_of<Scores>(about.measures, {result_in(file)}));
    csv.pop_back();
    return csv.substr(csv.rfind('\n') + 1);
  };
  std::vector<RunResult<Scores>> results;
  Json of_runs = Json::array();
  for (const auto& run_folder : compared_runs(folder, about.program, line_of)) {
    results.push_back(result_in(run_folder / "result.json"));
    const RunResult<Scores>& result = results.back();
    Json of_run{{"method", result.method}, {"seed", result.seed}, {"folder", run_folder.string()}};
    of_run.update(about.figures(result));
    of_run["collapsed"] = result.has_collapsed();
    of_run["epochs"] = read_epochs(run_folder).epochs;
    of_runs.push_back(std::move(of_run));
  }
  std::vector<std::vector<std::string>> cells =
      comparison_cells(comparison_of(about.measures, results));
  Json columns = std::move(cells.front());
  cells.erase(cells.begin());
  return {{"folder", folder.string()},
          {"sentence", about.sentence(results)},
          {"columns", std::move(columns)},
          {"rows", std::move(cells)},
          {"results", std::move(of_runs)}};
}

}  // namespace kit
