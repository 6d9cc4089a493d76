// One training run as it was asked for: settings, and the policies that they name.
#pragma once

#include "kit/choices.hpp"
#include "kit/criterion.hpp"
#include "kit/expression.hpp"
#include "kit/mistakes.hpp"
#include "settings.hpp"

namespace reinflection {

struct TrainingRun {
  Settings settings;
  kit::ObjectiveChoice objective;
  kit::DropoutChoice dropout;
  kit::OptimiserChoice optimiser;
  kit::CriterionChoice criterion;
};

/// Keeps the mistake of each expression of the settings, with the option that it stands in, and
/// what does not go with the latents. \pre `with_latents`
void check_expressions(const Settings& settings, kit::Mistakes& mistakes);

/// Settles the latents, reads the expressions of the settings, and writes them out in full, so that
/// config.json means the same when a default has changed. \throws Error that names the options with
/// a mistake
TrainingRun prepare(Settings settings);

}  // namespace reinflection
