// Options of the command line whose values are checked, and refused in the words that the settings
// have for it. Each function adds one, whose default is what the variable holds.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>

#include <CLI/CLI.hpp>

#include "kit/numbers.hpp"

namespace kit {

/// Ends the reading of an option: the library says which one it is.
[[noreturn]] inline void refuse_value(const std::string& option, const std::string& text,
                                      const std::string& expected) {
  throw CLI::ValidationError(option, "found '" + text + "', expected " + expected);
}

/// A number from `least` to `most`; a whole one, where the variable is.
template <class Number>
CLI::Option* add_number(CLI::App& app, const std::string& name, Number& number,
                        const std::string& about, double least, double most) {
  constexpr bool is_whole = std::is_integral_v<Number>;
  const auto take = [&number, name, least, most](const std::string& text) {
    const auto value = read_number<Number>(text);
    const bool fits =
        value && static_cast<double>(*value) >= least && static_cast<double>(*value) <= most;
    if (!fits) refuse_value(name, text, expected_number(is_whole, least, most));
    number = *value;
  };
  std::string given;
  if constexpr (is_whole) {
    given = std::to_string(number);
  } else {
    given = show_number(number);
  }
  return app.add_option_function<std::string>(name, take, about)
      ->type_name(is_whole ? "N" : "X")
      ->default_str(given);
}

/// The fault of what stands behind `--name=` of a flag, for `check` of the library.
inline std::string fault_of_flag(const std::string& text) {
  return text == "true" || text == "false" ? "" : "found '" + text + "', expected true or false";
}

/// True where it is given, but for `--name=false`.
inline CLI::Option* add_flag(CLI::App& app, const std::string& name, bool& flag,
                             const std::string& about) {
  return app.add_flag(name, flag, about)->check(fault_of_flag);
}

}  // namespace kit
