// What a second program compares and reports: it trains and scores a run, and the kit does the
// rest.
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <vaecollapse/core/check.hpp>
#include <vaecollapse/core/hash.hpp>
#include <vaecollapse/core/team.hpp>
#include <vaecollapse/diagnose/groupings.hpp>
#include <vaecollapse/diagnose/row_scores.hpp>
#include <vaecollapse/io/file.hpp>
#include <vaecollapse/metrics/verdict.hpp>
#include <vaecollapse/runs/run_watcher.hpp>
#include <vaecollapse/runs/session.hpp>

#include "kit/compare/make_runs.hpp"
#include "kit/compare/methods.hpp"
#include "kit/compare/planned_run.hpp"
#include "kit/compare/row_scores.hpp"
#include "kit/compare/run_result.hpp"
#include "kit/compare/table.hpp"
#include "kit/report/comparison_part.hpp"
#include "kit/report/data.hpp"
#include "kit/report/run_part.hpp"
#include "unit/examples/kit/second_program.hpp"
#include "unit/io/temporary_folder.hpp"

using namespace words;

namespace {

/// No word is right or wrong: there are a perplexity and the KL.
struct SentenceScores {
  vaecollapse::RowScores rows;
  double perplexity = 0;

  void write_figures(nlohmann::ordered_json& object) const { object["perplexity"] = perplexity; }
  void read_figures(const nlohmann::ordered_json& object) {
    object.at("perplexity").get_to(perplexity);
  }
  void write_rows(nlohmann::ordered_json& object) const { kit::write_row_scores(object, rows); }
  bool read_rows(const nlohmann::ordered_json& object) {
    using vaecollapse::RowScores;
    return kit::read_row_scores(object, rows,
                                {&RowScores::nll, &RowScores::rate, &RowScores::nll_permuted});
  }
  vaecollapse::Verdict verdict() const { return rows.verdict(); }
  std::vector<std::vector<double>> values() const { return {{perplexity}, rows.rate}; }
};

std::vector<kit::Measure> sentence_measures() {
  return {{"perplexity", "perplexity", {}, kit::Where::everywhere, kit::Where::in_file},
          {"rate, nats", "rate_nats", {}, kit::Where::everywhere, kit::Where::nowhere}};
}

nlohmann::ordered_json comparison_part(const std::filesystem::path& folder) {
  return kit::comparison_part<SentenceScores>(
      folder,
      {.program = "words",
       .measures = sentence_measures(),
       .sentence = [](const auto& results) { return std::to_string(results.size()) + " runs."; },
       .figures = [](const auto& result) -> nlohmann::ordered_json {
         return {{"perplexity", result.scores.perplexity}};
       }});
}

/// A comparison of this program, and what it has done.
struct SentenceComparison {
  std::filesystem::path out;
  std::string data = "sentences", scoring = "1";
  std::vector<std::string> done{};

  kit::RunToMake<SentenceScores> plan(const std::string& method, std::uint64_t seed) {
    const WordSettings settings =
        kit::settings_of(word_methods(), word_table, method, WordSettings(), {});
    const kit::DataHashes hashes([&](vaecollapse::Hash& hash) { hash.add(data); },
                                 [&](vaecollapse::Hash& hash) { hash.add(scoring); });
    kit::PlannedRun planned = kit::plan_run(
        out, method, seed, word_table.to_json(settings, kit::Content::of_model), hashes);
    const std::filesystem::path folder = planned.folder;
    return {std::move(planned),
            [this, method, folder](std::uint64_t threads, vaecollapse::RunWatcher&) {
              CHECK(threads == 1);
              done.push_back("train " + method);
              std::filesystem::create_directories(folder);
              vaecollapse::write_file(folder / "weights", method);
              vaecollapse::SessionResult result;
              result.kept.seconds = 5;
              return result;
            },
            [this, folder](std::uint64_t) {
              const std::string weights = vaecollapse::read_text_file(folder / "weights");
              done.push_back("score " + weights);
              const bool is_used = weights != "elbo";
              SentenceScores scores{.rows = {}, .perplexity = is_used ? 60.0 : 80.0};
              scores.rows.nll = {20, 30};
              scores.rows.rate = {is_used ? 9.0 : 0.0, is_used ? 11.0 : 0.0};
              scores.rows.nll_permuted = {is_used ? 40.0 : 20.0, is_used ? 50.0 : 30.0};
              return scores;
            }};
  }

  int compare(std::string_view methods) {
    return kit::compare<SentenceScores>(
        kit::plan_all(
            kit::read_methods(word_methods(), methods), 1,
            [this](const std::string& method, std::uint64_t i) { return plan(method, 3 + i); }),
        {.program = "words",
         .out = out,
         .jobs = 1,
         .threads = 1,
         .measures = sentence_measures(),
         .line = [](const auto& result) { return result.method; }});
  }
};

}  // namespace

