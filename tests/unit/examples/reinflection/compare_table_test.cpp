// What a comparison shows, on results made up by hand; and what it keeps of a run.
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include <vaecollapse/core/check.hpp>

#include "compare/run.hpp"
#include "compare/scores.hpp"
#include "kit/compare/ensembles.hpp"
#include "unit/io/temporary_folder.hpp"

using namespace reinflection;

namespace {

/// Of four dev rows, `right` come out; with other rows' z none.
RunResult result(const std::string& method, std::uint64_t seed, int right) {
  RunResult one{.method = method,
                .scoring = "1",
                .program = "2",
                .seed = seed,
                .scores = {.rows = {}, .active_units = 3},
                .seconds = 12.3456};
  for (int row = 0; row < 4; ++row) {
    one.scores.rows.right.push_back(row < right ? 1 : 0);
    one.scores.rows.distance.push_back(row < right ? 0 : 2);
    one.scores.rows.right_permuted.push_back(0);
    one.scores.rows.distance_permuted.push_back(4);
    one.scores.rows.nll.push_back(8);
    one.scores.rows.rate.push_back(2.5);
  }
  return one;
}

/// Whose guesses are the same with other rows' z.
RunResult collapsed(const std::string& method, std::uint64_t seed) {
  RunResult one = result(method, seed, 0);
  one.scores.rows.distance_permuted = one.scores.rows.distance;
  return one;
}

}  // namespace

TEST_CASE("compare.csv: a row for each run") {
  std::vector<RunResult> results{collapsed("elbo", 1), result("mdr", 1, 3)};
  results[1].scores.lemma_purity = 0.75;
  CHECK(kit::comparison_csv(kit::comparison_of(measures(), results)) ==
        "method,seed,accuracy,levenshtein,nll_nats,rate_nats,elbo_nats,active_units,"
        "accuracy_z_permuted,lemma_purity,seconds,collapsed\n"
        "elbo,1,0,2,8,2.5,-10.5,3,0,,12.346,yes\n"
        "mdr,1,0.75,0.5,8,2.5,-10.5,3,0,0.75,12.346,no\n");
}

TEST_CASE("collapse: nothing gets worse with the z of another row") {
  CHECK(collapsed("elbo", 1).has_collapsed());
  CHECK_FALSE(result("elbo", 1, 1).has_collapsed());
  // A decoder that knows the source by another way does not need z to be right.
  RunResult bypassed = result("compat", 1, 4);
  bypassed.scores.rows.right_permuted = bypassed.scores.rows.right;
  bypassed.scores.rows.distance_permuted = bypassed.scores.rows.distance = {1, 1, 1, 1};
  CHECK(bypassed.has_collapsed());
  // Not yet right, but nearer with the row's own z.
  RunResult early = collapsed("mdr", 1);
  early.scores.rows.distance_permuted = {3, 3, 3, 3};
  CHECK_FALSE(early.has_collapsed());
}

TEST_CASE(
    "a result of an older program, without the NLL of other z, is read and judged by guesses") {
  RunResult before = result("mdr", 1, 3);
  CHECK(before.scores.rows.nll_permuted.empty());
  const RunResult after = kit::read_result<Scores>("r.json", to_json(before));
  CHECK(after.scores.rows.nll_permuted.empty());
  CHECK_FALSE(after.has_collapsed());
  before.scores.rows.nll_permuted = {9, 9, 9, 9.5};
  CHECK(kit::read_result<Scores>("r.json", to_json(before)).scores.rows.nll_permuted ==
        before.scores.rows.nll_permuted);
}

