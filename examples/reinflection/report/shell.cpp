#include "report/shell.hpp"

#include <algorithm>
#include <variant>

#include <vaecollapse/optim/schedule.hpp>

#include "settings_text.hpp"
#include "training_notes.hpp"

namespace reinflection {

std::string shell_word(std::string_view text) {
  constexpr std::string_view plain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-+=./,:@%";
  if (!text.empty() && text.find_first_not_of(plain) == std::string_view::npos) {
    return std::string(text);
  }
  std::string quoted = "'";
  for (const char byte : text) {
    if (byte == '\'') {
      quoted += "'\\''";
    } else {
      quoted += byte;
    }
  }
  return quoted + "'";
}

std::string train_command_line(Settings settings, const std::filesystem::path& folder,
                               std::optional<std::uint64_t> steps) {
  settings.out = folder.string();
  Settings defaults;
  if (steps) defaults.warmup = vaecollapse::default_warmup(*steps);
  std::string line = "reinflect train";
  for (const Setting& setting : setting_table) {
    const std::string value = show(settings, setting);
    if (value == show(defaults, setting)) continue;
    set_from_text(defaults, setting, value);  // `compat` changes the defaults of those behind it
    line.append(" ").append(option_name(setting));
    if (!std::holds_alternative<Setting::Flag>(setting.member)) {
      line.append(" ").append(shell_word(value));
    }
  }
  return line;
}

}  // namespace reinflection
