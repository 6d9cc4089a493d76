// A second program on the kit alone: three settings of its own, no header of another program, and
// it has a command line, --config, config.json, mistakes, explain, compare and a report.
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include <vaecollapse/core/check.hpp>
#include <vaecollapse/io/file.hpp>

#include "kit/command_line.hpp"
#include "kit/compare/methods.hpp"
#include "kit/compare/table.hpp"
#include "kit/explain/command.hpp"
#include "kit/explain/page.hpp"
#include "kit/policies.hpp"
#include "kit/settings.hpp"
#include "unit/io/temporary_folder.hpp"

namespace {

struct WordSettings {
  std::string objective = "elbo";
  std::string dropout = "none";
  std::uint64_t sentences = 1000;

  friend bool operator==(const WordSettings&, const WordSettings&) = default;
};

using WordSetting = kit::Setting<WordSettings>;

constexpr std::array word_rows{
    WordSetting{"objective", "EXPR", "what is minimised", &WordSettings::objective},
    WordSetting{"dropout", "EXPR", "what the decoder does not read", &WordSettings::dropout},
    WordSetting{"sentences", "N", "to train on", &WordSettings::sentences, 1, 1e6},
};

constexpr kit::SettingTable<WordSettings> word_table(word_rows);

const kit::Methods& word_methods() {
  static const kit::Methods all{.program = "words",
                                .parts = kit::policy_parts(),
                                .others = {{"few", "few sentences", {{"sentences", "10"}}}},
                                .lists = {{"both", "elbo,mdr+few"}}};
  return all;
}

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

struct TrainArguments {
  std::string config;
  std::vector<kit::GivenSetting> settings;
};

/// What the last run of the command has trained with.
WordSettings trained;

WordSettings settings_of(const TrainArguments& arguments, kit::Mistakes& mistakes) {
  return word_table.settle(arguments.config, arguments.settings, mistakes);
}

void check_train(const TrainArguments& arguments, kit::Mistakes& mistakes) {
  settings_of(arguments, mistakes);
}

void describe_train(CLI::App& app, TrainArguments& arguments) {
  kit::add_config(app, arguments.config);
  kit::add_settings(app, word_table, WordSettings(), arguments.settings);
  app.footer(kit::policy_help("words"));
}

int train(const TrainArguments& arguments) {
  kit::Mistakes mistakes;
  trained = settings_of(arguments, mistakes);
  mistakes.raise_if_any();
  return 7;
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
  WordSettings first;
  first.sentences = 5;
  first.objective = "mdr(rate=9)";
  vaecollapse::write_file(config, word_table.to_json(first, kit::Content::all));
  CHECK(run({"train", "--config", config.c_str(), "--objective", "ha_bits(3)"}) == 7);
  CHECK(trained.objective == "ha_bits(3)");
  CHECK(trained.sentences == 5);
  CHECK(run({"train"}) == 7);
  CHECK(trained == WordSettings());
}

TEST_CASE("a second program: its config is one JSON object of its settings") {
  CHECK(word_table.to_json(WordSettings(), kit::Content::all) ==
        "{\n  \"objective\": \"elbo\",\n  \"dropout\": \"none\",\n  \"sentences\": 1000\n}\n");
}

TEST_CASE("a second program: all mistakes are told at once, and by its own name") {
  CHECK(complaint({"train", "--sentences", "0", "--sentence", "3"}) ==
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
