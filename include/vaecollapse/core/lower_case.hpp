// Small letters of capital ones, without a locale.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include <vaecollapse/core/utf8.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

namespace detail {

/// Latin letters beyond ASCII.
constexpr char32_t lower_latin(char32_t letter) {
  const bool even = letter % 2 == 0;
  if (letter <= 0xDE) return letter >= 0xC0 && letter != 0xD7 ? letter + 0x20 : letter;
  if (letter < 0x100) return letter;
  if (letter == 0x130) return U'i';
  if (letter == 0x178) return 0xFF;
  if (letter <= 0x137 || (letter >= 0x14A && letter <= 0x177)) return even ? letter + 1 : letter;
  if (letter >= 0x1E00) {
    if (letter == 0x1E9E) return 0xDF;
    return even && (letter <= 0x1E95 || letter >= 0x1EA0) ? letter + 1 : letter;
  }
  const bool odd_is_capital =
      (letter >= 0x139 && letter <= 0x148) || (letter >= 0x179 && letter <= 0x17E);
  return odd_is_capital && !even ? letter + 1 : letter;
}

constexpr char32_t lower_greek(char32_t letter) {
  if (letter >= 0x391 && letter <= 0x3AB && letter != 0x3A2) return letter + 0x20;
  if (letter == 0x386) return 0x3AC;
  if (letter >= 0x388 && letter <= 0x38A) return letter + 0x25;
  if (letter == 0x38C) return 0x3CC;
  return letter == 0x38E || letter == 0x38F ? letter + 0x3F : letter;
}

constexpr char32_t lower_cyrillic(char32_t letter) {
  if (letter < 0x410) return letter + 0x50;
  if (letter < 0x430) return letter + 0x20;
  if (letter < 0x460 || (letter > 0x481 && letter < 0x48A)) return letter;
  if (letter == 0x4C0) return 0x4CF;
  const bool odd_is_capital = letter > 0x4C0 && letter < 0x4CF;
  return (letter % 2 == 1) == odd_is_capital && letter != 0x4CF ? letter + 1 : letter;
}

}  // namespace detail

/// The small letter of a capital one, by the simple mapping of Unicode, of the Latin (up to U+017F,
/// and from U+1E00 on), Greek (not the polytonic), Cyrillic and Armenian alphabets; whatever else
/// it is stays.
constexpr char32_t lower_case(char32_t letter) {
  if (letter < 0x80) return letter >= U'A' && letter <= U'Z' ? letter + 0x20 : letter;
  if (letter <= 0x17F || (letter >= 0x1E00 && letter <= 0x1EFF)) return detail::lower_latin(letter);
  if (letter >= 0x386 && letter <= 0x3AB) return detail::lower_greek(letter);
  if (letter >= 0x400 && letter <= 0x52F) return detail::lower_cyrillic(letter);
  return letter >= 0x531 && letter <= 0x556 ? letter + 0x30 : letter;
}

/// Replaces the capital letters of a text. \pre it is UTF-8
inline void lower_case(std::string& text) {
  std::size_t first = 0;
  for (; first < text.size(); ++first) {
    const auto byte = static_cast<unsigned char>(text[first]);
    if (byte >= 0x80) break;
    text[first] = static_cast<char>(lower_case(char32_t{byte}));
  }
  if (first == text.size()) return;
  std::u32string letters = utf8::decode(std::string_view(text).substr(first));
  for (char32_t& letter : letters) letter = lower_case(letter);
  text.resize(first);
  text += utf8::encode(letters);
}

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
