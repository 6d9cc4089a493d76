#include "report/comparison_part.hpp"

#include <string>
#include <utility>
#include <vector>

#include <vaecollapse/core/text.hpp>
#include <vaecollapse/io/file.hpp>
#include <vaecollapse/metrics/symbol_scores.hpp>

#include "compare/scores.hpp"
#include "kit/compare/run_result.hpp"
#include "kit/report/epochs.hpp"
#include "kit/report/folders.hpp"
#include "kit/report/sentence.hpp"

namespace reinflection {

namespace {

using Json = nlohmann::ordered_json;
namespace fs = std::filesystem;

RunResult result_in(const fs::path& file) {
  return kit::read_result<Scores>(file.string(), vaecollapse::read_text_file(file));
}

/// The line of compare.csv that a run has.
std::string line_of(const fs::path& result) {
  std::string csv =
      kit::comparison_csv(kit::comparison_of<Scores>(measures(), {result_in(result)}));
  csv.pop_back();
  return csv.substr(csv.rfind('\n') + 1);
}

vaecollapse::SymbolScores scores_of(const RunResult& result) {
  return {.accuracy = kit::mean(result.scores.rows.right),
          .levenshtein = kit::mean(result.scores.rows.distance)};
}

}  // namespace

std::string sentence_of(const std::vector<RunResult>& results) {
  std::vector<kit::RunUse> uses;
  const RunResult* best = &results.front();
  for (const RunResult& result : results) {
    uses.push_back({result.method, result.has_collapsed()});
    if (vaecollapse::is_better(scores_of(result), scores_of(*best))) best = &result;
  }
  return kit::use_of_z(uses) +
         vaecollapse::formatted(
             "; the best run, %s, gets %.1f %% right, and %.1f %% with the z of other words.",
             best->method.c_str(), 100 * kit::mean(best->scores.rows.right),
             100 * kit::mean(best->scores.rows.right_permuted));
}

Json comparison_part(const fs::path& folder) {
  std::vector<RunResult> results;
  Json of_runs = Json::array();
  for (const fs::path& run_folder : kit::compared_runs(folder, "reinflect", line_of)) {
    results.push_back(result_in(run_folder / "result.json"));
    const RunResult& result = results.back();
    of_runs.push_back({{"method", result.method},
                       {"seed", result.seed},
                       {"folder", run_folder.string()},
                       {"rate", kit::mean(result.scores.rows.rate)},
                       {"nll", kit::mean(result.scores.rows.nll)},
                       {"accuracy", kit::mean(result.scores.rows.right)},
                       {"collapsed", result.has_collapsed()},
                       {"epochs", kit::read_epochs(run_folder).epochs}});
  }
  std::vector<std::vector<std::string>> cells =
      kit::comparison_cells(kit::comparison_of(measures(), results));
  Json columns = std::move(cells.front());
  cells.erase(cells.begin());
  return {{"folder", folder.string()},
          {"sentence", sentence_of(results)},
          {"columns", std::move(columns)},
          {"rows", std::move(cells)},
          {"results", std::move(of_runs)}};
}

}  // namespace reinflection
