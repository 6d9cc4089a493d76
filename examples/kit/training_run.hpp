// One training run as it was asked for: settings, and the policies that they name. Settings are a
// program's own; the policies stand in its members `objective`, `dropout`, `optimiser`,
// `criterion`, `posterior`, `prior` and `head_transform`.
#pragma once

#include <functional>
#include <string>
#include <utility>

#include "kit/choices.hpp"
#include "kit/criterion.hpp"
#include "kit/expression.hpp"
#include "kit/head_transforms.hpp"
#include "kit/mistakes.hpp"
#include "kit/policies.hpp"
#include "kit/posteriors.hpp"

namespace kit {

template <class Settings>
struct TrainingRun {
  Settings settings;
  ObjectiveChoice objective;
  DropoutChoice dropout;
  OptimiserChoice optimiser;
  CriterionChoice criterion;
};

/// What a program says of policies that it can read, to the mistakes.
struct PolicyChecks {
  std::function<void(const ObjectiveChoice&)> objective;
  std::function<void(const PosteriorChoice&)> posterior;
};

/// Keeps the mistake of each expression of the settings, with the option that it stands in.
template <class Settings>
void check_policies(const Settings& settings, const PolicyChecks& checks, Mistakes& mistakes) {
  const auto check_objective = [&](const std::string& text) {
    checks.objective(parse_objective(text));
  };
  const auto check_posterior = [&](const std::string& text) {
    checks.posterior(parse_posterior(text));
  };
  check_expression("--objective", settings.objective, check_objective, mistakes);
  check_expression("--dropout", settings.dropout, parse_dropout, mistakes);
  check_expression("--posterior", settings.posterior, check_posterior, mistakes);
  check_expression("--prior", settings.prior, parse_prior, mistakes);
  check_expression("--head-transform", settings.head_transform, parse_head_transform, mistakes);
  check_expression("--optimiser", settings.optimiser, parse_optimiser, mistakes);
  check_expression("--criterion", settings.criterion, parse_criterion, mistakes);
}

/// Reads the expressions of the settings, and writes them out in full, so that config.json means
/// the same when a default has changed. \throws ExpressionError
template <class Settings>
TrainingRun<Settings> read_policies(Settings settings) {
  ObjectiveChoice objective = parse_objective(settings.objective);
  DropoutChoice dropout = parse_dropout(settings.dropout);
  OptimiserChoice optimiser = parse_optimiser(settings.optimiser);
  CriterionChoice criterion = parse_criterion(settings.criterion);
  settings.objective = objective.text;
  settings.dropout = dropout.text;
  settings.optimiser = optimiser.text;
  settings.criterion = criterion.text;
  settings.posterior = parse_posterior(settings.posterior).text;
  settings.prior = parse_prior(settings.prior).text;
  settings.head_transform = parse_head_transform(settings.head_transform).text;
  return {std::move(settings), std::move(objective), std::move(dropout), std::move(optimiser),
          std::move(criterion)};
}

}  // namespace kit
