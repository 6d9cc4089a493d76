#include "latents.hpp"

#include <algorithm>
#include <array>
#include <optional>

#include <vaecollapse/core/check.hpp>
#include <vaecollapse/io/safetensors.hpp>
#include <vaecollapse/runs/run_folder.hpp>

#include "compat.hpp"
#include "kit/numbers.hpp"
#include "model_file.hpp"

namespace reinflection {

namespace {

/// A setting that a sequence of latents leaves as it is, and why.
struct Fixed {
  std::string_view setting, why;
};
constexpr std::array<Fixed, 9> fixed_with_places{
    {{"attention", "its decoder attends to the places, and reads the plain sum of the tags"},
     {"decoder", "its decoder reads the symbols before"},
     {"encoder_state_bypass", "nothing but its places and its z leads to the decoder"},
     {"posterior", "each of its places has a Gaussian"},
     {"prior", "the prior of each of its places is N(0, I)"},
     {"head_transform", "a transform is for the head of one z"},
     {"heads", "its heads are linear"},
     {"z_in_training", "what its decoder reads is always sampled"},
     {"decoder_hears", "its decoder reads the right symbols in training"}}};

bool is_usual(const Settings& settings, const Setting& row) {
  return show(settings, row) == show(Settings(), row);
}

/// The option as it may have been given.
std::string as_given(const Settings& settings, std::string_view name) {
  const Setting& row = *setting_table.find(name);
  return option_name(row) + (row.is_flag() ? "" : " " + show(settings, row));
}

bool is_given_objective(const Settings& settings) { return settings.objective != text_by_latents; }

bool names(const std::string& objective, std::string_view policy) {
  return objective.find(policy) != std::string::npos;
}

/// The option that places would refuse; empty: there is none.
std::string only_with_one_z(const Settings& settings) {
  if (!compat_settings(settings.compat).empty()) return as_given(settings, "compat");
  for (const Fixed& fixed : fixed_with_places) {
    const Setting& row = *setting_table.find(fixed.setting);
    if (!is_usual(settings, row)) return as_given(settings, fixed.setting);
  }
  if (kit::has_word(settings.z_into, "output")) return as_given(settings, "z_into");
  if (static_cast<double>(settings.latent) > most_per_place) return as_given(settings, "latent");
  if (is_given_objective(settings) && names(settings.objective, "bag_of_characters")) {
    return as_given(settings, "objective");
  }
  return "";
}

/// The `latent_per_place` of a run or model file; nothing for what does not say it, which is
/// refused, or not, where its weights are read.
std::optional<std::uint64_t> per_place_of_model(const std::string& path) {
  if (path.empty()) return std::nullopt;
  try {
    const std::string file = vaecollapse::find_model(path).string();
    return from_metadata(file, vaecollapse::read_safetensors(file).metadata)
        .settings.latent_per_place;
  } catch (const vaecollapse::Error&) {
    return std::nullopt;
  }
}

struct Chosen {
  std::uint64_t per_place;
  std::string why_one_z{};
};

/// What the other settings ask for.
Chosen choose_latents(const Settings& settings) {
  const std::string places = "--latent-per-place " + std::to_string(usual_per_place);
  if (const std::string option = only_with_one_z(settings); !option.empty()) {
    return {0, "one z for the whole word, because of " + option +
                   "; without it there is a latent for each place of the source"};
  }
  const bool is_of_places = is_given_objective(settings) && names(settings.objective, "places");
  const std::optional<std::uint64_t> begun = per_place_of_model(settings.init_from);
  if (begun == std::uint64_t{0} && !is_of_places) {
    return {0, "one z for the whole word, as the model of --init-from " + settings.init_from +
                   " has it; " + places + " gives a latent for each place of the source"};
  }
  if (begun.value_or(0) > 0) return {*begun};
  if (!is_given_objective(settings) || is_of_places) return {usual_per_place};
  return {0, "one z for the whole word, because of " + as_given(settings, "objective") + "; " +
                 places + " gives a latent for each place of the source"};
}

void check_places(const Settings& settings, kit::Mistakes& mistakes) {
  for (const auto& [name, why] : fixed_with_places) {
    const Setting& row = *setting_table.find(name);
    if (is_usual(settings, row)) continue;
    const std::string usual = show(Settings(), row);
    mistakes.add(option_name(row) + ": found " + (row.is_flag() ? "it" : show(settings, row)) +
                 " with --latent-per-place, expected " + (row.is_flag() ? "it without" : usual) +
                 ": " + std::string(why));
  }
  if (kit::has_word(settings.z_into, "output")) {
    mistakes.add("--z-into: found " + settings.z_into +
                 " with --latent-per-place, expected h0, inputs or both: the mean over the places "
                 "enters there, and the places that are attended to the output");
  }
  if (static_cast<double>(settings.latent) > most_per_place) {
    mistakes.add("--latent: found " + std::to_string(settings.latent) +
                 " with --latent-per-place, expected " + kit::show_number(most_per_place) +
                 " at most");
  }
}

}  // namespace

Settings settings_by_latents() {
  Settings settings;
  settings.objective = text_by_latents;
  settings.copies = text_by_latents;
  settings.implied = text_by_latents;
  settings.optimiser = text_by_latents;
  settings.latent_per_place = latents_by_others;
  settings.ema = ema_by_latents;
  return settings;
}

Settings settings_of_usual_run() {
  Settings settings = with_latents(settings_by_latents());
  settle_copies(settings, usual_random_strings);
  return settings;
}

Settings with_latents(Settings settings) {
  if (settings.latent_per_place == latents_by_others) {
    settings.latent_per_place = choose_latents(settings).per_place;
  }
  if (settings.ema == ema_by_latents) settings.ema = settings.has_places() ? 0.999 : Settings().ema;
  if (settings.implied == text_by_latents) {
    settings.implied = settings.has_places() ? "words" : Settings().implied;
  }
  if (settings.optimiser == text_by_latents) {
    settings.optimiser =
        settings.has_places() ? "adamw(decay=0.1,of=matrices)" : Settings().optimiser;
  }
  if (settings.objective == text_by_latents) {
    settings.objective = !settings.has_places() ? Settings().objective
                         : settings.latent == 0 ? "places(rate=11)"
                                                : "places(rate=11,global=50)";
  }
  return settings;
}

void settle_copies(Settings& settings, std::uint64_t rows) {
  if (settings.copies != text_by_latents) return;
  settings.copies = Settings().copies;
  const std::uint64_t random = std::min(rows, usual_random_strings);
  if (settings.has_places()) settings.copies += ",random:" + std::to_string(random);
}

std::string note_of_one_z(const Settings& settings) {
  if (settings.latent_per_place != latents_by_others) return "";
  return choose_latents(settings).why_one_z;
}

void check_latents(const Settings& settings, kit::Mistakes& mistakes) {
  if (settings.has_places()) return check_places(settings, mistakes);
  if (settings.latent == 0) {
    mistakes.add(
        "--latent: found 0 without --latent-per-place, expected 1 at least, or a "
        "--latent-per-place: the decoder would know nothing of the source");
  }
  if (settings.slots > 0) {
    mistakes.add("--slots: found " + std::to_string(settings.slots) +
                 " without --latent-per-place, expected the dimensions of each beside it, such as "
                 "--latent-per-place 48");
  }
}

}  // namespace reinflection
