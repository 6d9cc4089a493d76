// `reinflect evaluate`: its figures, and that they are those of training.
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "smoke/program.hpp"

using nlohmann::ordered_json;
using reinflection::test::Arguments;
using reinflection::test::lines;
using reinflection::test::Outcome;
using reinflection::test::split;
using reinflection::test::Workbench;

namespace {

ordered_json evaluate(const Workbench& bench, const std::string& model, const std::string& data,
                      const Arguments& more = {}) {
  const Outcome done = bench.run(
      Arguments{"evaluate", "--model", model, "--data", data, "--json", "--threads", "1"} + more);
  REQUIRE_MESSAGE(done.status == 0, done.err);
  return ordered_json::parse(done.out);
}

}  // namespace

TEST_CASE("evaluate prints the figures of the best epoch of training") {
  const Workbench bench;
  const std::string model = bench.train("model", {"--epochs", "4"});
  const ordered_json figures = evaluate(bench, model, bench.dev_file());
  std::vector<std::string> keys;
  for (const auto& entry : figures.items()) keys.push_back(entry.key());
  CHECK(keys == std::vector<std::string>{"accuracy", "levenshtein", "normalised_levenshtein", "mrr",
                                         "rows", "elbo_nats", "nll_nats", "rate_nats", "track",
                                         "accuracy_z_drawn"});
  CHECK(figures["track"] == "restricted");
  CHECK(figures["rows"] == 40);
  CHECK(figures["elbo_nats"].get<double>() ==
        -(figures["nll_nats"].get<double>() + figures["rate_nats"].get<double>()));

  // Accuracy first, then the Levenshtein distance, chooses the epoch.
  std::vector<std::string> best;
  for (const std::string& line : lines(bench.read("model/metrics.csv"))) {
    const auto row = split(line, ',');
    if (row[0] == "epoch") continue;
    const auto better = [&] {
      const double accuracy = std::stod(row[9]), best_accuracy = std::stod(best[9]);
      return accuracy > best_accuracy ||
             (accuracy == best_accuracy && std::stod(row[10]) < std::stod(best[10]));
    };
    if (best.empty() || better()) best = row;
  }
  CHECK(figures["nll_nats"].get<double>() == doctest::Approx(std::stod(best[6])).epsilon(1e-9));
  CHECK(figures["rate_nats"].get<double>() == doctest::Approx(std::stod(best[7])).epsilon(1e-9));
  CHECK(figures["accuracy"].get<double>() == std::stod(best[9]));
  CHECK(figures["levenshtein"].get<double>() == std::stod(best[10]));
}

TEST_CASE("evaluate without --json is for reading") {
  const Workbench bench;
  const std::string model = bench.train("model", {"--epochs", "1"});
  const Outcome done = bench.run({"evaluate", "--model", model, "--data", bench.dev_file()});
  REQUIRE_MESSAGE(done.status == 0, done.err);
  CHECK(done.out.starts_with("rows                    40\naccuracy "));
  CHECK(done.out.ends_with("\ntrack                   restricted\n"));
}

TEST_CASE("the official way counts questions, and rows are counted otherwise") {
  const Workbench bench;
  const std::string model = bench.train("model", {"--epochs", "1"});
  const auto rows = lines(bench.read("corpus/test.tsv"));
  const double a = evaluate(bench, model, bench.write("a.tsv", rows[0] + "\n"))["levenshtein"];
  const double b = evaluate(bench, model, bench.write("b.tsv", rows[1] + "\n"))["levenshtein"];
  const std::string twice =
      bench.write("twice.tsv", rows[0] + "\n" + rows[0] + "\n" + rows[1] + "\n");
  CHECK(evaluate(bench, model, twice)["levenshtein"].get<double>() ==
        doctest::Approx((2 * a + b) / 3));
  const ordered_json official = evaluate(bench, model, twice, {"--scoring", "official"});
  CHECK(official["levenshtein"].get<double>() == doctest::Approx((a + b) / 2));
  CHECK(official["rows"] == 3);
}

TEST_CASE("permuted codes change the guesses and nothing else; a beam is taken") {
  const Workbench bench;
  const std::string model = bench.train("model", {"--epochs", "6", "--learning-rate", "0.02"});
  const ordered_json plain = evaluate(bench, model, bench.dev_file());
  const ordered_json permuted = evaluate(bench, model, bench.dev_file(), {"--permute-z"});
  CHECK(permuted["nll_nats"] == plain["nll_nats"]);
  CHECK(permuted["rate_nats"] == plain["rate_nats"]);
  CHECK(permuted["levenshtein"] != plain["levenshtein"]);
  const ordered_json beam = evaluate(bench, model, bench.dev_file(), {"--beam", "4"});
  CHECK(beam["nll_nats"] == plain["nll_nats"]);
  CHECK(beam["mrr"].get<double>() >= beam["accuracy"].get<double>());
}
