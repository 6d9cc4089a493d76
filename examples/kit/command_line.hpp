// A program with commands, each of which has options of its own, help, and a function that runs it;
// or a program that is one command. It reports all mistakes of a command line at once.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "kit/mistakes.hpp"
#include "kit/settings.hpp"

namespace kit {

/// What the program is to do, with all arguments read. \return the exit status
using Command = std::function<int()>;

class CommandLine {
 public:
  CommandLine(const std::string& program, const std::string& about, const std::string& version);
  CommandLine(const CommandLine&) = delete;
  CommandLine& operator=(const CommandLine&) = delete;

  /// Adds a command.
  /// \param describe adds its options
  /// \param run does it and returns the exit status
  /// \param check keeps what is wrong with the arguments beside the values of single options; null
  /// where nothing can be
  template <class Arguments>
  void add(const std::string& name, const std::string& about,
           void (*describe)(CLI::App&, Arguments&), int (*run)(const Arguments&),
           void (*check)(const Arguments&, Mistakes&) = nullptr) {
    fill(*app_.add_subcommand(name, about), describe, run, check);
  }

  /// Makes the program itself the one command, as `add` would.
  template <class Arguments>
  void set(void (*describe)(CLI::App&, Arguments&), int (*run)(const Arguments&),
           void (*check)(const Arguments&, Mistakes&) = nullptr) {
    app_.require_subcommand(0);
    fill(app_, describe, run, check);
  }

  /// Reads the arguments; help and version are printed, and the command is then to do nothing.
  /// \throws Error with every mistake in a line of its own
  Command parse(int count, const char* const* arguments);

 private:
  using Check = std::function<void(Mistakes&)>;

  template <class Arguments>
  void fill(CLI::App& command, void (*describe)(CLI::App&, Arguments&),
            int (*run)(const Arguments&), void (*check)(const Arguments&, Mistakes&)) {
    const auto arguments = std::make_shared<Arguments>();
    describe(command, *arguments);
    finish(
        command, [arguments, run] { return run(*arguments); },
        [arguments, check](Mistakes& mistakes) {
          if (check != nullptr) check(*arguments, mistakes);
        });
  }

  void finish(CLI::App& command, Command run, Check check);
  [[noreturn]] void refuse(const CLI::ParseError& error, const std::vector<std::string>& arguments);

  CLI::App app_;
  Command chosen_;
  std::map<const CLI::App*, Check> checks_;
};

/// What the help says of a setting.
struct SettingHelp {
  std::string name, value, about, usual;
  bool is_flag = false;
  bool is_list = false;  ///< given several times, it is a list of what was given
};

/// Adds an option for one setting; what is given comes into `given`, to be settled later.
void add_setting(CLI::App& app, const SettingHelp& setting, std::vector<GivenSetting>& given);

/// Adds an option for each setting that `is_shown`.
template <class Settings>
void add_settings(CLI::App& app, const SettingTable<Settings>& table, const Settings& defaults,
                  std::vector<GivenSetting>& given,
                  bool (*is_shown)(const Setting<Settings>&) = nullptr) {
  for (const Setting<Settings>& setting : table) {
    if (is_shown != nullptr && !is_shown(setting)) continue;
    add_setting(app,
                {std::string(setting.name), std::string(setting.value), std::string(setting.about),
                 show(defaults, setting), setting.is_flag(), setting.is_list()},
                given);
  }
}

/// Adds `--config`, whose file the options beside it win over.
void add_config(CLI::App& app, std::string& config);

/// The `main` of a program: prints errors, and what they are decides the exit status: 2 for bad
/// input, for options that make no sense, and for results that cannot be written, nothing being
/// overwritten then; 1 for anything else.
int run_program(const char* program, int count, const char* const* arguments,
                Command (*parse)(int count, const char* const* arguments));

}  // namespace kit
