// The tracks of SIGMORPHON 2016: what a run trains on beside the rows of its own task.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

#include "settings.hpp"

namespace reinflection {

/// Rows of its own task, and what is made of them; rows of the other tasks too; words too.
enum class Track { restricted, standard, bonus };

inline Track track_of(const Settings& settings) {
  if (!settings.words.empty()) return Track::bonus;
  return settings.also.empty() ? Track::restricted : Track::standard;
}

inline std::string_view name_of(Track track) {
  constexpr std::array<std::string_view, 3> names{"restricted", "standard", "bonus"};
  return names[static_cast<std::size_t>(track)];
}

}  // namespace reinflection
