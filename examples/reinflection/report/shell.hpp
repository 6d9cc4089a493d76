// Commands as one would type them.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "settings.hpp"

namespace reinflection {

/// A word as a POSIX shell takes it: in quotation marks where it must be.
std::string shell_word(std::string_view text);

/// `reinflect train ...`: the settings that are not the defaults.
/// \param steps of the whole run, on which the default warm-up depends; empty: many
std::string train_command_line(Settings settings, const std::filesystem::path& folder,
                               std::optional<std::uint64_t> steps = std::nullopt);

}  // namespace reinflection
