// Which kind of latents a training run has, one z for the whole word or one for each place, and the
// defaults that depend on it.
#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

#include "kit/mistakes.hpp"
#include "settings.hpp"

namespace reinflection {

/// In place of what nobody has given and depends on others, until these are known. No option can be
/// one of them, and no file has them: what a run's files say is what it trains with.
inline constexpr std::string_view text_by_latents("\0", 1);
inline constexpr std::uint64_t latents_by_others = std::numeric_limits<std::uint64_t>::max();
inline constexpr double ema_by_latents = -1;

/// Of each place, where there is nothing else to go by.
inline constexpr std::uint64_t usual_per_place = 48;
/// The random strings of an epoch beside places, and no more than the rows given.
inline constexpr std::uint64_t usual_random_strings = 4000;

/// What a new run begins with: `Settings()`, which is one z, with the above in place of what
/// depends on the latents.
Settings settings_by_latents();

/// What a run comes to for which nothing is given, on no fewer rows than `usual_random_strings`.
Settings settings_of_usual_run();

/// The settings with the number of latents, and what depends on it but for `copies`: a latent for
/// each place, unless one is given, the run begins with the weights of a model that has one z, or
/// something is asked for that goes with one z.
Settings with_latents(Settings settings);

/// Puts the default in place of copies that nobody has given. \param rows of `--train`
/// \pre `with_latents`
void settle_copies(Settings& settings, std::uint64_t rows);

/// Why a run has one z for which no `--latent-per-place` is given, and how to have places; empty
/// for any other run. \param settings before `with_latents`
std::string note_of_one_z(const Settings& settings);

/// Keeps what does not go with the latents. \pre `with_latents`
void check_latents(const Settings& settings, kit::Mistakes& mistakes);

}  // namespace reinflection
