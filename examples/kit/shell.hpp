// Commands as one would type them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "kit/settings.hpp"

namespace kit {

/// A word as a POSIX shell takes it: in quotation marks where it must be.
std::string shell_word(std::string_view text);

/// A command and its options, as far as they are given.
class CommandWords {
 public:
  explicit CommandWords(std::string command) : line_(std::move(command)) {}

  void add(const char* option, const std::string& value) {
    if (!value.empty()) line_.append(" ").append(option).append(" ").append(shell_word(value));
  }
  /// Nothing for the usual count.
  void add_count(const char* option, std::uint64_t value, std::uint64_t usual) {
    if (value != usual) add(option, std::to_string(value));
  }
  const std::string& line() const { return line_; }

 private:
  std::string line_;
};

/// The options that make `settings` of the defaults, each behind a blank.
template <class Settings>
std::string given_options(const SettingTable<Settings>& table, const Settings& settings,
                          Settings defaults) {
  std::string line;
  for (const Setting<Settings>& setting : table) {
    const std::string value = show(settings, setting);
    if (value == show(defaults, setting)) continue;
    table.set(defaults, setting, value);  // which may change the defaults of those behind it
    line.append(" ").append(option_name(setting));
    if (!setting.is_flag()) line.append(" ").append(shell_word(value));
  }
  return line;
}

}  // namespace kit