TEST_CASE("the table: means, intervals and differences on the same seeds") {
  const std::vector<RunResult> results{collapsed("elbo", 1), result("mdr", 1, 4),
                                       collapsed("elbo", 2), result("mdr", 2, 4)};
  const std::string table = kit::comparison_markdown(kit::comparison_of(measures(), results));
  CHECK(table ==
        "| method | accuracy % | less elbo | Levenshtein | less elbo | NLL, nats | rate, nats | "
        "ELBO, nats | less elbo | active units | accuracy %, z permuted | runs | seconds | "
        "collapsed |\n"
        "|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|\n"
        "| elbo | 0.0 [0.0, 0.0] |  | 2.000 [2.000, 2.000] |  | 8.00 [8.00, 8.00] | "
        "2.50 [2.50, 2.50] | -10.50 [-10.50, -10.50] |  | 3.0 [3.0, 3.0] | 0.0 [0.0, 0.0] | 2 | "
        "12 | COLLAPSED |\n"
        "| mdr | 100.0 [100.0, 100.0] | +100.0 [+100.0, +100.0] | 0.000 [0.000, 0.000] | "
        "-2.000 [-2.000, -2.000] | 8.00 [8.00, 8.00] | 2.50 [2.50, 2.50] | "
        "-10.50 [-10.50, -10.50] | +0.00 [+0.00, +0.00] | 3.0 [3.0, 3.0] | 0.0 [0.0, 0.0] | 2 | "
        "12 | no |\n");
}

TEST_CASE("the table: without the plain ELBO nothing is compared; purity where it is known") {
  std::vector<RunResult> results{result("mdr", 1, 4), collapsed("mdr", 2)};
  const std::string table = kit::comparison_markdown(kit::comparison_of(measures(), results));
  CHECK(table.find("less elbo") == std::string::npos);
  CHECK(table.find("lemma purity") == std::string::npos);
  CHECK(table.find("| 50.0 [0.0, 100.0] |") != std::string::npos);
  CHECK(table.find("| 1 of 2 COLLAPSED |") != std::string::npos);
  for (RunResult& run : results) run.scores.lemma_purity = 0.5;
  CHECK(kit::comparison_markdown(kit::comparison_of(measures(), results))
            .find("| 0.500 [0.500, 0.500] |") != std::string::npos);
}

TEST_CASE("the table: an ensemble is a row, has no difference, and compare.csv is of runs alone") {
  std::vector<RunResult> results{collapsed("elbo", 0), result("mdr", 0, 3), collapsed("elbo", 1),
                                 result("mdr", 1, 3)};
  for (RunResult& run : results) run.scores.lemma_purity = 0.5;
  const std::vector<RunResult> ensembles{result(kit::ensemble_name("mdr", 2), 0, 4)};
  const auto comparison = kit::comparison_of(measures(), results, ensembles);
  CHECK(kit::comparison_csv(comparison) ==
        kit::comparison_csv(kit::comparison_of(measures(), results)));
  const std::string table = kit::comparison_markdown(comparison);
  CHECK(table.starts_with(kit::comparison_markdown(kit::comparison_of(measures(), results))));
  CHECK(
      table.ends_with("\n| mdr, ensemble of 2 | 100.0 [100.0, 100.0] |  | 0.000 [0.000, 0.000] |  "
                      "| 8.00 [8.00, 8.00] | 2.50 [2.50, 2.50] | -10.50 [-10.50, -10.50] |  | "
                      "3.0 [3.0, 3.0] | 0.0 [0.0, 0.0] |  | 1 | 12 | no |\n"));
}

TEST_CASE("an ensemble is scored once, and anew with other members or other scoring") {
  const vaecollapse::test::TemporaryFolder out;
  const auto run = [&](std::uint64_t seed, const std::string& scoring) {
    return kit::PlannedRun{"mdr", seed, out.path() / "runs" / ("mdr-" + std::to_string(seed)),
                           scoring, "p"};
  };
  std::vector<std::filesystem::path> scored;
  const kit::ScoreEnsemble<Scores> score = [&](const auto& folders, std::uint64_t) {
    scored = folders;
    return result("mdr", 1, 3).scores;
  };
  kit::MethodMembers members{.method = "mdr", .runs = {run(1, "s"), run(2, "s")}, .seconds = 7};
  const auto first = kit::ensemble_result<Scores>(out.path(), members, 1, score);
  CHECK(first.method == "mdr, ensemble of 2");
  CHECK(first.seconds == 7);
  CHECK(scored == std::vector{members.runs[0].folder, members.runs[1].folder});
  scored.clear();
  CHECK(to_json(kit::ensemble_result<Scores>(out.path(), members, 1, score)) == to_json(first));
  CHECK(scored.empty());
  members.runs.push_back(run(3, "s"));
  CHECK(kit::ensemble_result<Scores>(out.path(), members, 1, score).method == "mdr, ensemble of 3");
  CHECK(scored.size() == 3);
  scored.clear();
  for (kit::PlannedRun& one : members.runs) one.scoring = "t";
  kit::ensemble_result<Scores>(out.path(), members, 1, score);
  CHECK(scored.size() == 3);
}

