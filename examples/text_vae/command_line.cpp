#include "text_vae/command_line.hpp"

#include <CLI/CLI.hpp>

#include <vaecollapse/version.hpp>

#include "kit/explain/command.hpp"
#include "kit/model_options.hpp"
#include "kit/numbers.hpp"
#include "kit/options.hpp"
#include "kit/plateau.hpp"
#include "kit/policies.hpp"
#include "text_vae/compare/command.hpp"
#include "text_vae/compare/methods.hpp"
#include "text_vae/corpus_command.hpp"
#include "text_vae/diagnose_command.hpp"
#include "text_vae/evaluate_command.hpp"
#include "text_vae/handbook.hpp"
#include "text_vae/interpolate_command.hpp"
#include "text_vae/reconstruct_command.hpp"
#include "text_vae/report/command.hpp"
#include "text_vae/sample_command.hpp"
#include "text_vae/settings.hpp"
#include "text_vae/train_command.hpp"

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

void describe_seed(CLI::App& app, std::uint64_t& seed) {
  kit::add_number(app, "--seed", seed, "of what is drawn", 0, kit::largest_count);
}

void describe_samples(CLI::App& app, std::uint64_t& samples) {
  kit::add_number(app, "--samples", samples,
                  "of z for each sentence, for the importance-weighted NLL", 1, 5000);
}

void describe_diagnosis(CLI::App& app, vaecollapse::DiagnosisOptions& options) {
  describe_samples(app, options.samples);
  kit::add_number(app, "--probe-rows", options.probe_rows,
                  "sentences for what is done for each dimension of z, or many times", 2, 65536);
}

void describe(CLI::App& app, EvaluateArguments& arguments) {
  kit::add_model(app, arguments.model, arguments.threads);
  app.add_option("--data", arguments.data, "sentences, one a line; - is standard input")
      ->type_name("FILE")
      ->required();
  describe_samples(app, arguments.samples);
  kit::add_json(app, arguments.json);
}

void describe(CLI::App& app, SampleArguments& arguments) {
  kit::add_model(app, arguments.model, arguments.threads);
  app.add_option("--sentence", arguments.sentence,
                 "draw z from the posterior of this sentence, not from the prior")
      ->type_name("TEXT");
  kit::add_number(app, "--count", arguments.count, "sentences", 1, 1e6);
  kit::add_number(app, "--temperature", arguments.sampling.temperature,
                  "tokens are drawn by p^(1/X); 0: the likeliest each time", 0.0, 100.0);
  kit::add_number(app, "--top-k", arguments.sampling.top_k,
                  "draw among the likeliest N tokens only; 0: among all", 0, 1e7);
  kit::add_number(app, "--top-p", arguments.sampling.top_p,
                  "draw among the likeliest tokens whose p come to X only", 1e-9, 1.0);
  kit::add_flag(app, "--greedy", arguments.greedy,
                "take the likeliest token each time: only z is drawn");
  kit::add_number(app, "--longest", arguments.longest, "tokens of a sentence at most", 1, 4096);
  describe_seed(app, arguments.seed);
  kit::add_json(app, arguments.json);
}

void describe(CLI::App& app, ReconstructArguments& arguments) {
  kit::add_model(app, arguments.model, arguments.threads);
  app.add_option("--data", arguments.data, "sentences, one a line; - is standard input")
      ->type_name("FILE");
  app.add_option("--sentence", arguments.sentence, "one sentence, in place of --data")
      ->type_name("TEXT");
  kit::add_number(app, "--draws", arguments.draws,
                  "of z from the posterior of each sentence, beside its mean", 0, 1000);
  kit::add_search(app, arguments.search);
  describe_seed(app, arguments.seed);
  kit::add_json(app, arguments.json);
}

