// Numbers and text, also with standard libraries whose `std::from_chars` reads no floating-point
// numbers: libc++ before its version 20.
#pragma once

#include <charconv>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>

#ifndef __cpp_lib_to_chars
#include <algorithm>
#include <cerrno>
#include <cstdlib>
#endif

namespace kit {

using std::from_chars;

#ifndef __cpp_lib_to_chars
/// The same for finite numbers in the C locale.
inline std::from_chars_result from_chars(const char* first, const char* last, double& value) {
  constexpr std::string_view digits_and_signs = "0123456789+-.eE";
  const std::string text(first, std::find_if(first, last, [&](char c) {
                           return digits_and_signs.find(c) == std::string_view::npos;
                         }));
  char* end = nullptr;
  errno = 0;
  const double read = std::strtod(text.c_str(), &end);
  const auto length = end - text.c_str();
  if (length == 0 || text.front() == '+') return {first, std::errc::invalid_argument};
  if (errno == ERANGE) return {first + length, std::errc::result_out_of_range};
  value = read;
  return {first + length, std::errc()};
}
#endif

/// The number that a whole text is; nothing for any other text, and for one out of range.
template <class T>
std::optional<T> read_number(std::string_view text) {
  T value{};
  const char* end = text.data() + text.size();
  const auto [stop, failure] = from_chars(text.data(), end, value);
  if (failure != std::errc() || stop != end) return std::nullopt;
  return value;
}

/// Counts up to this are held exactly by every JSON reader.
inline constexpr double largest_count = 9007199254740991;

/// The shortest text that reads back as the same bits.
std::string show_number(double number);

/// `a whole number from 1 to 1024`.
std::string expected_number(bool is_whole, double least, double most);

}  // namespace kit