TEST_CASE("the table for a terminal is aligned, and fits into 120 columns") {
  const std::string wide = kit::comparison_text(kit::comparison_of<Scores>(
      measures(), {collapsed("elbo", 1), result("mdr+contiguous_dropout", 1, 2)}));
  CHECK(wide.find('\n') <= 120);
  CHECK(wide.rfind('\n') - wide.rfind('\n', wide.size() - 2) <= 120);
  const std::string text = kit::comparison_text(kit::comparison_of<Scores>(
      measures(), {collapsed("elbo", 1), result("soft_free_bits", 1, 2)}));
  CHECK(text.starts_with("method          accuracy %"));
  CHECK(text.find("\nelbo            0.0 [0.0, 0.0]") != std::string::npos);
  CHECK(text.find("COLLAPSED\n") != std::string::npos);
}

TEST_CASE("a run in a line") {
  CHECK(result_line(result("mdr", 2, 3)) ==
        "mdr, seed 2: accuracy 75.00 %, Levenshtein 0.500, NLL 8.000, rate 2.50, 3 active units, "
        "in 0:13");
  CHECK(result_line(collapsed("elbo", 1)).find(", COLLAPSED, in") != std::string::npos);
}

TEST_CASE("results go to JSON and back") {
  for (const bool has_purity : {false, true}) {
    RunResult before = result("mdr+character_dropout", 9, 3);
    before.scores.rows.nll[1] = 0.1;
    if (has_purity) before.scores.lemma_purity = 1.0 / 3;
    const RunResult after = kit::read_result<Scores>("r.json", to_json(before));
    CHECK(to_json(after) == to_json(before));
    CHECK(after.method == before.method);
    CHECK(after.program == "2");
    CHECK(after.scores.rows.nll == before.scores.rows.nll);
    CHECK(after.scores.lemma_purity == before.scores.lemma_purity);
  }
}

TEST_CASE("a damaged result is refused") {
  const std::string whole = to_json(result("mdr", 1, 3));
  std::string short_column = whole;
  short_column.replace(short_column.find("\"nll\":[8.0,"), 11, "\"nll\":[");
  RunResult few_permuted = result("mdr", 1, 3);
  few_permuted.scores.rows.nll_permuted = {9, 9};
  for (const std::string& text :
       {std::string("{}"), whole.substr(0, 40), short_column, to_json(few_permuted)}) {
    CHECK_THROWS_WITH_AS(
        kit::read_result<Scores>("r.json", text),
        "r.json: found something else, expected the result of a run; remove it to run again",
        vaecollapse::InputError);
  }
}

TEST_CASE("a run's folder is named for all that decides its result, and for nothing else") {
  ComparisonData data;
  vaecollapse::reinflection::Example row;
  row.source = U"ev";
  row.msd = "num=PL";
  row.target = U"evler";
  data.rows.train = data.rows.dev = {row};
  Settings settings;
  settings.objective = "elbo";
  const auto name = [&](const Settings& some) {
    return plan("out", "elbo", some, data, hashes_of(data)).planned.folder.string();
  };
  const std::string before = name(settings);
  CHECK(before.starts_with("out/runs/elbo-1-"));
  Settings same = settings;
  same.threads = 7;
  same.out = "elsewhere";
  same.train = same.dev = "another.tsv";
  same.objective = "elbo(1)";
  CHECK(name(same) == before);
  Settings other = settings;
  other.epochs += 1;
  CHECK(name(other) != before);
  // What only scoring needs does not ask for another training.
  const std::string scoring = hashes_of(data).scoring;
  data.latent = {{row}, {{"lemma", {"ev", "evde"}, {0}}}};
  CHECK(name(settings) == before);
  const std::string with_forms = hashes_of(data).scoring;
  CHECK(with_forms != scoring);
  data.latent.labellings[0].of_word = {1};
  CHECK(hashes_of(data).scoring != with_forms);
  data.rows.dev[0].target = U"evde";
  CHECK(name(settings) != before);
}