void describe(CLI::App& app, InterpolateArguments& arguments) {
  kit::add_model(app, arguments.model, arguments.threads);
  app.add_option("--from", arguments.from,
                 "a sentence; without --from and --to between two draws from the prior")
      ->type_name("TEXT");
  app.add_option("--to", arguments.to, "another sentence")->type_name("TEXT");
  kit::add_number(app, "--steps", arguments.steps, "from the one to the other", 1, 1000);
  kit::add_flag(
      app, "--spherical", arguments.spherical,
      "turn from the one z to the other, where a line would pass nearer to 0; z that lie on a "
      "sphere always do");
  kit::add_search(app, arguments.search);
  describe_seed(app, arguments.seed);
  kit::add_json(app, arguments.json);
}

void describe(CLI::App& app, DiagnoseArguments& arguments) {
  kit::add_model(app, arguments.model, arguments.threads);
  app.add_option("--data", arguments.data,
                 "sentences, not of those trained on; - is standard input")
      ->type_name("FILE")
      ->required();
  describe_diagnosis(app, arguments.options);
  kit::add_json(app, arguments.json);
  app.footer(
      "Exit status, of z alone, whether or not the task is learnt: 0 healthy, 3 collapsed (z is "
      "not used, whatever the rate), 4 otherwise unhealthy or not known, 2 bad input.\n");
}

void describe(CLI::App& app, CompareArguments& arguments) {
  app.add_option("--methods", arguments.methods, "names from the list below, separated by commas")
      ->type_name("LIST")
      ->capture_default_str();
  kit::add_number(app, "--seeds", arguments.seeds, "runs of each method, from --seed on", 1, 1000);
  kit::add_number(app, "--rate", arguments.rate,
                  "nats a sentence that methods with a target aim at", 1e-6, 1e9);
  app.add_option("--test", arguments.test,
                 "sentences that the runs are scored by; without it those of --dev")
      ->type_name("FILE");
  describe_samples(app, arguments.samples);
  kit::add_number(app, "--jobs", arguments.jobs, "runs at once; 0: one for each core", 0, 1024);
  kit::add_settings(app, setting_table, comparison_defaults(), arguments.settings, is_shared);
  app.footer("Methods; several joined by + are one:\n" + kit::method_help(methods()) +
             "What --dropout drops is dropped by every method.\n");
}

void describe(CLI::App& app, ReportArguments& arguments) {
  app.add_option("--run", arguments.runs,
                 "folder of a run, or what text_vae compare filled; several are set side by side")
      ->type_name("DIR...")
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
      ->required();
  app.add_option("--data", arguments.data,
                 "sentences, not of those trained on; needed unless all are comparisons")
      ->type_name("FILE");
  app.add_option("--out", arguments.out, "the HTML file to write")->type_name("FILE")->required();
  kit::add_number(app, "--points", arguments.points, "sentences in the latent maps, at most", 6,
                  10000);
  describe_diagnosis(app, arguments.options);
  kit::add_threads(app, arguments.threads);
}

}  // namespace

kit::Command parse_command_line(int count, const char* const* arguments) {
  kit::CommandLine program("text_vae",
                           "Trains a VAE of sentences or a language model, scores it and uses it.",
                           VAECOLLAPSE_VERSION_STRING);
  program.add("train", "train a model", describe_train, train_command, check_train);
  program.add("evaluate", "ELBO, likelihood and perplexity of a file, and what z holds", describe,
              evaluate_command);
  program.add("sample", "draw sentences", describe, sample_command, check);
  program.add("reconstruct", "decode sentences from their own z", describe, reconstruct_command,
              check);
  program.add("interpolate", "decode along the line between two z", describe, interpolate_command,
              check);
  program.add("diagnose", "say whether z is used, and what the model makes of it", describe,
              diagnose_command);
  program.add("compare", "train methods x seeds, and write tables of what they come to", describe,
              compare_command, check);
  program.add("report", "write runs and comparisons as one HTML file", describe, report_command);
  program.add("explain", "say what a method is, when it helps and when it hurts",
              kit::describe_explain, explain_command);
  program.add("corpus", "write the built-in corpus", describe, corpus_command);
  return program.parse(count, arguments);
}

}  // namespace text_vae
