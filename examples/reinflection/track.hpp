// The tracks of SIGMORPHON 2016: what a run trains on beside the rows of its own task.
#pragma once

#include <string_view>

#include "settings.hpp"

namespace reinflection {

/// restricted: rows of its own task, and what is made of them; standard: rows of the other tasks
/// too; bonus: words too.
inline std::string_view track_of(const Settings& settings) {
  if (!settings.words.empty()) return "bonus";
  return settings.also.empty() ? "restricted" : "standard";
}

}  // namespace reinflection
