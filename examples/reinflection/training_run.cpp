#include "training_run.hpp"

#include <string>
#include <utility>

#include <vaecollapse/core/check.hpp>

namespace reinflection {

namespace {

/// Parses an expression, and says which option it stands in when it has a mistake.
template <class Parse>
auto parse_option(const char* option, const std::string& expression, Parse&& parse) {
  try {
    return parse(expression);
  } catch (const ExpressionError& error) {
    vaecollapse::raise(vaecollapse::Error(std::string(option) + ": " + error.what()));
  }
}

}  // namespace

TrainingRun prepare(Settings settings) {
  auto objective = parse_option("--objective", settings.objective, parse_objective);
  auto dropout = parse_option("--dropout", settings.dropout, parse_dropout);
  auto optimiser = parse_option("--optimiser", settings.optimiser, parse_optimiser);
  settings.objective = objective.text;
  settings.dropout = dropout.text;
  settings.optimiser = optimiser.text;
  settings.prior = parse_option("--prior", settings.prior, parse_prior).text;
  return {std::move(settings), std::move(objective), std::move(dropout), std::move(optimiser)};
}

}  // namespace reinflection
