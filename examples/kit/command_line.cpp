#include "kit/command_line.hpp"

#include <cstdint>
#include <cstdio>
#include <exception>
#include <new>
#include <utility>

#include <vaecollapse/core/check.hpp>

#include "kit/command_mistakes.hpp"
#include "kit/options.hpp"
#include "kit/standard_output.hpp"

namespace kit {

namespace {

/// Exit status for bad input, for options that make no sense, and for results that cannot be
/// written; nothing was overwritten then.
constexpr int refused = 2;

}  // namespace

CommandLine::CommandLine(const std::string& program, const std::string& about,
                         const std::string& version)
    : app_(about, program) {
  app_.require_subcommand(1);
  // So that a script can put its own options before its user's.
  app_.option_defaults()->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
  app_.set_version_flag("--version", program + " " + version);
  app_.get_formatter()->column_width(40);
}

void CommandLine::finish(CLI::App& command, Command run, Check check) {
  check_values(command);
  checks_[&command] = std::move(check);
  command.callback([this, run = std::move(run)] { chosen_ = run; });
}

Command CommandLine::parse(int count, const char* const* arguments) {
  const std::vector<std::string> given = split_arguments(count, arguments);
  try {
    app_.parse(std::vector<std::string>(given.rbegin(), given.rend()));  // it takes the last first
  } catch (const CLI::ParseError& error) {
    const bool is_help = asks_for_help(app_);
    if (!is_help && error.get_exit_code() != 0) refuse(error, given);
    print(is_help ? app_.help() : error.what() + std::string("\n"));
    return [] { return 0; };
  }
  return chosen_;
}

void CommandLine::refuse(const CLI::ParseError& error, const std::vector<std::string>& arguments) {
  Mistakes mistakes;
  find_mistakes(app_, error, arguments, mistakes);
  Mistakes of_all_options;
  for (const auto& [command, check] : checks_) {
    if (command->parsed()) check(of_all_options);
  }
  mistakes.add_of_others(of_all_options);
  mistakes.raise_if_any();
  throw error;  // which is a mistake itself, so that this cannot be
}

void add_setting(CLI::App& app, const SettingHelp& setting, std::vector<GivenSetting>& given) {
  const auto take = [&given, name = setting.name](const std::string& text) {
    given.push_back({name, text});
  };
  const std::string option = option_name(setting.name);
  if (setting.is_flag) {
    app.add_flag_function(
           option, [take](std::int64_t count) { take(count > 0 ? "true" : "false"); },
           setting.about)
        ->check(fault_of_flag);
    return;
  }
  auto* const added = app.add_option_function<std::string>(option, take, setting.about)
                          ->type_name(setting.value)
                          ->default_str(setting.usual);
  if (setting.is_list) added->join(',');
}

void add_config(CLI::App& app, std::string& config) {
  app.add_option("--config", config, "a config.json to run again; options given beside it win")
      ->type_name("FILE");
}

int run_program(const char* program, int count, const char* const* arguments,
                Command (*parse)(int count, const char* const* arguments)) {
  try {
    reserve_standard_streams();
    const int status = parse(count, arguments)();
    close_output();
    return status;
  } catch (const vaecollapse::Error& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return refused;
  } catch (const std::bad_alloc&) {
    std::fprintf(stderr, "%s: memory is short: narrower networks and smaller batches need less\n",
                 program);
    return 1;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s: %s\n", program, error.what());
    return 1;
  }
}

}  // namespace kit
