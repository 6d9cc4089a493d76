// The command that trains a model again.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "settings.hpp"

namespace reinflection {

/// `reinflect train ...`: the latents, and the settings that are not the defaults beside them.
/// \param steps of the whole run, on which the default warm-up depends; empty: many
std::string train_command_line(Settings settings, const std::filesystem::path& folder,
                               std::optional<std::uint64_t> steps = std::nullopt);

}  // namespace reinflection
