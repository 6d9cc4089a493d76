#include "training_run.hpp"

#include <string>
#include <utility>

#include "row_format.hpp"

namespace reinflection {

void check_expressions(const Settings& settings, kit::Mistakes& mistakes) {
  const auto check = [&](const char* option, const std::string& expression, auto parse) {
    try {
      parse(expression);
    } catch (const kit::ExpressionError& error) {
      mistakes.add(std::string(option) + ": " + error.what());
    }
  };
  check("--objective", settings.objective, kit::parse_objective);
  check("--dropout", settings.dropout, kit::parse_dropout);
  check("--prior", settings.prior, kit::parse_prior);
  check("--optimiser", settings.optimiser, kit::parse_optimiser);
  mistakes.keep([&] { row_format(settings); });
}

TrainingRun prepare(Settings settings) {
  kit::Mistakes mistakes;
  check_expressions(settings, mistakes);
  mistakes.raise_if_any();
  auto objective = kit::parse_objective(settings.objective);
  auto dropout = kit::parse_dropout(settings.dropout);
  auto optimiser = kit::parse_optimiser(settings.optimiser);
  settings.objective = objective.text;
  settings.dropout = dropout.text;
  settings.optimiser = optimiser.text;
  settings.prior = kit::parse_prior(settings.prior).text;
  return {std::move(settings), std::move(objective), std::move(dropout), std::move(optimiser)};
}

}  // namespace reinflection
