// Strict UTF-8: bytes to code points and back, with the place of the first fault.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include <vaecollapse/core/check.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI::utf8 {

/// Stands for what cannot be shown: the replacement character.
inline constexpr char32_t replacement = U'\uFFFD';

/// The byte order mark that some editors put before a text.
inline constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

/// The first place where a text is not UTF-8.
struct Fault {
  std::size_t byte = 0;          ///< offset of the first byte of the faulty sequence
  std::string_view description;  ///< what is there: `a truncated character`
};

/// Whether `point` may be written in UTF-8: at most U+10FFFF and no surrogate.
constexpr bool is_scalar_value(char32_t point) {
  return point <= 0x10FFFF && (point < 0xD800 || point > 0xDFFF);
}

namespace detail {

/// One code point and the number of bytes it took; no bytes: a fault, described.
struct Decoded {
  char32_t point = 0;
  std::size_t bytes = 0;
  std::string_view fault;
};

constexpr bool is_continuation(unsigned char byte) { return (byte & 0xC0U) == 0x80U; }

/// How many bytes a sequence that starts with `lead` has; 0: no sequence starts so.
constexpr std::size_t sequence_length(unsigned char lead) {
  if (lead < 0x80) return 1;
  if (lead < 0xC0) return 0;
  if (lead < 0xE0) return 2;
  if (lead < 0xF0) return 3;
  return lead < 0xF8 ? 4 : 0;
}

/// The code point at the front of `text`, which is not empty.
constexpr Decoded decode_front(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const std::size_t length = sequence_length(byte(0));
  if (length == 1) return {byte(0), 1, {}};
  if (length == 0) {
    return {0, 0, is_continuation(byte(0)) ? "a stray continuation byte" : "an impossible byte"};
  }
  char32_t point = byte(0) & (0x7FU >> length);
  for (std::size_t i = 1; i < length; ++i) {
    if (i == text.size() || !is_continuation(byte(i))) return {0, 0, "a truncated character"};
    point = (point << 6U) | (byte(i) & 0x3FU);
  }
  constexpr std::array<char32_t, 5> smallest{0, 0, 0x80, 0x800, 0x10000};
  if (point < smallest[length]) return {0, 0, "an overlong encoding"};
  if (point > 0x10FFFF) return {0, 0, "a code point above U+10FFFF"};
  if (!is_scalar_value(point)) return {0, 0, "a surrogate"};
  return {point, length, {}};
}

/// The same as `decode` below; without a fault, one without description.
inline Fault decode_all(std::string_view text, std::u32string& out) {
  for (std::size_t at = 0; at < text.size();) {
    const Decoded next = decode_front(text.substr(at));
    if (next.bytes == 0) return {at, next.fault};
    out.push_back(next.point);
    at += next.bytes;
  }
  return {};
}

}  // namespace detail

/// Appends the code points of `text` to `out`, up to the first fault, if there is one.
inline std::optional<Fault> decode(std::string_view text, std::u32string& out) {
  const Fault fault = detail::decode_all(text, out);
  return fault.description.empty() ? std::nullopt : std::optional(fault);
}

/// The code points of `text`. \throws Error with the place of the first fault
inline std::u32string decode(std::string_view text) {
  std::u32string points;
  const Fault fault = detail::decode_all(text, points);
  if (!fault.description.empty()) {
    vaecollapse::detail::raise_error(
        {"utf8::decode: found ", fault.description, " at byte ", fault.byte, ", expected UTF-8"});
  }
  return points;
}

/// The first fault of `text`, if there is one.
inline std::optional<Fault> validate(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    const detail::Decoded next = detail::decode_front(text.substr(at));
    if (next.bytes == 0) return Fault{at, next.fault};
    at += next.bytes;
  }
  return std::nullopt;
}

/// Appends one code point to `out`. \throws Error for a surrogate or a number above U+10FFFF
inline void encode(char32_t point, std::string& out) {
  if (!is_scalar_value(point)) {
    vaecollapse::detail::raise_error({"utf8::encode: found ", static_cast<unsigned long>(point),
                                      ", expected a Unicode scalar value"});
  }
  const auto put = [&](char32_t byte) { out.push_back(static_cast<char>(byte)); };
  const auto put_continuation = [&](unsigned shift) { put(0x80U | ((point >> shift) & 0x3FU)); };
  if (point < 0x80) {
    put(point);
  } else if (point < 0x800) {
    put(0xC0U | (point >> 6U));
    put_continuation(0);
  } else if (point < 0x10000) {
    put(0xE0U | (point >> 12U));
    put_continuation(6);
    put_continuation(0);
  } else {
    put(0xF0U | (point >> 18U));
    put_continuation(12);
    put_continuation(6);
    put_continuation(0);
  }
}

/// The bytes of `points`. \throws Error for a surrogate or a number above U+10FFFF
inline std::string encode(std::u32string_view points) {
  std::string text;
  text.reserve(points.size());
  for (const char32_t point : points) encode(point, text);
  return text;
}

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI::utf8
