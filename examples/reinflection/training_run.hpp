// One training run as it was asked for: settings, and the policies that they name.
#pragma once

#include <string_view>

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

/// In place of an objective that nobody has given, until it is known what the latents are. No
/// option can be it, and no file has it: what a run's files say is what it trains with.
inline constexpr std::string_view objective_by_latents("\0", 1);

/// The settings with the default in place of `objective_by_latents`.
Settings with_objective(Settings settings);

/// Keeps the mistake of each expression of the settings, with the option that it stands in, and
/// what does not go with the latents that were asked for.
void check_expressions(const Settings& settings, kit::Mistakes& mistakes);

/// Reads the expressions of the settings, and writes them out in full, so that config.json means
/// the same when a default has changed. \throws Error that names the options with a mistake
TrainingRun prepare(Settings settings);

}  // namespace reinflection
