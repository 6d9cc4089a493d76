// Counts with their nouns, `1 row` and `2 rows`.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace kit {

/// `1 row has`, `2 rows have`.
inline std::string counted(std::uint64_t count, std::string_view one, std::string_view several) {
  return std::to_string(count) + " " + std::string(count == 1 ? one : several);
}

/// The same for a noun whose plural ends in s: `1 row`, `2 rows`.
inline std::string counted(std::uint64_t count, std::string_view noun) {
  return counted(count, noun, std::string(noun) + "s");
}

}  // namespace kit
