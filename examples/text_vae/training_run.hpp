// One training run as it was asked for: settings, and the policies that they name.
#pragma once

#include "kit/mistakes.hpp"
#include "kit/plateau.hpp"
#include "kit/training_run.hpp"
#include "text_vae/settings.hpp"

namespace text_vae {

using TrainingRun = kit::TrainingRun<Settings>;

/// Keeps the mistake of each expression of the settings, with the option that it stands in, and
/// what does not fit a VAE of sentences or a language model.
void check_settings(const Settings& settings, kit::Mistakes& mistakes);

/// Reads the expressions of the settings, and writes them out in full, so that config.json means
/// the same when a default has changed. \throws Error that names the options with a mistake
TrainingRun prepare(Settings settings);

}  // namespace text_vae
