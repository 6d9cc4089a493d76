#include "text_vae/compare/command.hpp"

#include <utility>

#include <vaecollapse/core/check.hpp>

#include "kit/compare/make_runs.hpp"
#include "kit/inputs.hpp"
#include "kit/training_notes.hpp"
#include "text_vae/compare/methods.hpp"
#include "text_vae/compare/run.hpp"
#include "text_vae/compare/scores.hpp"
#include "text_vae/corpora.hpp"
#include "text_vae/training_run.hpp"

namespace text_vae {

namespace {

std::vector<kit::RunToMake<Scores>> plan_runs(const CompareArguments& arguments,
                                              const Settings& base, ComparisonData& data) {
  const kit::EpochLength epoch = epoch_of(base, data.text);
  const kit::MethodNumbers numbers{.rate = arguments.rate,
                                   .steps = kit::length_of(base, epoch).steps()};
  const kit::DataHashes hashes = hashes_of(data);
  return kit::plan_all(kit::read_methods(methods(), arguments.methods), arguments.seeds,
                       [&](const std::string& method, std::uint64_t i) {
                         Settings settings = settings_of(method, base, numbers);
                         settings.seed += i;
                         kit::settle_warmup(settings, epoch);
                         return plan(base.out, method, std::move(settings), data, hashes);
                       });
}

ComparisonData load_comparison_data(const CompareArguments& arguments, const Settings& base) {
  kit::check_inputs({{"--train", base.train}, {"--dev", base.dev}, {"--test", arguments.test}});
  ComparisonData data{.text = load_training_text(base),
                      .test = {},
                      .samples = static_cast<std::uint32_t>(arguments.samples)};
  if (!arguments.test.empty()) {
    data.test.emplace(load_lines(arguments.test, reading_of(base)), data.text.vocabulary);
  }
  if (data.scored().size() < 2) {
    vaecollapse::raise(
        vaecollapse::InputError(kit::shown_name(arguments.test.empty() ? base.dev : arguments.test),
                                0, "a single sentence", "two at least, to permute z"));
  }
  return data;
}

/// The settings of all runs; what does not fit is kept as mistakes.
Settings shared_settings(const CompareArguments& arguments, kit::Mistakes& mistakes) {
  Settings usual = comparison_defaults();
  usual.warmup = kit::warmup_by_steps;
  Settings base = setting_table.settle("", arguments.settings, mistakes, std::move(usual));
  check_settings(base, mistakes);
  check_files(base, mistakes);
  if (base.is_language_model()) {
    mistakes.add("--latent: found 0, expected 1 at least: the method without z is language_model");
  }
  mistakes.keep([&] { kit::read_methods(methods(), arguments.methods); });
  if (base.out.empty()) mistakes.add("--out: found nothing, expected a folder");
  return base;
}

}  // namespace

Settings comparison_defaults() {
  Settings settings;
  settings.objective = "elbo";
  settings.dropout = "none";
  return settings;
}

bool is_shared(const Setting& setting) { return setting.name != "objective"; }

void check(const CompareArguments& arguments, kit::Mistakes& mistakes) {
  shared_settings(arguments, mistakes);
}

int compare_command(const CompareArguments& arguments) {
  kit::Mistakes mistakes;
  const Settings base = shared_settings(arguments, mistakes);
  mistakes.raise_if_any();
  ComparisonData data = load_comparison_data(arguments, base);
  const kit::ComparisonOrder<Scores> order{.program = "text_vae",
                                           .out = base.out,
                                           .jobs = arguments.jobs,
                                           .threads = base.threads,
                                           .measures = measures(),
                                           .line = result_line};
  return kit::compare<Scores>(plan_runs(arguments, base, data), order);
}

}  // namespace text_vae