TEST_CASE("a second program: the runs that are missing are made, and only those") {
  const vaecollapse::test::TemporaryFolder folder;
  SentenceComparison comparison{.out = folder.path()};
  using Done = std::vector<std::string>;
  CHECK(comparison.compare("elbo") == 0);
  CHECK(std::exchange(comparison.done, {}) == Done{"train elbo", "score elbo"});
  CHECK(comparison.compare("elbo,mdr") == 0);
  CHECK(std::exchange(comparison.done, {}) == Done{"train mdr", "score mdr"});
  const std::string csv = vaecollapse::read_text_file(folder.path() / "compare.csv");
  CHECK(csv.starts_with("method,seed,perplexity,rate_nats,seconds,collapsed\nelbo,3,80,0,5"));
  CHECK(csv.find("\nmdr,3,60,10,5") != std::string::npos);
  CHECK(csv.ends_with(",no\n"));
  // Weights are scored again where only the scoring is another; other data ask for other weights.
  comparison.scoring = "2";
  CHECK(comparison.compare("elbo,mdr") == 0);
  CHECK(std::exchange(comparison.done, {}) == Done{"score elbo", "score mdr"});
  comparison.data = "others";
  CHECK(comparison.compare("elbo") == 0);
  CHECK(comparison.done == Done{"train elbo", "score elbo"});
}

TEST_CASE("a second program: a result lacks no column that the program needs") {
  kit::RunResult<SentenceScores> whole;
  whole.method = "mdr";
  whole.scores.rows.nll = {1, 2};
  whole.scores.rows.rate = {3, 4};
  whole.scores.rows.nll_permuted = {5, 6};
  whole.scores.perplexity = 7;
  const std::string text = to_json(whole);
  const auto read = kit::read_result<SentenceScores>("r.json", text);
  CHECK(read.scores.perplexity == 7);
  CHECK(read.scores.rows.nll_permuted == whole.scores.rows.nll_permuted);
  CHECK(text.find("\"right\"") == std::string::npos);
  kit::RunResult<SentenceScores> fewer = whole;
  fewer.scores.rows.rate.clear();
  CHECK_THROWS_WITH_AS(
      kit::read_result<SentenceScores>("r.json", to_json(fewer)),
      "r.json: found something else, expected the result of a run; remove it to run again",
      vaecollapse::InputError);
}

TEST_CASE("a second program: a comparison in a report has its own figures") {
  const vaecollapse::test::TemporaryFolder folder;
  SentenceComparison comparison{.out = folder.path()};
  CHECK(comparison.compare("elbo,mdr") == 0);
  const auto part = comparison_part(folder.path());
  CHECK(part["folder"] == folder.path().string());
  CHECK(part["sentence"] == "2 runs.");
  CHECK(part["columns"][1] == "perplexity");
  CHECK(part["rows"].size() == 2);
  const auto& last = part["results"][1];
  CHECK(last["method"] == "mdr");
  CHECK(last["seed"] == 3);
  CHECK(last["perplexity"] == 60);
  CHECK(last["collapsed"] == false);
  CHECK(last["epochs"].empty());
  vaecollapse::write_file(folder.path() / "compare.csv", "method\nanother\n");
  CHECK_THROWS_AS(comparison_part(folder.path()), vaecollapse::InputError);
}

TEST_CASE("a second program: a run in a report is data that the program hands over") {
  const vaecollapse::test::TemporaryFolder folder;
  kit::RunOfReport run;
  run.folder = "some";
  run.train_command = "words train";
  run.config = {{"sentences", 5}};
  run.epochs.note = "no KL by dimension";
  run.codes = {1, 2, 3, 4, 5, 7, 8, 9, 2, 1, 4, 3};
  run.labellings = {vaecollapse::label_words("length", {"1", "1", "1", "2", "2", "2"})};
  run.predictions = {"a", "b", "c", "d", "e", "f"};
  run.rows = 300;
  for (int i = 0; i < 250; ++i) run.errors.push_back({i, "ab", "", U"abc", U"axc"});
  run.interpolations = {{"a", "b", "", {{0.5, "c", -2}}}};
  run.samples = {{"", {"d", "e"}}};
  vaecollapse::Team team(1);
  nlohmann::ordered_json part{{"name", "one"}};
  part.update(kit::run_part(run, 6, team));
  CHECK(part["config"]["sentences"] == 5);
  CHECK(part["notes"][0] == "no KL by dimension");
  CHECK(part["maps"][0]["x"].size() == 6);
  CHECK(part["maps"][1]["name"] == "principal components");
  CHECK(part["diagnosis"]["groupings"][0]["label"] == "length");
  CHECK(part["diagnosis"]["accuracy_of_copies"].is_null());
  CHECK(part["predictions"][5] == "f");
  CHECK(part["errors"]["rows"] == 300);
  CHECK(part["errors"]["wrong"] == 250);
  CHECK(part["errors"]["shown"].size() == 200);
  CHECK(part["errors"]["shown"][0]["pieces"].dump() ==
        R"([["=","a"],["-","b"],["+","x"],["=","c"]])");
  CHECK(part["interpolations"][0]["points"][0]["word"] == "c");
  CHECK(part["samples"][0]["words"][1] == "e");
  CHECK(part["attention"].is_null());
  run.attention = {{"ab", {"x"}, {"a", "end"}, {{1}, {0.12345F}}}};
  CHECK(kit::run_part(run, 6, team)["attention"][0]["weights"].dump() == "[[1.0],[0.123]]");

  auto data = kit::report_data("words", "words report");
  data["points"] = kit::points_part({"sentences", {"a"}, {"b"}, {""}}, run.labellings);
  data["runs"].push_back(part);
  const std::string page = (folder.path() / "report.html").string();
  kit::write_report(page, data);
  const std::string text = vaecollapse::read_text_file(page);
  CHECK(text.find("\"program\":\"words\"") != std::string::npos);
  CHECK(text.find("\"values\":[\"1\",\"2\"]") != std::string::npos);
}
