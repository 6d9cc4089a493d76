#include "kit/written_files.hpp"

#include <system_error>

#include <vaecollapse/core/check.hpp>

namespace kit {

void refuse_to_replace(const std::filesystem::path& file, bool overwrite) {
  std::error_code failure;
  if (overwrite || !std::filesystem::exists(file, failure)) return;
  vaecollapse::raise(
      vaecollapse::InputError(file.string(), 0, "a file", "none; --overwrite replaces it"));
}

}  // namespace kit
