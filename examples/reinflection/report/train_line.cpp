#include "report/train_line.hpp"

#include <utility>

#include <vaecollapse/optim/schedule.hpp>

#include "kit/shell.hpp"
#include "latents.hpp"

namespace reinflection {

namespace {

/// What a run with the latents of `settings` has where nothing is given. The latents themselves,
/// and copies that depend on the rows, are always to be given.
Settings defaults_beside(const Settings& settings) {
  Settings defaults = settings_by_latents();
  defaults.latent_per_place = settings.latent_per_place;
  defaults.latent = settings.latent;
  defaults = with_latents(std::move(defaults));
  if (!settings.has_places()) settle_copies(defaults, 0);
  defaults.latent_per_place = latents_by_others;
  defaults.latent = Settings().latent;
  return defaults;
}

}  // namespace

std::string train_command_line(Settings settings, const std::filesystem::path& folder,
                               std::optional<std::uint64_t> steps) {
  settings.out = folder.string();
  Settings defaults = defaults_beside(settings);
  if (steps) defaults.warmup = vaecollapse::default_warmup(*steps);
  return "reinflect train" + kit::given_options(setting_table, settings, defaults);
}

}  // namespace reinflection
