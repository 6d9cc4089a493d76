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
  settings.objective = settings.dropout = by_latent;
  return settings;
}

/// Puts the defaults in their places. Nothing holds a language model to a rate, and to drop what
/// it reads only costs it.
inline Settings with_defaults(Settings settings) {
  const Settings usual;
  const bool has_z = !settings.is_language_model();
  if (settings.objective == by_latent) settings.objective = has_z ? usual.objective : "elbo";
  if (settings.dropout == by_latent) settings.dropout = has_z ? usual.dropout : "none";
  return settings;
}

}  // namespace text_vae
