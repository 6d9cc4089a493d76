#include "compare/measures.hpp"

#include <vaecollapse/core/text.hpp>

#include "kit/counted.hpp"
#include "kit/terminal.hpp"

namespace reinflection {

namespace {

using kit::Form;
using kit::Where;

std::vector<kit::Measure> measures() {
  const Form per_cent{.unit = 100, .digits = 1};
  return {
      {"accuracy %", "accuracy", per_cent, Where::everywhere, Where::everywhere},
      {"Levenshtein", "levenshtein", {.digits = 3}, Where::everywhere, Where::in_file},
      {"NLL, nats", "nll_nats", {}, Where::in_file, Where::nowhere},
      {"rate, nats", "rate_nats", {}, Where::everywhere, Where::nowhere},
      {"ELBO, nats", "elbo_nats", {}, Where::in_file, Where::in_file},
      {"active units", "active_units", {.digits = 1}, Where::in_file, Where::nowhere},
      {"accuracy %, z permuted", "accuracy_z_permuted", per_cent, Where::in_file, Where::nowhere},
      {"lemma purity", "lemma_purity", {.digits = 3}, Where::everywhere, Where::nowhere}};
}

/// In the order of the measures.
std::vector<std::vector<double>> values_of(const RunResult& run) {
  std::vector<double> purity;
  if (run.lemma_purity) purity.push_back(*run.lemma_purity);
  return {run.rows.right,     run.rows.distance,       run.rows.nll, run.rows.rate, run.rows.elbo(),
          {run.active_units}, run.rows.right_permuted, purity};
}

}  // namespace

std::string result_line(const RunResult& result) {
  return result.method +
         vaecollapse::formatted(", seed %llu", static_cast<unsigned long long>(result.seed)) +
         vaecollapse::formatted(": accuracy %.2f %%, Levenshtein %.3f, NLL %.3f, rate %.2f, ",
                                100 * kit::mean(result.rows.right), kit::mean(result.rows.distance),
                                kit::mean(result.rows.nll), kit::mean(result.rows.rate)) +
         kit::counted(static_cast<std::uint64_t>(result.active_units), "active unit") +
         (result.has_collapsed() ? ", COLLAPSED" : "") + ", in " +
         kit::show_duration(result.seconds);
}

kit::Comparison comparison_of(const std::vector<RunResult>& results) {
  kit::Comparison comparison{measures(), {}};
  for (const RunResult& run : results) {
    comparison.runs.push_back(
        {run.method, run.seed, values_of(run), run.seconds, run.has_collapsed()});
  }
  return comparison;
}

}  // namespace reinflection
