#include "training_run.hpp"

#include <string>
#include <string_view>
#include <utility>

#include <vaecollapse/core/check.hpp>

#include "kit/expression.hpp"
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
  kit::check_policies(settings,
                      {.objective =
                           [&](const kit::ObjectiveChoice& objective) {
                             check_objective(objective, settings, mistakes);
                           },
                       .posterior =
                           [&](const kit::PosteriorChoice& posterior) {
                             if (settings.has_places() || settings.latent == 0) return;
                             check_posterior(posterior, settings, mistakes);
                           }},
                      mistakes);
  mistakes.keep([&] { row_format(settings); });
}

TrainingRun prepare(Settings settings) {
  settings = with_latents(std::move(settings));
  kit::Mistakes mistakes;
  check_expressions(settings, mistakes);
  mistakes.raise_if_any();
  return kit::read_policies(std::move(settings));
}

}  // namespace reinflection
