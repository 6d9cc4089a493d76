#include "training_run.hpp"

#include <string>
#include <utility>

#include "kit/policies.hpp"
#include "row_format.hpp"

namespace reinflection {

void check_expressions(const Settings& settings, kit::Mistakes& mistakes) {
  kit::check_expression("--objective", settings.objective, kit::parse_objective, mistakes);
  kit::check_expression("--dropout", settings.dropout, kit::parse_dropout, mistakes);
  kit::check_expression("--prior", settings.prior, kit::parse_prior, mistakes);
  kit::check_expression("--optimiser", settings.optimiser, kit::parse_optimiser, mistakes);
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
