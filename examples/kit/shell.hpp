// Commands as one would type them.
#pragma once

#include <string>
#include <string_view>

#include "kit/settings.hpp"

namespace kit {

/// A word as a POSIX shell takes it: in quotation marks where it must be.
std::string shell_word(std::string_view text);

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
