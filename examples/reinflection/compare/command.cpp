#include "compare/command.hpp"

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include <vaecollapse/core/check.hpp>

#include "compare/methods.hpp"
#include "compare/run.hpp"
#include "compare/scores.hpp"
#include "kit/compare/make_runs.hpp"
#include "kit/training_notes.hpp"
#include "latent_space.hpp"
#include "training_run.hpp"

namespace reinflection {

namespace {

using vaecollapse::raise;

std::vector<kit::RunToMake<Scores>> plan_runs(const CompareArguments& arguments,
                                              const Settings& base, const ComparisonData& data) {
  const kit::EpochLength epoch = kit::in_full_batches(data.rows.rows_of_epoch(), base.batch);
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

ComparisonData load_data(const CompareArguments& arguments, Settings base) {
  kit::check_inputs({{"--train", base.train},
                     {"--dev", base.dev},
                     {"--words", base.words},
                     {"--latent-data", arguments.latent_data}});
  ComparisonData data{.rows = load_training_rows(base), .latent = {}};
  if (data.rows.dev.size() < 2) {
    raise(vaecollapse::InputError(kit::shown_name(base.dev), 0, "a single row",
                                  "two at least, to permute z"));
  }
  if (!arguments.latent_data.empty()) {
    constexpr auto all = std::numeric_limits<std::size_t>::max();
    const auto vocabulary = vaecollapse::reinflection::vocabulary_of(data.rows.train);
    const auto features = vaecollapse::reinflection::Features::of(data.rows.train);
    data.latent = read_labelled_words(
        {arguments.latent_data, latent_reading_of(base, {}), Known{vocabulary, features}}, base.dev,
        data.rows.dev, all);
  }
  return data;
}

/// The settings of all runs; what does not fit is kept as mistakes.
Settings settings_of(const CompareArguments& arguments, kit::Mistakes& mistakes) {
  Settings usual = comparison_defaults();
  usual.warmup = kit::warmup_by_steps;
  Settings base = setting_table.settle("", arguments.settings, mistakes, std::move(usual));
  check_expressions(base, mistakes);
  mistakes.keep([&] { check_files(base); });
  mistakes.keep([&] { kit::read_methods(methods(), arguments.methods); });
  if (base.out.empty()) mistakes.add("--out: found nothing, expected a folder");
  return base;
}

}  // namespace

Settings comparison_defaults() {
  Settings settings;
  settings.copies = "none";
  return settings;
}

bool is_shared(const Setting& setting) {
  return setting.name != "objective" && setting.name != "dropout" && setting.name != "compat" &&
         setting.name != "init_from";
}

void check(const CompareArguments& arguments, kit::Mistakes& mistakes) {
  settings_of(arguments, mistakes);
}

int compare_command(const CompareArguments& arguments) {
  kit::Mistakes mistakes;
  const Settings base = settings_of(arguments, mistakes);
  mistakes.raise_if_any();
  const ComparisonData data = load_data(arguments, base);
  kit::ComparisonOrder<Scores> order{.program = "reinflect",
                                     .out = base.out,
                                     .jobs = arguments.jobs,
                                     .threads = base.threads,
                                     .measures = measures(),
                                     .line = result_line};
  if (arguments.ensembles) order.score_ensemble = score_ensemble_of(data);
  return kit::compare<Scores>(plan_runs(arguments, base, data), order);
}

}  // namespace reinflection
