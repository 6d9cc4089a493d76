// What a run of a comparison came to, by the weights that its training kept. It stands in
// `result.json` in the run's folder. What is measured, the program says.
#pragma once

#include <concepts>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include <vaecollapse/io/file.hpp>
#include <vaecollapse/metrics/verdict.hpp>

#include "kit/compare/planned_run.hpp"
#include "kit/compare/table.hpp"

namespace kit {

/// What a program measures of a run. The readers throw `nlohmann::json::exception` for what is not
/// there; `read_rows` is false for rows that do not go together.
template <class T>
concept RunScores = std::default_initializable<T> &&
    requires(T& scores, const T& kept, nlohmann::ordered_json& object,
             const nlohmann::ordered_json& given) {
  kept.write_figures(object);  // of the whole run
  kept.write_rows(object);     // a value for each row
  scores.read_figures(given);
  { scores.read_rows(given) } -> std::same_as<bool>;
  { kept.verdict() } -> std::same_as<vaecollapse::Verdict>;
  // In the order of the program's measures.
  { kept.values() } -> std::same_as<std::vector<std::vector<double>>>;
};

template <RunScores Scores>
struct RunResult {
  std::string method;
  std::string scoring;  ///< a hash of what decides the scores of given weights
  std::string program;  ///< a hash of the executable that trained it
  std::uint64_t seed = 0;
  Scores scores{};
  double seconds = 0;  ///< of training and scoring

  vaecollapse::Verdict verdict() const { return scores.verdict(); }
  /// Whether the decoder does without z: what `diagnose` says of the same weights and rows.
  bool has_collapsed() const { return verdict().has_collapsed(); }
};

/// \throws InputError
[[noreturn]] void refuse_result(std::string_view file);

template <class Scores>
std::string to_json(const RunResult<Scores>& result) {
  nlohmann::ordered_json object{{"method", result.method},
                                {"scoring", result.scoring},
                                {"program", result.program},
                                {"seed", result.seed}};
  result.scores.write_figures(object);
  object["seconds"] = result.seconds;
  nlohmann::ordered_json rows = nlohmann::ordered_json::object();
  result.scores.write_rows(rows);
  object["rows"] = std::move(rows);
  return object.dump() + "\n";
}

/// `file` names the source in errors. \throws InputError for what `to_json` does not write
template <RunScores Scores>
RunResult<Scores> read_result(std::string_view file, std::string_view json) {
  RunResult<Scores> result;
  bool is_whole = false;
  try {
    const auto object = nlohmann::ordered_json::parse(json);
    object.at("method").get_to(result.method);
    object.at("scoring").get_to(result.scoring);
    result.program = object.value("program", "");  // older runs do not say it
    object.at("seed").get_to(result.seed);
    result.scores.read_figures(object);
    object.at("seconds").get_to(result.seconds);
    is_whole = result.scores.read_rows(object.at("rows"));
  } catch (const nlohmann::ordered_json::exception&) {
    refuse_result(file);
  }
  if (!is_whole) refuse_result(file);
  return result;
}

/// What the run came to, if it was trained before. \throws InputError for a damaged file
template <RunScores Scores>
std::optional<RunResult<Scores>> result_of(const PlannedRun& run) {
  std::error_code unknown;
  if (!std::filesystem::exists(run.result_file(), unknown)) return std::nullopt;
  const std::string file = run.result_file().string();
  return read_result<Scores>(file, vaecollapse::read_text_file(file));
}

/// The same, if it was also scored as it would be now.
template <RunScores Scores>
std::optional<RunResult<Scores>> finished_result_of(const PlannedRun& run) {
  std::optional<RunResult<Scores>> result = result_of<Scores>(run);
  if (result && result->scoring != run.scoring) result.reset();
  return result;
}

/// \param ensembles rows of the tables beside the runs \pre all results are of the same rows
template <class Scores>
Comparison comparison_of(std::vector<Measure> measures,
                         const std::vector<RunResult<Scores>>& results,
                         const std::vector<RunResult<Scores>>& ensembles = {}) {
  const auto compared = [](const std::vector<RunResult<Scores>>& some) {
    std::vector<ComparedRun> runs;
    for (const RunResult<Scores>& run : some) {
      runs.push_back({run.method, run.seed, run.scores.values(), run.seconds, run.has_collapsed()});
      if constexpr (requires { run.scores.verdict_name(); }) {
        runs.back().verdict = run.scores.verdict_name();
      }
    }
    return runs;
  };
  return {std::move(measures), compared(results), compared(ensembles)};
}

}  // namespace kit
