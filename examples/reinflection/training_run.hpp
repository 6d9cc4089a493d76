// One training run as it was asked for: settings, and the policies that they name.
#pragma once

#include "choices.hpp"
#include "expression.hpp"
#include "settings.hpp"

namespace reinflection {

struct TrainingRun {
  Settings settings;
  ObjectiveChoice objective;
  DropoutChoice dropout;
  OptimiserChoice optimiser;
};

/// Reads the expressions of the settings, and writes them out in full, so that config.json means
/// the same when a default has changed. \throws Error that names the option with a mistake
TrainingRun prepare(Settings settings);

}  // namespace reinflection
