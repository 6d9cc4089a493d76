#include "kit/command_mistakes.hpp"

#include <algorithm>
#include <array>
#include <functional>
#include <string_view>
#include <utility>

#include "kit/expression_syntax.hpp"

namespace kit {

namespace {

/// The command that was chosen; the program itself where none was.
CLI::App& chosen(CLI::App& app) {
  const auto commands = app.get_subcommands();
  return commands.empty() ? app : *commands.front();
}

std::vector<const CLI::App*> all_commands(const CLI::App& app) {
  return app.get_subcommands(std::function<bool(const CLI::App*)>());
}

/// `train, evaluate or predict`.
std::string list(const std::vector<std::string>& names) {
  std::string text;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (i > 0) text += i + 1 == names.size() ? " or " : ", ";
    text += names[i];
  }
  return text;
}

bool is_option(std::string_view argument) { return argument.size() > 1 && argument[0] == '-'; }

std::string_view without_dashes(std::string_view name) {
  return name.substr(std::min(name.find_first_not_of('-'), name.size()));
}

/// `--epochs` of `--epochs=3`.
std::string name_of(const std::string& argument) { return argument.substr(0, argument.find('=')); }

/// What an unknown argument was perhaps meant to be: an option, or a command.
std::string nearest_argument(const CLI::App& command, const std::string& unknown) {
  std::vector<std::string> names;
  for (const CLI::App* each : all_commands(command)) names.push_back(each->get_name());
  for (const CLI::Option* option : command.get_options()) {
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
  }
  std::vector<std::string_view> known;
  for (const std::string& name : names) known.push_back(without_dashes(name));
  const std::string_view nearest = nearest_name(without_dashes(name_of(unknown)), known);
  const auto found = std::find(known.begin(), known.end(), nearest);
  return found == known.end() ? "" : names[static_cast<std::size_t>(found - known.begin())];
}

/// The other commands that have this option.
std::vector<std::string> commands_with(const CLI::App& app, const std::string& option) {
  std::vector<std::string> names;
  for (const CLI::App* command : all_commands(app)) {
    if (command->get_option_no_throw(option) != nullptr) names.push_back(command->get_name());
  }
  return names;
}

std::string explain_unknown(const CLI::App& app, const CLI::App& command,
                            const std::string& argument) {
  const std::string shown =
      argument.empty() ? "an empty argument" : "the unknown argument " + argument;
  std::string text = ": found " + shown + ", expected ";
  if (const std::string nearest = nearest_argument(command, argument); !nearest.empty()) {
    return text + nearest + " perhaps";
  }
  const auto others =
      is_option(argument) ? commands_with(app, name_of(argument)) : std::vector<std::string>();
  if (others.empty()) return text + "what --help shows";
  return text + "it with " + list(others) + " only";
}

/// Whether an argument stands behind an option that may have a value: one that is not known, or
/// whose name another option has taken as its own value.
bool is_value(const CLI::App& command, const std::vector<std::string>& arguments,
              const std::string& argument) {
  for (std::size_t i = 1; i < arguments.size(); ++i) {
    const std::string& before = arguments[i - 1];
    if (arguments[i] != argument || !is_option(before)) continue;
    const CLI::Option* option = command.get_option_no_throw(before);
    if (option == nullptr || option->get_items_expected_max() > 0) return true;
  }
  return false;
}

void find_unknown(const CLI::App& app, const CLI::App& command,
                  const std::vector<std::string>& arguments, Mistakes& mistakes) {
  const bool is_program = &command == &app;
  const std::string name = is_program ? app.get_name() : app.get_name() + " " + command.get_name();
  for (const std::string& argument : command.remaining()) {
    if (!is_option(argument) && is_value(command, arguments, argument)) continue;
    mistakes.add(name + explain_unknown(app, command, argument));
    // What follows are the arguments of a command that is not known.
    if (is_program && !is_option(argument) && !all_commands(app).empty()) return;
  }
}

/// What an option needs, in words as far as the help has a name for it.
std::string value_name(const CLI::Option& option) {
  constexpr std::array<std::pair<std::string_view, const char*>, 12> names{
      {{"DIR", "a folder"},
       {"DIR...", "a folder"},
       {"FILE", "a file"},
       {"N", "a whole number"},
       {"X", "a number"},
       {"WORD", "a word"},
       {"EXPR", "an expression"},
       {"NAME", "a name"},
       {"LIST", "names with commas between"},
       {"CHAR", "a character"},
       {"MSD", "tags"},
       {"", "a value"}}};
  for (const auto& [name, words] : names) {
    if (option.get_type_name() == name) return words;
  }
  return option.get_type_name();
}

/// Asks an option by itself. Values are checked again, which changes nothing.
void check_option(CLI::Option& option, Mistakes& mistakes) {
  if (option.count() == 0) {
    if (!option.get_required()) return;
    return mistakes.add(option.get_name() + ": found nothing, expected " + value_name(option));
  }
  try {
    option.run_callback();
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() != 0) mistakes.add(error.what());
  }
}

}  // namespace

std::vector<std::string> split_arguments(int count, const char* const* arguments) {
  std::vector<std::string> split;
  for (int i = 1; i < count; ++i) {
    std::string argument = arguments[i];
    const bool is_empty = argument.starts_with("--") && argument.size() > 3 &&
                          argument.find('=') == argument.size() - 1;
    if (is_empty) argument.pop_back();
    split.push_back(std::move(argument));
    if (is_empty) split.emplace_back();
  }
  return split;
}

void check_values(CLI::App& command) {
  for (CLI::Option* option : command.get_options()) {
    if (option->get_items_expected_max() == 0) continue;
    const auto fault = [&command, is_needed = option->get_required(),
                        expected = value_name(*option)](const std::string& text) {
      if (text.empty() && is_needed) return "found nothing, expected " + expected;
      const bool is_name = is_option(text) && command.get_option_no_throw(text) != nullptr;
      return is_name ? "found the option " + text + ", expected " + expected : std::string();
    };
    option->check(fault);
  }
}

bool asks_for_help(CLI::App& app) {
  return app.get_help_ptr()->count() > 0 || chosen(app).get_help_ptr()->count() > 0;
}

void find_mistakes(CLI::App& app, const CLI::ParseError& first,
                   const std::vector<std::string>& arguments, Mistakes& mistakes) {
  CLI::App& command = chosen(app);
  const bool lacks_command = &command == &app && !all_commands(app).empty();
  find_unknown(app, app, arguments, mistakes);
  if (lacks_command && !mistakes.empty()) return;
  if (&command != &app) find_unknown(app, command, arguments, mistakes);
  for (CLI::Option* option : command.get_options()) check_option(*option, mistakes);
  if (!arguments.empty()) {
    const CLI::Option* const last = command.get_option_no_throw(arguments.back());
    if (last != nullptr && last->count() == 0) {
      mistakes.add(last->get_name() + ": found nothing, expected " + value_name(*last));
    }
  }
  if (lacks_command) {
    std::vector<std::string> names;
    for (const CLI::App* each : all_commands(app)) names.push_back(each->get_name());
    mistakes.add(app.get_name() + ": found no command, expected " + list(names) +
                 "; --help says what each does");
  }
  if (mistakes.empty()) mistakes.add(app.get_name() + ": " + first.what());
}

}  // namespace kit
