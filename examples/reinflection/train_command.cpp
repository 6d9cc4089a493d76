#include "train_command.hpp"

#include <cstdio>
#include <string>
#include <utility>

#include <vaecollapse/core/check.hpp>

#include "compat.hpp"
#include "corpora.hpp"
#include "progress.hpp"
#include "settings_text.hpp"
#include "training.hpp"

namespace reinflection {

namespace {

/// What `--compat` has set, and what was given beside it.
void list_compat(const Settings& settings) {
  const auto switched = compat_settings(settings.compat);
  if (switched.empty()) return;
  std::fprintf(stderr, "--compat %s reproduces the published system by these settings:\n",
               settings.compat.c_str());
  for (const CompatSetting& one : switched) {
    const Setting& setting = *find_setting(one.setting);
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
               "words need not pass through z, and the rate does not say what they cost\n");
}

}  // namespace

int train_command(const TrainArguments& arguments) {
  Settings settings = settle(arguments.config, arguments.settings);
  if (settings.out.empty()) {
    vaecollapse::raise(vaecollapse::Error("--out: found nothing, expected a folder"));
  }
  const RunFolder folder(settings.out);
  folder.check(arguments.overwrite);
  const TrainingRun run = prepare(std::move(settings));
  const TrainingRows rows = load_training_rows(run.settings);
  list_compat(run.settings);
  warn_of(run.settings);
  Progress progress(stderr, run.settings.epochs);
  const vaecollapse::EpochReport best = train(run, rows, folder, progress);
  std::printf("best epoch %llu: dev accuracy %.2f %%, written to %s\n",
              static_cast<unsigned long long>(best.epoch), 100 * best.dev_accuracy,
              folder.path().c_str());
  return 0;
}

}  // namespace reinflection
