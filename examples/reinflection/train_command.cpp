#include "train_command.hpp"

#include <cstdio>
#include <filesystem>
#include <optional>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include <vaecollapse/core/check.hpp>
#include <vaecollapse/core/text.hpp>
#include <vaecollapse/runs/run_folder.hpp>
#include <vaecollapse/runs/stop_signals.hpp>

#include "compat.hpp"
#include "corpora.hpp"
#include "kit/progress.hpp"
#include "kit/standard_output.hpp"
#include "settings.hpp"
#include "training.hpp"
#include "training_notes.hpp"

namespace reinflection {

namespace {

using vaecollapse::Error;
using vaecollapse::raise;
using vaecollapse::RunFolder;
using vaecollapse::SessionResult;
using vaecollapse::stop_signal;

/// What `--compat` has set, and what was given beside it.
void list_compat(const Settings& settings) {
  const auto switched = compat_settings(settings.compat);
  if (switched.empty()) return;
  std::fprintf(stderr, "--compat %s reproduces the published system by these settings:\n",
               settings.compat.c_str());
  for (const CompatSetting& one : switched) {
    const Setting& setting = *setting_table.find(one.setting);
    const std::string now = show(settings, setting);
    const bool is_kept = now == one.value;
    std::fprintf(stderr, "  %s %s  (%s)\n", option_name(setting).c_str(), now.c_str(),
                 is_kept ? std::string(one.about).c_str() : "not the published system's");
  }
}

void warn_of(const Settings& settings) {
  if (!settings.encoder_state_bypass) return;
  std::fprintf(stderr,
               "warning: --encoder-state-bypass: the decoder starts from the encoder's state, so "
               "words need not pass through z, and the rate does not measure what they cost\n");
}

void print_notes(const std::vector<std::string>& notes) {
  for (const std::string& note : notes) std::fprintf(stderr, "note: %s\n", note.c_str());
}

/// `--out, --threads and --checkpoint-every`: what does not change the results.
std::string free_options() {
  std::string text;
  for (const Setting& setting : setting_table) {
    if (setting.kept != Setting::Kept::in_config_only) continue;
    text += (text.empty() ? "" : ", ") + option_name(setting);
  }
  return text.replace(text.rfind(", "), 2, " and ");
}

/// The settings with which the run to resume began, and over them what is given now.
Settings resumed_settings(const TrainArguments& arguments) {
  const std::string config = run_folder(arguments.resume).config().string();
  std::error_code unknown;
  if (!std::filesystem::exists(config, unknown)) {
    raise(vaecollapse::InputError(arguments.resume, 0, "no config.json",
                                  "a folder in which reinflect train has begun"));
  }
  const Settings begun = prepare(setting_table.settle(config, {})).settings;
  Settings given = begun;
  given.out = arguments.resume;  // the folder may have been moved
  given = prepare(setting_table.settle(arguments.config, arguments.settings, std::move(given)))
              .settings;
  if (const Setting* setting = setting_table.first_difference(given, begun)) {
    raise(Error(option_name(*setting) + ": found '" + show(given, *setting) + "', expected '" +
                show(begun, *setting) + "', with which the run in " + arguments.resume +
                " began; --resume may change only " + free_options()));
  }
  return given;
}

/// What the arguments come to; what does not fit is kept as mistakes.
Settings settings_of(const TrainArguments& arguments, kit::Mistakes& mistakes) {
  Settings settings;
  if (!arguments.resume.empty()) {
    mistakes.keep([&] { settings = resumed_settings(arguments); });
    return settings;
  }
  settings.warmup = warmup_by_steps;
  settings =
      setting_table.settle(arguments.config, arguments.settings, mistakes, std::move(settings));
  check_expressions(settings, mistakes);
  mistakes.keep([&] { check_files(settings); });
  if (settings.out.empty()) mistakes.add("--out: found nothing, expected a folder");
  return settings;
}

/// Looks whether results may go to `--out`.
void check_folder(const TrainArguments& arguments, const RunFolder& folder) {
  std::error_code unknown;
  const bool is_resumed = !arguments.resume.empty() &&
                          std::filesystem::equivalent(arguments.resume, folder.path(), unknown);
  if (is_resumed && arguments.overwrite) {
    raise(Error("--overwrite: found with --resume, which keeps what is in " + arguments.resume +
                ", expected one of them, or another folder as --out"));
  }
  if (is_resumed) return;
  const std::optional<std::string> earlier = folder.earlier_run();
  if (earlier && !arguments.overwrite) {
    raise(vaecollapse::InputError(folder.path().string(), 0, "an earlier run (" + *earlier + ")",
                                  "a folder without one; --overwrite replaces it"));
  }
}

kit::ShownScore show_accuracy(const vaecollapse::EpochReport& epoch) {
  const double accuracy = 100 * epoch.dev_accuracy;
  return {vaecollapse::formatted("accuracy %6.2f %%", accuracy),
          vaecollapse::formatted("%.1f %%", accuracy)};
}

/// Says how the run ended. \return the exit status
int report(const SessionResult& result, const RunFolder& folder) {
  using End = SessionResult::End;
  if (result.end == End::stopped) {
    std::fprintf(stderr, "stopped by %s after step %llu; to go on: reinflect train --resume %s\n",
                 vaecollapse::signal_name(stop_signal()),
                 static_cast<unsigned long long>(result.step), folder.path().c_str());
  } else {
    kit::print((result.end == End::finished_before ? "finished before: " : "") +
               vaecollapse::formatted("best epoch %llu: dev accuracy %.2f %%, written to ",
                                      static_cast<unsigned long long>(result.kept.epoch),
                                      100 * result.kept.dev_accuracy) +
               folder.path().string() + "\n");
  }
  return stop_signal() == 0 ? 0 : vaecollapse::signal_exit_status(stop_signal());
}

}  // namespace

void check(const TrainArguments& arguments, kit::Mistakes& mistakes) {
  settings_of(arguments, mistakes);
}

int train_command(const TrainArguments& arguments) {
  const bool is_resumed = !arguments.resume.empty();
  kit::Mistakes mistakes;
  Settings settings = settings_of(arguments, mistakes);
  mistakes.raise_if_any();
  const RunFolder folder = run_folder(settings.out);
  check_folder(arguments, folder);
  TrainingRun run = prepare(std::move(settings));
  const TrainingRows rows = load_training_rows(run.settings);
  settle_warmup(run.settings, rows.train.size());
  list_compat(run.settings);
  warn_of(run.settings);
  if (!is_resumed) print_notes(training_notes(run, rows.train.size()));
  kit::TrainingProgress progress(stderr, run.settings.epochs, show_accuracy);
  Recording recording;
  if (is_resumed) recording.resume = arguments.resume;
  const vaecollapse::StopOnSignals stopping;
  return report(train(run, rows, folder, progress, recording), folder);
}

}  // namespace reinflection
