#include "training_run.hpp"

#include <string>
#include <string_view>
#include <utility>

#include <vaecollapse/core/check.hpp>

#include "kit/expression.hpp"
#include "kit/head_transforms.hpp"
#include "kit/policies.hpp"
#include "kit/posteriors.hpp"
#include "latents.hpp"
#include "row_format.hpp"

namespace reinflection {

namespace {

/// What the family cannot have: sizes, and what only a Gaussian has.
void check_posterior(const kit::PosteriorChoice& posterior, const Settings& settings,
                     kit::Mistakes& mistakes) {
  try {
    try_sizes(posterior.family, {1, static_cast<vaecollapse::Index>(settings.latent)});
  } catch (const vaecollapse::Error& error) {
    mistakes.add(std::string("--posterior, --latent: ") + error.what());
  }
  if (posterior.family.is_gaussian) return;
  for (const std::string_view name : {"prior", "head_transform", "heads"}) {
    const Setting& row = *setting_table.find(name);
    const std::string value = show(settings, row);
    if (value == show(Settings(), row)) continue;
    mistakes.add(option_name(row) + " " + value +
                 ": only a Gaussian posterior can have it, and --posterior is " + posterior.text);
  }
}

/// The bag of characters is told from one z, and the encoder of places has none.
void check_objective(const kit::ObjectiveChoice& objective, const Settings& settings,
                     kit::Mistakes& mistakes) {
  if (!settings.has_places() || !objective.bag) return;
  mistakes.add(
      "--objective: found bag_of_characters with --latent-per-place, expected an objective without "
      "it: it is told from one z");
}

}  // namespace

void check_expressions(const Settings& settings, kit::Mistakes& mistakes) {
  check_latents(settings, mistakes);
  const auto check_of_objective = [&](const std::string& objective) {
    check_objective(kit::parse_objective(objective), settings, mistakes);
  };
  kit::check_expression("--objective", settings.objective, check_of_objective, mistakes);
  kit::check_expression("--dropout", settings.dropout, kit::parse_dropout, mistakes);
  const auto check = [&](const std::string& posterior) {
    const kit::PosteriorChoice choice = kit::parse_posterior(posterior);
    if (!settings.has_places() && settings.latent > 0) {
      check_posterior(choice, settings, mistakes);
    }
  };
  kit::check_expression("--posterior", settings.posterior, check, mistakes);
  kit::check_expression("--prior", settings.prior, kit::parse_prior, mistakes);
  kit::check_expression("--head-transform", settings.head_transform, kit::parse_head_transform,
                        mistakes);
  kit::check_expression("--optimiser", settings.optimiser, kit::parse_optimiser, mistakes);
  kit::check_expression("--criterion", settings.criterion, kit::parse_criterion, mistakes);
  mistakes.keep([&] { row_format(settings); });
}

TrainingRun prepare(Settings settings) {
  settings = with_latents(std::move(settings));
  kit::Mistakes mistakes;
  check_expressions(settings, mistakes);
  mistakes.raise_if_any();
  auto objective = kit::parse_objective(settings.objective);
  auto dropout = kit::parse_dropout(settings.dropout);
  auto optimiser = kit::parse_optimiser(settings.optimiser);
  auto criterion = kit::parse_criterion(settings.criterion);
  settings.objective = objective.text;
  settings.dropout = dropout.text;
  settings.optimiser = optimiser.text;
  settings.criterion = criterion.text;
  settings.posterior = kit::parse_posterior(settings.posterior).text;
  settings.prior = kit::parse_prior(settings.prior).text;
  settings.head_transform = kit::parse_head_transform(settings.head_transform).text;
  return {std::move(settings), std::move(objective), std::move(dropout), std::move(optimiser),
          std::move(criterion)};
}

}  // namespace reinflection
