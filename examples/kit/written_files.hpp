// The files that a command writes where its user says.
#pragma once

#include <filesystem>

namespace kit {

/// \throws InputError for a file that is there, unless it may be replaced
void refuse_to_replace(const std::filesystem::path& file, bool overwrite);

}  // namespace kit
