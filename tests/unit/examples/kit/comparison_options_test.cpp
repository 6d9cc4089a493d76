// What a comparison offers to programs that want it: verdicts in words, measures that some methods
// lack, and dropout that all methods share.
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "kit/compare/methods.hpp"
#include "kit/compare/table.hpp"
#include "unit/examples/kit/second_program.hpp"

using kit::Where;

namespace {

/// Two measures, of which the second may not be known.
kit::ComparedRun compared(const std::string& method, std::uint64_t seed, std::vector<double> active,
                          const std::string& verdict = "") {
  return {.method = method,
          .seed = seed,
          .values = {{90, 92}, std::move(active)},
          .seconds = 2,
          .has_collapsed = verdict == "collapsed",
          .verdict = verdict};
}

kit::Comparison comparison(std::vector<kit::ComparedRun> runs) {
  return {.measures = {{"NLL", "nll", {.digits = 0}, Where::everywhere, Where::nowhere},
                       {"units", "units", {.digits = 0}, Where::everywhere, Where::in_file}},
          .runs = std::move(runs)};
}

}  // namespace

TEST_CASE("the table: a measure that a method lacks is shown of the others") {
  const std::string table = kit::comparison_markdown(comparison(
      {compared("language_model", 1, {}), compared("elbo", 1, {3}), compared("mdr", 1, {30})}));
  CHECK(table ==
        "| method | NLL | units | less elbo | runs | seconds | collapsed |\n"
        "|---|---:|---:|---:|---:|---:|---:|\n"
        "| language_model | 91 [90, 92] |  |  | 1 | 2 | no |\n"
        "| elbo | 91 [90, 92] | 3 [3, 3] |  | 1 | 2 | no |\n"
        "| mdr | 91 [90, 92] | 30 [30, 30] | +27 [+27, +27] | 1 | 2 | no |\n");
}

TEST_CASE("the table: verdicts in words, where a program gives them") {
  const kit::Comparison of_runs =
      comparison({compared("language_model", 1, {}, "no z"), compared("elbo", 1, {0}, "collapsed"),
                  compared("mdr", 1, {3}, "healthy"), compared("mdr", 2, {3}, "healthy"),
                  compared("mdr", 3, {0}, "collapsed")});
  const auto cells = kit::comparison_cells(of_runs);
  REQUIRE(cells.size() == 4);
  CHECK(cells[0].back() == "verdict");
  CHECK(cells[1].back() == "no z");
  CHECK(cells[2].back() == "collapsed");
  CHECK(cells[3].back() == "2 healthy, 1 collapsed");
  CHECK(
      kit::comparison_csv(of_runs).starts_with("method,seed,nll,units,seconds,collapsed,verdict\n"
                                               "language_model,1,91,,2.000,no,no z\n"
                                               "elbo,1,91,0,2.000,yes,collapsed\n"));
}

TEST_CASE("methods: dropout that all share, and half of the rate") {
  kit::Methods methods = words::word_methods();
  methods.parts.push_back({"low", "half", {{"objective", "free_bits(groups=1,rate={half})"}}});
  words::WordSettings base;
  base.dropout = "embedding(0.5)";
  const auto settings = [&](const char* method) {
    return kit::settings_of(methods, words::word_table, method, base, {.rate = 8, .steps = 10});
  };
  CHECK(settings("low").objective.starts_with("free_bits(groups=1,rate=4"));
  CHECK(settings("elbo").dropout == "none");
  methods.keeps_dropout = true;
  CHECK(settings("elbo").dropout == "embedding(0.5)");
  CHECK(settings("mdr+character_dropout").dropout == "embedding(0.5)+chars(0.4)");
  CHECK(kit::joined_dropouts("none", "chars(0.4)") == "chars(0.4)");
}
