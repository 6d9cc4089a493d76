#include "text_vae/train_command.hpp"

#include <cstdint>
#include <cstdio>
#include <string>
#include <utility>

#include <vaecollapse/core/text.hpp>
#include <vaecollapse/runs/run_folder.hpp>
#include <vaecollapse/runs/session.hpp>
#include <vaecollapse/runs/stop_signals.hpp>

#include "kit/criterion.hpp"
#include "kit/progress.hpp"
#include "kit/recording.hpp"
#include "kit/train.hpp"
#include "kit/training_notes.hpp"
#include "text_vae/corpora.hpp"
#include "text_vae/defaults.hpp"
#include "text_vae/settings.hpp"
#include "text_vae/training.hpp"
#include "text_vae/training_run.hpp"

namespace text_vae {

namespace {

kit::TrainRules<Settings> rules() {
  Settings defaults = settings_of_new_run();
  defaults.warmup = kit::warmup_by_steps;
  return {.program = "text_vae",
          .table = setting_table,
          .defaults = std::move(defaults),
          .check =
              [](const Settings& settings, kit::Mistakes& mistakes) {
                check_settings(with_defaults(settings), mistakes);
                check_files(settings, mistakes);
              },
          .complete = [](Settings settings) { return prepare(std::move(settings)).settings; }};
}

/// The perplexity on dev by the ELBO, which is no lower than the model's own.
kit::ShowScore show_perplexity(const vaecollapse::text::Corpus& dev) {
  return [&dev](const vaecollapse::EpochReport& epoch) -> kit::ShownScore {
    const double ppl = perplexity(dev, epoch.dev_nll + epoch.dev_rate);
    const std::string value = vaecollapse::formatted("ppl %.2f", ppl);
    const bool has_other = epoch.criterion != "elbo";
    return {vaecollapse::formatted("ppl %8.2f", ppl) +
                (has_other ? "  " + kit::criterion_text(epoch) : std::string()),
            value};
  };
}

std::string kept_text(const vaecollapse::EpochReport& kept, const vaecollapse::text::Corpus& dev) {
  return vaecollapse::formatted("best epoch %llu: dev ",
                                static_cast<unsigned long long>(kept.epoch)) +
         kit::criterion_text(kept) +
         vaecollapse::formatted(", perplexity by the ELBO %.2f",
                                perplexity(dev, kept.dev_nll + kept.dev_rate));
}

}  // namespace

void check_train(const kit::TrainArguments& arguments, kit::Mistakes& mistakes) {
  kit::settle_training(rules(), arguments, mistakes);
}

int train_command(const kit::TrainArguments& arguments) {
  kit::Mistakes mistakes;
  Settings settings = with_defaults(kit::settle_training(rules(), arguments, mistakes));
  mistakes.raise_if_any();
  const vaecollapse::RunFolder folder = run_folder(settings.out);
  kit::check_folder(arguments, folder);
  TrainingRun run = prepare(std::move(settings));
  TrainingText text = load_training_text(run.settings);
  const kit::EpochLength epoch = epoch_of(run.settings, text);
  kit::settle_warmup(run.settings, epoch);
  std::fprintf(stderr, "%s\n", describe(text).c_str());
  if (!arguments.is_resumed()) kit::print_notes(kit::training_notes(run, epoch));
  kit::TrainingProgress progress(stderr, run.settings.epochs, show_perplexity(text.dev),
                                 {.unit = "tokens", .of_example = tokens_a_sentence(text.train)});
  kit::Recording recording;
  if (arguments.is_resumed()) recording.resume = arguments.resume;
  const vaecollapse::StopOnSignals stopping;
  const vaecollapse::SessionResult result = train(run, text, folder, progress, recording);
  return kit::end_training("text_vae", result, kept_text(result.kept, text.dev), folder);
}

}  // namespace text_vae
