#include "command_line.hpp"

#include <CLI/CLI.hpp>

#include <vaecollapse/version.hpp>

#include "corpus_command.hpp"
#include "handbook.hpp"
#include "kit/explain/command.hpp"
#include "kit/numbers.hpp"
#include "kit/options.hpp"
#include "kit/plateau.hpp"
#include "kit/policies.hpp"
#include "settings.hpp"
#include "train_command.hpp"

namespace text_vae {

namespace {

void describe_train(CLI::App& app, kit::TrainArguments& arguments) {
  kit::add_train_options(app, setting_table, arguments, Settings());
  app.footer(kit::policy_help("text_vae",
                              {.more = "Plateaus (EXPR):\n" + kit::help(kit::plateau_methods()),
                               .without = {"places", "bag_of_characters", "accuracy"}}));
}

void describe(CLI::App& app, CorpusArguments& arguments) {
  app.add_option("--out", arguments.out, "folder for train.txt, dev.txt and test.txt")
      ->type_name("DIR")
      ->required();
  const auto sentences = [&app](const char* option, std::uint64_t& count, const char* about) {
    kit::add_number(app, option, count, about, 1, 1e7);
  };
  sentences("--train", arguments.sizes.train, "sentences of train.txt");
  sentences("--dev", arguments.sizes.dev, "sentences of dev.txt");
  sentences("--test", arguments.sizes.test, "sentences of test.txt");
  kit::add_number(app, "--seed", arguments.sizes.seed, "another seed gives another language", 0,
                  kit::largest_count);
  kit::add_flag(app, "--overwrite", arguments.overwrite, "replace files that are there");
}

}  // namespace

kit::Command parse_command_line(int count, const char* const* arguments) {
  kit::CommandLine program("text_vae",
                           "Trains a VAE of sentences or a language model, scores it and uses it.",
                           VAECOLLAPSE_VERSION_STRING);
  program.add("train", "train a model", describe_train, train_command, check_train);
  program.add("explain", "say what a method is, when it helps and when it hurts",
              kit::describe_explain, explain_command);
  program.add("corpus", "write the built-in corpus", describe, corpus_command);
  return program.parse(count, arguments);
}

}  // namespace text_vae
