#include "command_line.hpp"

#include <cstdint>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include <vaecollapse/version.hpp>

#include "compare/command.hpp"
#include "compare/methods.hpp"
#include "corpus_command.hpp"
#include "diagnose/command.hpp"
#include "evaluate_command.hpp"
#include "export_command.hpp"
#include "handbook.hpp"
#include "interpolate_command.hpp"
#include "kit/explain/command.hpp"
#include "kit/model_options.hpp"
#include "kit/options.hpp"
#include "kit/policies.hpp"
#include "latents.hpp"
#include "predict_command.hpp"
#include "report/command.hpp"
#include "sample_command.hpp"
#include "settings.hpp"
#include "train_command.hpp"

namespace reinflection {

namespace {

void describe_train(CLI::App& app, kit::TrainArguments& arguments) {
  kit::add_train_options(app, setting_table, arguments, settings_of_usual_run());
  app.footer(kit::policy_help("reinflect"));
}

/// One model, or several that guess together.
void describe_models(CLI::App& app, std::vector<std::string>& models, std::uint64_t& threads) {
  app.add_option("--model", models,
                 "folder of a run, or a model file; several guess together, their log "
                 "probabilities averaged at every symbol")
      ->type_name("DIR...")
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
      ->required();
  kit::add_threads(app, threads);
}

/// How the rows are written that a model is asked about.
void describe_format(CLI::App& app, GivenFormat& format) {
  kit::add_number(app, "--task", format.task, "columns of the rows, 1, 2 or 3; else as in training",
                  1, 3)
      ->default_str("");
  app.add_option("--format", format.format, "of the rows, else as in training")
      ->type_name("sigmorphon2016|unimorph")
      ->check([](const std::string& text) {
        const bool is_known = text == "sigmorphon2016" || text == "unimorph";
        return is_known ? "" : "found '" + text + "', expected sigmorphon2016 or unimorph";
      });
  app.add_option("--columns", format.columns,
                 "source, target, tags, source_tags and - in their order in the rows, with commas "
                 "between; else as in training")
      ->type_name("LIST")
      ->check([](const std::string& text) { return text.empty() ? "" : fault_of_columns(text); });
  app.add_option("--tag-separator", format.tag_separator,
                 "what stands between tags, else as in training")
      ->type_name("CHAR")
      ->check([](const std::string& text) { return text.empty() ? "" : fault_of_separator(text); });
}

void describe(CLI::App& app, EvaluateArguments& arguments) {
  describe_models(app, arguments.models, arguments.threads);
  app.add_option("--data", arguments.data, "rows with answers; - is standard input")
      ->type_name("FILE")
      ->required();
  describe_format(app, arguments.format);
  app.add_option_function<std::string>(
         "--scoring",
         [&arguments](const std::string& text) {
           const bool is_official = text == "official";
           if (!is_official && text != "per-row") {
             kit::refuse_value("--scoring", text, "per-row or official");
           }
           arguments.scoring = is_official ? vaecollapse::reinflection::Scoring::official
                                           : vaecollapse::reinflection::Scoring::per_row;
         },
         "how to count: row by row, or as the shared task did, the best of rows that ask the same")
      ->type_name("per-row|official")
      ->default_str("per-row");
  kit::add_search(app, arguments.search);
  kit::add_flag(app, "--permute-z", arguments.permute_z,
                "guess each row from the z of another: a model that uses z must fail");
  kit::add_json(app, arguments.json);
}

void describe_diagnosis(CLI::App& app, vaecollapse::DiagnosisOptions& options) {
  kit::add_number(app, "--samples", options.samples,
                  "of z for each row, for the importance-weighted NLL", 1, 5000);
  kit::add_number(app, "--probe-rows", options.probe_rows,
                  "rows for what is done for each dimension of z, or many times", 2, 65536);
}

void describe(CLI::App& app, DiagnoseArguments& arguments) {
  kit::add_model(app, arguments.model, arguments.threads);
  app.add_option("--data", arguments.data,
                 "rows with answers, not of those trained on; - is standard input")
      ->type_name("FILE")
      ->required();
  describe_format(app, arguments.format);
  app.add_option(
         "--latent-data", arguments.latent_data,
         "lemmas with their forms, in task 1 or as --columns says, to look at in the latent "
         "space with lemma and tags as labels; else the sources of --data with their tags")
      ->type_name("FILE");
  describe_diagnosis(app, arguments.options);
  kit::add_json(app, arguments.json);
  app.footer(
      "Exit status, of z alone, whether or not the task is learnt: 0 healthy, 3 collapsed (z is "
      "not used, whatever the rate), 4 otherwise unhealthy or not known, 2 bad input.\n");
}

void describe(CLI::App& app, PredictArguments& arguments) {
  describe_models(app, arguments.models, arguments.threads);
  app.add_option("--input", arguments.input,
                 "rows with or without their answers; - is standard input")
      ->type_name("FILE")
      ->required();
  describe_format(app, arguments.format);
  kit::add_search(app, arguments.search);
  kit::add_number(app, "--nbest", arguments.search.nbest,
                  "guesses for each row, a line each, best first; widens a narrower beam", 1, 1000);
  kit::add_flag(app, "--scores", arguments.scores, "add a column: log p of the guess, in nats");
}

void describe(CLI::App& app, ReportArguments& arguments) {
  app.add_option("--run", arguments.runs,
                 "folder of a run, or what reinflect compare filled; several are set side by side")
      ->type_name("DIR...")
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
      ->required();
  app.add_option("--data", arguments.data,
                 "rows with answers, not of those trained on; needed unless all are comparisons")
      ->type_name("FILE");
  app.add_option(
         "--latent-data", arguments.latent_data,
         "lemmas with their forms, in task 1 or as --columns says, whose forms are drawn in the "
         "latent space; else the sources of --data")
      ->type_name("FILE");
  app.add_option("--out", arguments.out, "the HTML file to write")->type_name("FILE")->required();
  describe_format(app, arguments.format);
  kit::add_number(app, "--points", arguments.points, "words in the latent maps, at most", 6, 10000);
  describe_diagnosis(app, arguments.options);
  kit::add_threads(app, arguments.threads);
}

void describe_tags(CLI::App& app, std::string& tags) {
  app.add_option("--tags", tags,
                 "the form to ask for: tags as in the rows that the model was trained on")
      ->type_name("MSD");
}

void describe(CLI::App& app, InterpolateArguments& arguments) {
  kit::add_model(app, arguments.model, arguments.threads);
  app.add_option("--from", arguments.from, "a word")->type_name("WORD")->required();
  app.add_option("--to", arguments.to, "another word")->type_name("WORD")->required();
  describe_tags(app, arguments.tags);
  kit::add_number(app, "--steps", arguments.steps, "from the one to the other", 1, 1000);
  kit::add_flag(
      app, "--spherical", arguments.spherical,
      "turn from the one code to the other, where a line would pass nearer to 0; codes that "
      "lie on a sphere always do");
  kit::add_json(app, arguments.json);
}

void describe(CLI::App& app, SampleArguments& arguments) {
  kit::add_model(app, arguments.model, arguments.threads);
  describe_tags(app, arguments.tags);
  app.add_option("--word", arguments.word,
                 "draw z from the posterior of this word, not from the prior")
      ->type_name("WORD")
      ->check([](const std::string& word) {
        return word.empty() ? "found nothing, expected a word" : std::string();
      });
  kit::add_number(app, "--count", arguments.count, "samples", 1, 100000);
  kit::add_number(
      app, "--places", arguments.places,
      "of a model trained with --latent-per-place, so many places of each z; 0: as many "
      "as words of the training have, drawn",
      0, 1000);
  kit::add_number(app, "--seed", arguments.seed, "of the draws", 0, kit::largest_count);
  kit::add_number(app, "--temperature", arguments.sampling.temperature,
                  "draw each symbol too, its log p divided by this; 0: the likeliest symbol", 0.0,
                  100.0);
  kit::add_number(app, "--top-k", arguments.sampling.top_k,
                  "of so many symbols only, the likeliest; 0: of all", 0, kit::largest_count);
  kit::add_number(app, "--top-p", arguments.sampling.top_p,
                  "of the fewest symbols that have this probability together", 0.0001, 1.0);
  kit::add_json(app, arguments.json);
}

void describe(CLI::App& app, ExportArguments& arguments) {
  app.add_option("--model", arguments.model, "folder of a run, or a model file")
      ->type_name("DIR")
      ->required();
  app.add_option("--cpp-header", arguments.cpp_header,
                 "the C++ header to write: weights and plain loops, for C++20 and nothing else")
      ->type_name("FILE")
      ->required();
  app.add_option("--namespace", arguments.name, "what the header defines its model and inflect in")
      ->type_name("NAME")
      ->capture_default_str();
}

void describe(CLI::App& app, CorpusArguments& arguments) {
  app.add_option("--out", arguments.out,
                 "folder for train.tsv, dev.tsv, test.tsv and unseen.tsv (unseen lemmas)")
      ->type_name("DIR");
  app.add_option("--forms", arguments.forms,
                 "file of task 1 to write: every noun in all its forms, for --latent-data")
      ->type_name("FILE");
  app.add_option(
         "--score", arguments.score,
         "score the corpus's inflector on the nouns of a file of task 1; - is standard input")
      ->type_name("FILE");
  const auto rows = [&app](const char* option, std::size_t& count, const char* about) {
    kit::add_number(app, option, count, about, 1, 1000000);
  };
  rows("--train", arguments.rows.train, "rows of train.tsv");
  rows("--dev", arguments.rows.dev, "rows of dev.tsv");
  rows("--test", arguments.rows.test, "rows of test.tsv");
  rows("--unseen", arguments.rows.unseen, "rows of unseen.tsv");
  kit::add_number(app, "--seed", arguments.rows.seed, "chooses the rows", 0, kit::largest_count);
  kit::add_flag(app, "--overwrite", arguments.overwrite, "replace files that are there");
}

void describe(CLI::App& app, CompareArguments& arguments) {
  app.add_option("--methods", arguments.methods,
                 "names with commas between, see below; + joins several into one")
      ->type_name("LIST")
      ->capture_default_str();
  kit::add_number(app, "--seeds", arguments.seeds,
                  "runs of each method, with --seed and those after it", 1, 1000);
  kit::add_number(app, "--rate", arguments.rate, "nats per word, for methods that aim at a rate",
                  0.0, 1e6);
  kit::add_number(app, "--jobs", arguments.jobs,
                  "runs at once, which share the threads; 0: one for each core", 0, 1024);
  app.add_option(
         "--latent-data", arguments.latent_data,
         "lemmas with their forms, in task 1 or as --columns says, for lemma_purity: whether "
         "forms that are near in the latent space have one lemma")
      ->type_name("FILE");
  kit::add_flag(app, "--ensembles", arguments.ensembles,
                "add a row to the tables for each method: its seeds, guessing together");
  kit::add_settings(app, setting_table, comparison_defaults(), arguments.settings, is_shared);
  app.footer("Methods:\n" + kit::method_help(methods()));
}

}  // namespace

kit::Command parse_command_line(int count, const char* const* arguments) {
  kit::CommandLine program(
      "reinflect", "Trains a sequence VAE on morphological reinflection, scores it and uses it.",
      VAECOLLAPSE_VERSION_STRING);
  program.add("train", "train a model", describe_train, train_command, check_train);
  program.add("evaluate", "score a model on rows with answers", describe, evaluate_command);
  program.add("diagnose", "say whether z is used, with figures", describe, diagnose_command);
  program.add("report", "write an HTML file about runs or a comparison", describe, report_command);
  program.add("predict", "inflect the words of a file", describe, predict_command);
  program.add("interpolate", "words along the line between the codes of two words", describe,
              interpolate_command, check);
  program.add("sample", "words from codes drawn from the prior", describe, sample_command, check);
  program.add("compare", "train methods x seeds on the same rows, and compare them", describe,
              compare_command, check);
  program.add("explain", "say what a method is, when it helps and when it hurts",
              kit::describe_explain, explain_command);
  program.add("export", "write a model for other programs", describe, export_command);
  program.add("corpus", "write the built-in corpus, or score its inflector", describe,
              corpus_command, check);
  return program.parse(count, arguments);
}

}  // namespace reinflection
