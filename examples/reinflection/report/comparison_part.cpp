#include "report/comparison_part.hpp"

#include <string>
#include <vector>

#include <vaecollapse/core/text.hpp>
#include <vaecollapse/metrics/symbol_scores.hpp>

#include "compare/scores.hpp"
#include "kit/compare/table.hpp"
#include "kit/report/comparison_part.hpp"
#include "kit/report/sentence.hpp"

namespace reinflection {

namespace {

using Json = nlohmann::ordered_json;

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

Json comparison_part(const std::filesystem::path& folder) {
  return kit::comparison_part<Scores>(folder, {.program = "reinflect",
                                               .measures = measures(),
                                               .sentence = sentence_of,
                                               .figures = [](const RunResult& result) -> Json {
                                                 const vaecollapse::RowScores& rows =
                                                     result.scores.rows;
                                                 return {{"rate", kit::mean(rows.rate)},
                                                         {"nll", kit::mean(rows.nll)},
                                                         {"accuracy", kit::mean(rows.right)}};
                                               }});
}

}  // namespace reinflection
