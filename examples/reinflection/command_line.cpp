#include "command_line.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include <CLI/CLI.hpp>

#include <vaecollapse/version.hpp>

#include "compare/command.hpp"
#include "compare/methods.hpp"
#include "corpus_command.hpp"
#include "diagnose/command.hpp"
#include "evaluate_command.hpp"
#include "explain/command.hpp"
#include "export_command.hpp"
#include "interpolate_command.hpp"
#include "kit/choices.hpp"
#include "kit/command_mistakes.hpp"
#include "kit/expression.hpp"
#include "kit/options.hpp"
#include "kit/standard_output.hpp"
#include "predict_command.hpp"
#include "report/command.hpp"
#include "sample_command.hpp"
#include "train_command.hpp"

namespace reinflection {

namespace {

/// An option for each setting that `is_shown`.
void describe_settings(CLI::App& app, std::vector<GivenSetting>& given, const Settings& defaults,
                       bool (*is_shown)(const Setting&)) {
  for (const Setting& setting : setting_table) {
    if (!is_shown(setting)) continue;
    const auto take = [&given, name = std::string(setting.name)](const std::string& text) {
      given.push_back({name, text});
    };
    const std::string about(setting.about);
    if (std::holds_alternative<Setting::Flag>(setting.member)) {
      app.add_flag_function(
             option_name(setting),
             [take](std::int64_t count) { take(count > 0 ? "true" : "false"); }, about)
          ->check(kit::fault_of_flag);
      continue;
    }
    app.add_option_function<std::string>(option_name(setting), take, about)
        ->type_name(std::string(setting.value))
        ->default_str(show(defaults, setting));
  }
}

void describe(CLI::App& app, TrainArguments& arguments) {
  app.add_option("--config", arguments.config,
                 "a config.json to run again; options given beside it win")
      ->type_name("FILE");
  describe_settings(app, arguments.settings, Settings(), [](const Setting&) { return true; });
  kit::add_flag(app, "--overwrite", arguments.overwrite, "replace an earlier run in --out");
  app.add_option("--resume", arguments.resume,
                 "go on with the run in this folder; with --out: in another, and leave it as it is")
      ->type_name("DIR");
  app.footer("Objectives (EXPR):\n" + kit::help(kit::objective_methods()) +
             "Auxiliary losses (+ adds them to an objective):\n" +
             kit::help(kit::auxiliary_methods()) + "Dropouts (EXPR, + joins them):\n" +
             kit::help(kit::dropout_methods()) + "Priors (EXPR):\n" +
             kit::help(kit::prior_methods()) + "Optimisers (EXPR):\n" +
             kit::help(kit::optimiser_methods()) + "reinflect explain METHOD says more of each.\n");
}

void describe_threads(CLI::App& app, std::uint64_t& threads) {
  kit::add_number(app, "--threads", threads, "0: one for each core; results do not depend on it", 0,
                  1024);
}

void describe_model(CLI::App& app, std::string& model, std::uint64_t& threads) {
  app.add_option("--model", model, "folder of a run, or a model file")
      ->type_name("DIR")
      ->required();
  describe_threads(app, threads);
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

void describe_search(CLI::App& app, Search& search) {
  kit::add_number(
      app, "--beam", search.beam,
      "hypotheses that grow at each step, beside that of greedy search; 1: greedy search", 1, 1000);
  kit::add_number(app, "--length-normalisation", search.length_normalisation,
                  "rank hypotheses by log p / length^X", 0.0, 10.0);
}

void describe(CLI::App& app, EvaluateArguments& arguments) {
  describe_model(app, arguments.model, arguments.threads);
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
         "count rows, or as the shared task did: the best of rows that ask the same")
      ->type_name("per-row|official")
      ->default_str("per-row");
  describe_search(app, arguments.search);
  kit::add_flag(app, "--permute-z", arguments.permute_z,
                "guess each row from the z of another: who uses z must fail");
  kit::add_flag(app, "--json", arguments.json, "print a JSON object");
}

void describe_diagnosis(CLI::App& app, DiagnosisOptions& options) {
  kit::add_number(app, "--samples", options.samples,
                  "of z for each row, for the importance-weighted NLL", 1, 5000);
  kit::add_number(app, "--probe-rows", options.probe_rows,
                  "rows for what is done for each dimension of z, or many times", 2, 65536);
}

void describe(CLI::App& app, DiagnoseArguments& arguments) {
  describe_model(app, arguments.model, arguments.threads);
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
  kit::add_flag(app, "--json", arguments.json, "print a JSON object");
  app.footer(
      "Exit status, of z alone, whether or not the task is learnt: 0 healthy, 3 collapsed (z is "
      "not used, whatever the rate), 4 otherwise unhealthy or not known, 2 bad input.\n");
}

void describe(CLI::App& app, PredictArguments& arguments) {
  describe_model(app, arguments.model, arguments.threads);
  app.add_option("--input", arguments.input,
                 "rows with or without their answers; - is standard input")
      ->type_name("FILE")
      ->required();
  describe_format(app, arguments.format);
  describe_search(app, arguments.search);
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
  describe_threads(app, arguments.threads);
}

void describe_tags(CLI::App& app, std::string& tags) {
  app.add_option("--tags", tags,
                 "the form to ask for: tags as in the rows that the model was trained on")
      ->type_name("MSD");
}

void describe(CLI::App& app, InterpolateArguments& arguments) {
  describe_model(app, arguments.model, arguments.threads);
  app.add_option("--from", arguments.from, "a word")->type_name("WORD")->required();
  app.add_option("--to", arguments.to, "another word")->type_name("WORD")->required();
  describe_tags(app, arguments.tags);
  kit::add_number(app, "--steps", arguments.steps, "from the one to the other", 1, 1000);
  kit::add_flag(app, "--spherical", arguments.spherical,
                "turn from the one code to the other, where a line would pass nearer to 0");
  kit::add_flag(app, "--json", arguments.json, "print a JSON object");
}

void describe(CLI::App& app, SampleArguments& arguments) {
  describe_model(app, arguments.model, arguments.threads);
  describe_tags(app, arguments.tags);
  app.add_option("--word", arguments.word,
                 "draw z from the posterior of this word, not from the prior")
      ->type_name("WORD")
      ->check([](const std::string& word) {
        return word.empty() ? "found nothing, expected a word" : std::string();
      });
  kit::add_number(app, "--count", arguments.count, "samples", 1, 100000);
  kit::add_number(app, "--seed", arguments.seed, "of the draws", 0, kit::largest_count);
  kit::add_flag(app, "--json", arguments.json, "print a JSON object");
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
  describe_settings(app, arguments.settings, comparison_defaults(), is_shared);
  app.footer("Methods:\n" + method_help());
}

void describe(CLI::App& app, ExplainArguments& arguments) {
  app.add_option("method", arguments.method, "its name; without one, all are listed")
      ->type_name("METHOD");
  kit::add_flag(app, "--markdown", arguments.markdown, "print the page of the documentation");
}

/// What is wrong with arguments beside the values of single options: nothing, for most commands.
template <class Arguments>
void check(const Arguments&, kit::Mistakes&) {}

/// What each command does with its arguments.
struct Commands {
  Command chosen;
  std::map<const CLI::App*, std::function<void(kit::Mistakes&)>> checks;
};

/// Adds a subcommand that runs `run` with its own arguments.
template <class Arguments>
void add_command(CLI::App& app, Commands& commands, const std::string& name,
                 const std::string& about, int (*run)(const Arguments&)) {
  CLI::App& command = *app.add_subcommand(name, about);
  const auto arguments = std::make_shared<Arguments>();
  describe(command, *arguments);
  kit::check_values(command);
  commands.checks[&command] = [arguments](kit::Mistakes& mistakes) { check(*arguments, mistakes); };
  command.callback([&commands, arguments, run] {
    commands.chosen = [arguments, run] { return run(*arguments); };
  });
}

void add_commands(CLI::App& app, Commands& commands) {
  add_command(app, commands, "train", "train a model", train_command);
  add_command(app, commands, "evaluate", "score a model on rows with answers", evaluate_command);
  add_command(app, commands, "diagnose", "say whether z is used, with figures", diagnose_command);
  add_command(app, commands, "report", "write an HTML file about runs or a comparison",
              report_command);
  add_command(app, commands, "predict", "inflect the words of a file", predict_command);
  add_command(app, commands, "interpolate", "what is said between the codes of two words",
              interpolate_command);
  add_command(app, commands, "sample", "what is said from codes drawn from the prior",
              sample_command);
  add_command(app, commands, "compare", "train methods x seeds on the same rows, and compare them",
              compare_command);
  add_command(app, commands, "explain", "say what a method is, when it helps and when it hurts",
              explain_command);
  add_command(app, commands, "export", "write a model for other programs", export_command);
  add_command(app, commands, "corpus", "write the built-in corpus, or score its inflector",
              corpus_command);
}

/// Refuses arguments with all that is wrong with them.
[[noreturn]] void refuse(CLI::App& app, const Commands& commands, const CLI::ParseError& error,
                         const std::vector<std::string>& arguments) {
  kit::Mistakes mistakes;
  kit::find_mistakes(app, error, arguments, mistakes);
  kit::Mistakes of_all_options;
  for (const CLI::App* command : app.get_subcommands()) {
    commands.checks.at(command)(of_all_options);
  }
  mistakes.add_of_others(of_all_options);
  mistakes.raise_if_any();
  throw error;  // which is a mistake itself, so that this cannot be
}

}  // namespace

Command parse_command_line(int count, const char* const* arguments) {
  Commands commands;
  CLI::App app("Trains a sequence VAE on morphological reinflection, scores it and uses it.",
               "reinflect");
  app.require_subcommand(1);
  // So that a script can put its own options before its user's.
  app.option_defaults()->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
  app.set_version_flag("--version", "reinflect " VAECOLLAPSE_VERSION_STRING);
  app.get_formatter()->column_width(40);
  add_commands(app, commands);
  const std::vector<std::string> given = kit::split_arguments(count, arguments);
  try {
    app.parse(std::vector<std::string>(given.rbegin(), given.rend()));  // it takes the last first
  } catch (const CLI::ParseError& error) {
    const bool is_help = kit::asks_for_help(app);
    if (!is_help && error.get_exit_code() != 0) refuse(app, commands, error, given);
    kit::print(is_help ? app.help() : error.what() + std::string("\n"));
    return [] { return 0; };
  }
  return commands.chosen;
}

}  // namespace reinflection
