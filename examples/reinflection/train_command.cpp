#include "train_command.hpp"

#include <cstdio>

#include <vaecollapse/core/check.hpp>

#include "progress.hpp"
#include "training.hpp"

namespace reinflection {

namespace {

/// Parses an expression, and says which option it stands in when it has a mistake.
template <class Parse>
auto parse_option(const char* option, const std::string& expression, Parse&& parse) {
  try {
    return parse(expression);
  } catch (const ExpressionError& error) {
    vaecollapse::raise(vaecollapse::Error(std::string(option) + ": " + error.what()));
  }
}

TrainingRun prepare(Settings settings) {
  auto objective = parse_option("--objective", settings.objective, parse_objective);
  auto dropout = parse_option("--dropout", settings.dropout, parse_dropout);
  // In full, so that config.json means the same when a default has changed.
  settings.objective = objective.text;
  settings.dropout = dropout.text;
  TrainingRows rows = load_training_rows(settings);
  return {std::move(settings), std::move(objective), std::move(dropout), std::move(rows)};
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
  Progress progress(stderr, run.settings.epochs);
  const vaecollapse::EpochReport best = train(run, folder, progress);
  std::printf("best epoch %llu: dev accuracy %.2f %%, written to %s\n",
              static_cast<unsigned long long>(best.epoch), 100 * best.dev_accuracy,
              folder.path().c_str());
  return 0;
}

}  // namespace reinflection
