// A second program on the kit alone has a command line, --config, config.json, --resume, mistakes
// and explain.
#include "unit/examples/kit/second_program.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include <vaecollapse/core/check.hpp>
#include <vaecollapse/io/file.hpp>
#include <vaecollapse/runs/folder_lock.hpp>
#include <vaecollapse/runs/run_folder.hpp>

#include "kit/command_line.hpp"
#include "kit/compare/methods.hpp"
#include "kit/compare/table.hpp"
#include "kit/explain/command.hpp"
#include "kit/explain/page.hpp"
#include "kit/expression.hpp"
#include "kit/policies.hpp"
#include "kit/settings.hpp"
#include "kit/train.hpp"
#include "unit/io/temporary_folder.hpp"

using namespace words;

namespace {

kit::Handbook word_handbook() {
  return {.program = "words",
          .explanations = kit::with_policies({}),
          .compared = kit::read_methods(word_methods(), "all,few"),
          .default_of_setting = [](std::string_view name) -> std::optional<std::string> {
            const WordSetting* setting = word_table.find(name);
            if (setting == nullptr) return std::nullopt;
            return show(WordSettings(), *setting);
          }};
}

/// What the last run of the command has trained with.
WordSettings trained;

kit::TrainRules<WordSettings> word_rules() {
  return {.program = "words",
          .table = word_table,
          .defaults = {},
          .check =
              [](const WordSettings& settings, kit::Mistakes& mistakes) {
                kit::check_expression("--objective", settings.objective, kit::parse_objective,
                                      mistakes);
              },
          .complete =
              [](WordSettings settings) {
                settings.objective = kit::parse_objective(settings.objective).text;
                return settings;
              }};
}

void check_train(const kit::TrainArguments& arguments, kit::Mistakes& mistakes) {
  kit::settle_training(word_rules(), arguments, mistakes);
}

void describe_train(CLI::App& app, kit::TrainArguments& arguments) {
  kit::add_train_options(app, word_table, arguments);
  app.footer(kit::policy_help("words"));
}

int train(const kit::TrainArguments& arguments) {
  kit::Mistakes mistakes;
  trained = kit::settle_training(word_rules(), arguments, mistakes);
  mistakes.raise_if_any();
  const vaecollapse::RunFolder folder(trained.out, "words");
  kit::check_folder(arguments, folder);
  const vaecollapse::FolderLock lock(folder.path());
  folder.begin(word_table.to_json(trained, kit::Content::all));
  return kit::end_training("words", {}, "epoch 3", folder);
}

kit::Command parse(int count, const char* const* arguments) {
  kit::CommandLine program("words", "Trains on sentences.", "1.0");
  program.add("train", "train a model", describe_train, train, check_train);
  return program.parse(count, arguments);
}

int run(std::vector<const char*> arguments) {
  arguments.insert(arguments.begin(), "words");
  return parse(static_cast<int>(arguments.size()), arguments.data())();
}

std::string complaint(std::vector<const char*> arguments) {
  try {
    run(std::move(arguments));
  } catch (const vaecollapse::Error& error) {
    return error.what();
  }
  return "";
}

}  // namespace

TEST_CASE("a second program: options win over a config, which wins over the defaults") {
  const vaecollapse::test::TemporaryFolder folder;
  const std::string config = (folder.path() / "config.json").string();
  const std::string out = (folder.path() / "run").string();
  WordSettings first;
  first.sentences = 5;
  first.objective = "mdr(rate=9)";
  vaecollapse::write_file(config, word_table.to_json(first, kit::Content::all));
  CHECK(run({"train", "--config", config.c_str(), "--objective", "ha_bits(3)", "--out",
             out.c_str()}) == 0);
  CHECK(trained.objective == "ha_bits(3)");
  CHECK(trained.sentences == 5);
  CHECK(run({"train", "--out", out.c_str(), "--overwrite"}) == 0);
  WordSettings usual;
  usual.out = out;
  CHECK(trained == usual);
}

TEST_CASE("a second program: a run goes on with its own settings, in its folder or another") {
  const vaecollapse::test::TemporaryFolder folder;
  const std::string out = (folder.path() / "run").string();
  const std::string other = (folder.path() / "other").string();
  CHECK(complaint({"train"}) == "--out: found nothing, expected a folder");
  CHECK(run({"train", "--sentences", "5", "--objective", "mdr(9)", "--out", out.c_str()}) == 0);
  CHECK(complaint({"train", "--out", out.c_str()}) ==
        out +
            ": found an earlier run (config.json), expected a folder without one; --overwrite "
            "replaces it");
  CHECK(run({"train", "--resume", out.c_str()}) == 0);
  CHECK(trained.sentences == 5);
  CHECK(trained.out == out);
  // The same in other words is the same.
  CHECK(run({"train", "--resume", out.c_str(), "--objective", "mdr(rate=9)", "--out",
             other.c_str()}) == 0);
  CHECK(trained.out == other);
  CHECK(complaint({"train", "--resume", out.c_str(), "--sentences", "6"}) ==
        "--sentences: found '6', expected '5', with which the run in " + out +
            " began; --resume may change only --out");
  CHECK(complaint({"train", "--resume", out.c_str(), "--overwrite"}) ==
        "--overwrite: found with --resume, which keeps what is in " + out +
            ", expected one of them, or another folder as --out");
  const std::string empty = folder.path().string();
  CHECK(complaint({"train", "--resume", empty.c_str()}) ==
        empty + ": found no config.json, expected a folder in which words train has begun");
}

