// What `train` of every program does around the training: a new run or one that goes on, the folder
// that its results may go to, and how it ended.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>

#include <vaecollapse/runs/run_folder.hpp>
#include <vaecollapse/runs/session.hpp>

#include "kit/command_line.hpp"
#include "kit/mistakes.hpp"
#include "kit/options.hpp"
#include "kit/settings.hpp"

namespace kit {

struct TrainArguments {
  std::string config;
  std::string resume;  ///< the folder of a run to go on with; empty: a new run
  std::vector<GivenSetting> settings;
  bool overwrite = false;

  bool is_resumed() const { return !resume.empty(); }
};

/// Adds `--config`, the settings, `--overwrite` and `--resume`. \param shown what the help says of
/// a run for which nothing is given
template <class Settings>
void add_train_options(CLI::App& app, const SettingTable<Settings>& table,
                       TrainArguments& arguments, const Settings& shown = {}) {
  add_config(app, arguments.config);
  add_settings(app, table, shown, arguments.settings);
  add_flag(app, "--overwrite", arguments.overwrite, "replace an earlier run in --out");
  app.add_option("--resume", arguments.resume,
                 "go on with the run in this folder; with --out: in another, and leave it as it is")
      ->type_name("DIR");
}

/// What a program says of the settings that it trains with. They have a member `out`, the folder of
/// the results.
template <class Settings>
struct TrainRules {
  std::string_view program;
  const SettingTable<Settings>& table;
  Settings defaults;  ///< of a new run
  /// Keeps what does not fit, as far as it shows before rows are read.
  std::function<void(const Settings&, Mistakes&)> check;
  /// Writes out in full what is short for something, so that settings can be compared.
  /// \throws Error for what does not fit
  std::function<Settings(Settings)> complete;
};

namespace detail {

/// The config.json of the run to resume. \throws InputError if there is none
std::string config_to_resume(std::string_view program, const std::string& folder);

/// \param option has changed from `begun` to `given` \param free the options that may change
[[noreturn]] void refuse_other_run(const std::string& option, const std::string& given,
                                   const std::string& begun, const std::string& folder,
                                   const std::vector<std::string>& free);

/// `--out, --threads and --checkpoint-every`: what does not change the results.
template <class Settings>
std::vector<std::string> free_options(const SettingTable<Settings>& table) {
  std::vector<std::string> names;
  for (const Setting<Settings>& setting : table) {
    if (setting.kept == Kept::in_config_only) names.push_back(option_name(setting));
  }
  return names;
}

/// The settings with which the run to resume began, and over them what is given now.
template <class Settings>
Settings resumed_settings(const TrainRules<Settings>& rules, const TrainArguments& arguments) {
  const std::string config = config_to_resume(rules.program, arguments.resume);
  const Settings begun = rules.complete(rules.table.settle(config, {}));
  Settings given = begun;
  given.out = arguments.resume;  // the folder may have been moved
  given =
      rules.complete(rules.table.settle(arguments.config, arguments.settings, std::move(given)));
  if (const Setting<Settings>* setting = rules.table.first_difference(given, begun)) {
    refuse_other_run(option_name(*setting), show(given, *setting), show(begun, *setting),
                     arguments.resume, free_options(rules.table));
  }
  return given;
}

}  // namespace detail

/// What the arguments come to; what does not fit is kept as mistakes. Of a run that goes on only
/// those settings may change that a model file does not hold.
template <class Settings>
Settings settle_training(const TrainRules<Settings>& rules, const TrainArguments& arguments,
                         Mistakes& mistakes) {
  Settings settings = rules.defaults;
  if (arguments.is_resumed()) {
    mistakes.keep([&] { settings = detail::resumed_settings(rules, arguments); });
    return settings;
  }
  settings =
      rules.table.settle(arguments.config, arguments.settings, mistakes, std::move(settings));
  rules.check(settings, mistakes);
  if (settings.out.empty()) mistakes.add("--out: found nothing, expected a folder");
  return settings;
}

/// Looks whether results may go to the folder. \throws Error for one with an earlier run, unless
/// that is the run to resume or to overwrite
void check_folder(const TrainArguments& arguments, const vaecollapse::RunFolder& folder);

/// Says how the run ended. \param kept what the weights in the folder are, in a few words
/// \return the exit status
int end_training(std::string_view program, const vaecollapse::SessionResult& result,
                 const std::string& kept, const vaecollapse::RunFolder& folder);

}  // namespace kit
