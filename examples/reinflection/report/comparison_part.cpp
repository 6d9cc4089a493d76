#include "report/comparison_part.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include <vaecollapse/core/check.hpp>
#include <vaecollapse/io/file.hpp>

#include "compare/run.hpp"
#include "compare/table.hpp"
#include "report/epochs.hpp"
#include "report/sentence.hpp"

namespace reinflection {

namespace {

using Json = nlohmann::ordered_json;
using vaecollapse::InputError;
using vaecollapse::raise;
namespace fs = std::filesystem;

struct FoundRun {
  fs::path folder;
  RunResult result;
};

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::size_t begin = 0;
  for (std::size_t end; (end = text.find('\n', begin)) != std::string::npos; begin = end + 1) {
    lines.push_back(text.substr(begin, end - begin));
  }
  return lines;
}

/// All finished runs by their lines of compare.csv, older ones with other settings among them.
std::map<std::string, FoundRun> finished_runs(const fs::path& folder) {
  std::map<std::string, FoundRun> found;
  std::error_code failure;
  for (fs::directory_iterator entry(folder / "runs", failure), end; !failure && entry != end;
       entry.increment(failure)) {
    const fs::path file = entry->path() / "result.json";
    if (std::error_code unknown; !fs::exists(file, unknown)) continue;
    RunResult result = read_result(file.string(), vaecollapse::read_text_file(file));
    const std::string line = lines_of(comparison_csv({result})).back();
    found.insert_or_assign(line, FoundRun{entry->path(), std::move(result)});
  }
  return found;
}

/// The runs of compare.csv, in its order.
std::vector<FoundRun> runs_of(const fs::path& folder) {
  std::map<std::string, FoundRun> finished = finished_runs(folder);
  const fs::path table = folder / "compare.csv";
  const std::vector<std::string> lines = lines_of(vaecollapse::read_text_file(table));
  std::vector<FoundRun> runs;
  for (std::size_t i = 1; i < lines.size(); ++i) {
    const auto run = finished.find(lines[i]);
    if (run == finished.end()) {
      raise(InputError(table.string(), static_cast<long>(i) + 1,
                       "a run that is not in " + (folder / "runs").string(),
                       "a table that this version of reinflect compare wrote"));
    }
    runs.push_back(std::move(run->second));
    finished.erase(run);
  }
  if (runs.empty()) raise(InputError(table.string(), 0, "no runs", "a row for each run"));
  return runs;
}

}  // namespace

bool is_comparison(const fs::path& folder) {
  std::error_code unknown;
  return fs::exists(folder / "compare.csv", unknown);
}

Json comparison_part(const fs::path& folder) {
  const std::vector<FoundRun> runs = runs_of(folder);
  std::vector<RunResult> results;
  Json of_runs = Json::array();
  for (const auto& [run_folder, result] : runs) {
    results.push_back(result);
    of_runs.push_back({{"method", result.method},
                       {"seed", result.seed},
                       {"folder", run_folder.string()},
                       {"rate", mean(result.rows.rate)},
                       {"nll", mean(result.rows.nll)},
                       {"accuracy", mean(result.rows.right)},
                       {"collapsed", result.has_collapsed()},
                       {"epochs", read_epochs(run_folder).epochs}});
  }
  std::vector<std::vector<std::string>> cells = comparison_cells(results);
  Json columns = std::move(cells.front());
  cells.erase(cells.begin());
  return {{"folder", folder.string()},
          {"sentence", sentence_of(results)},
          {"columns", std::move(columns)},
          {"rows", std::move(cells)},
          {"results", std::move(of_runs)}};
}

}  // namespace reinflection
