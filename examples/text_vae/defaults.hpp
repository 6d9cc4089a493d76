// What a run trains with for which an option is not given, where that depends on whether there is
// a z.
#pragma once

#include <string_view>

#include "text_vae/settings.hpp"

namespace text_vae {

/// In place of what nobody has given and depends on --latent, until that is known. No option can
/// be it, and no file has it.
inline constexpr std::string_view by_latent("\0", 1);

/// What a new run begins with.
inline Settings settings_of_new_run() {
  Settings settings;
  settings.objective = by_latent;
  return settings;
}

/// Puts the defaults in their places. Nothing holds a language model to a rate.
inline Settings with_defaults(Settings settings) {
  if (settings.objective == by_latent) {
    settings.objective = settings.is_language_model() ? "elbo" : Settings().objective;
  }
  return settings;
}

}  // namespace text_vae
