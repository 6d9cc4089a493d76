// Splitting texts into parts, and numbers as text.
#pragma once

#include <cstddef>
#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

#include <vaecollapse/config.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

/// The parts of `text` between `separator`s; always one at least.
inline std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  std::size_t begin = 0;
  for (std::size_t i = 0; i <= text.size(); ++i) {
    if (i < text.size() && text[i] != separator) continue;
    parts.push_back(text.substr(begin, i - begin));
    begin = i + 1;
  }
  return parts;
}

/// `a word`, `an image`: by the first letter.
inline std::string with_article(std::string_view noun) {
  const bool is_vowel = !noun.empty() && std::string_view("aeiou").find(noun[0]) != noun.npos;
  return std::string(is_vowel ? "an " : "a ").append(noun);
}

/// One line of text as `printf` would write it, cut off at 255 bytes.
template <class... Values>
std::string formatted(const char* pattern, Values... values) {
  char text[256] = "";
  std::snprintf(text, sizeof text, pattern, values...);
  return text;
}

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
