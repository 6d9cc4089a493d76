#include "train_command.hpp"

#include <cstdio>
#include <string>
#include <utility>
#include <vector>

#include <vaecollapse/core/text.hpp>
#include <vaecollapse/runs/run_folder.hpp>
#include <vaecollapse/runs/session.hpp>
#include <vaecollapse/runs/stop_signals.hpp>

#include "compat.hpp"
#include "corpora.hpp"
#include "kit/criterion.hpp"
#include "kit/progress.hpp"
#include "kit/recording.hpp"
#include "kit/train.hpp"
#include "kit/training_notes.hpp"
#include "latents.hpp"
#include "more_rows.hpp"
#include "settings.hpp"
#include "track.hpp"
#include "training.hpp"
#include "training_run.hpp"

namespace reinflection {

namespace {

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

/// Says what is trained on, where that is more than the rows given.
void print_origins(const Settings& settings, const TrainingRows& rows) {
  if (rows.origins.size() == 1 && rows.fresh.count() == 0) return;
  std::fprintf(stderr, "%s\n", describe_rows(settings, rows).c_str());
}

kit::TrainRules<Settings> rules() {
  Settings defaults = settings_by_latents();
  defaults.warmup = kit::warmup_by_steps;
  return {.program = "reinflect",
          .table = setting_table,
          .defaults = std::move(defaults),
          .check =
              [](const Settings& settings, kit::Mistakes& mistakes) {
                check_expressions(with_latents(settings), mistakes);
                mistakes.keep([&] { check_files(settings); });
              },
          .complete = [](Settings settings) { return prepare(std::move(settings)).settings; }};
}

kit::ShownScore show_accuracy(const vaecollapse::EpochReport& epoch) {
  const double accuracy = 100 * epoch.dev_accuracy;
  const std::string criterion = kit::criterion_text(epoch);
  return {vaecollapse::formatted("accuracy %6.2f %%", accuracy) +
              (criterion.empty() ? "" : "  " + criterion),
          vaecollapse::formatted("%.1f %%", accuracy)};
}

std::string kept_text(const vaecollapse::EpochReport& kept, const Settings& settings) {
  const std::string criterion = kit::criterion_text(kept);
  return vaecollapse::formatted("best epoch %llu: dev ",
                                static_cast<unsigned long long>(kept.epoch)) +
         (criterion.empty() ? vaecollapse::formatted("accuracy %.2f %%", 100 * kept.dev_accuracy)
                            : criterion) +
         ", " + std::string(name_of(track_of(settings))) + " track";
}

}  // namespace

void check_train(const kit::TrainArguments& arguments, kit::Mistakes& mistakes) {
  kit::settle_training(rules(), arguments, mistakes);
}

int train_command(const kit::TrainArguments& arguments) {
  kit::Mistakes mistakes;
  Settings settings = kit::settle_training(rules(), arguments, mistakes);
  mistakes.raise_if_any();
  const vaecollapse::RunFolder folder = run_folder(settings.out);
  kit::check_folder(arguments, folder);
  const std::string note = note_of_one_z(settings);
  TrainingRun run = prepare(std::move(settings));
  const TrainingRows rows = load_training_rows(run.settings);
  const kit::EpochLength epoch = kit::in_full_batches(rows.rows_of_epoch(), run.settings.batch);
  kit::settle_warmup(run.settings, epoch);
  print_origins(run.settings, rows);
  kit::print_notes({note});
  list_compat(run.settings);
  warn_of(run.settings);
  if (!arguments.is_resumed()) kit::print_notes(kit::training_notes(run, epoch));
  kit::TrainingProgress progress(stderr, run.settings.epochs, show_accuracy);
  kit::Recording recording;
  if (arguments.is_resumed()) recording.resume = arguments.resume;
  const vaecollapse::StopOnSignals stopping;
  const vaecollapse::SessionResult result = train(run, rows, folder, progress, recording);
  return kit::end_training("reinflect", result, kept_text(result.kept, run.settings), folder);
}

}  // namespace reinflection