TEST_CASE("a second program: its config is one JSON object of its settings") {
  CHECK(word_table.to_json(WordSettings(), kit::Content::all) ==
        "{\n  \"objective\": \"elbo\",\n  \"dropout\": \"none\",\n  \"sentences\": 1000,\n"
        "  \"out\": \"\"\n}\n");
}

TEST_CASE("a second program: all mistakes are told at once, and by its own name") {
  CHECK(complaint({"train", "--out", "o", "--sentences", "0", "--sentence", "3"}) ==
        "words train: found the unknown argument --sentence, expected --sentences perhaps\n"
        "--sentences: found '0', expected a whole number from 1 to 1000000");
  CHECK(complaint({}) == "words: found no command, expected train; --help says what each does");
  kit::Mistakes mistakes;
  WordSettings settings;
  word_table.set_from_json(settings, "c", "{\"sentence\": 3,\n\"dropout\": 1}", mistakes);
  CHECK_THROWS_WITH_AS(mistakes.raise_if_any(),
                       "c:1: found the unknown key \"sentence\", expected \"sentences\" perhaps\n"
                       "c:2: found \"dropout\": 1, expected text in UTF-8",
                       vaecollapse::Error);
}

TEST_CASE("a second program: policies are explained, with its own commands") {
  const kit::Handbook book = word_handbook();
  CHECK(kit::list_text(book).ends_with("\nwords explain METHOD says more.\n"));
  for (const kit::Explanation& one : book.explanations) {
    CAPTURE(one.name);
    const std::string text = kit::explanation_text(book, one);
    CHECK(text.find("\n  words train --") != std::string::npos);
    CHECK(text.find("reinflect") == std::string::npos);
    if (one.name == "mdr") CHECK(text.find("\n  words compare --methods mdr\n") != text.npos);
  }
  CHECK_THROWS_WITH_AS(kit::explain(book, {"mdrr", false}),
                       "words explain: found the unknown method 'mdrr', expected 'mdr' perhaps",
                       vaecollapse::Error);
}

TEST_CASE("a second program: its methods are data, and change its settings") {
  CHECK(kit::read_methods(word_methods(), "both") == std::vector<std::string>{"elbo", "mdr+few"});
  const WordSettings few = kit::settings_of(word_methods(), word_table, "mdr+few", WordSettings(),
                                            {.rate = 12, .steps = 100});
  CHECK(few.objective == "mdr(rate=12)");
  CHECK(few.sentences == 10);
  CHECK(kit::method_help(word_methods()).ends_with("alone, but for few\n  both: elbo,mdr+few\n"));
  const kit::Methods other{
      .program = "words", .parts = {{"deep", "", {{"layers", "2"}}}}, .others = {}, .lists = {}};
  CHECK_THROWS_WITH_AS(kit::settings_of(other, word_table, "deep", WordSettings(), {}),
                       "--methods: found 'deep', which needs --layers, expected a method that this "
                       "program can train",
                       vaecollapse::Error);
}

TEST_CASE("a second program: what it measures is data, and makes the tables") {
  const kit::Comparison comparison{
      {{"perplexity", "perplexity", {.digits = 1}, kit::Where::everywhere, kit::Where::in_file},
       {"purity", "purity", {}, kit::Where::in_file, kit::Where::nowhere}},
      {{"elbo", 1, {{80, 120}, {}}, 2, true}, {"mdr", 1, {{60, 100}, {}}, 3, false}}};
  CHECK(kit::comparison_csv(comparison) ==
        "method,seed,perplexity,purity,seconds,collapsed\n"
        "elbo,1,100,,2.000,yes\nmdr,1,80,,3.000,no\n");
  const auto cells = kit::comparison_cells(comparison);
  CHECK(cells[0] == std::vector<std::string>{"method", "perplexity", "less elbo", "runs", "seconds",
                                             "collapsed"});
  CHECK(cells[2][2].starts_with("-20.0 ["));
  CHECK(cells[1].back() == "COLLAPSED");
}
