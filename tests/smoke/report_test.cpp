// `reinflect report`: the file that it writes. What a browser makes of it is tested in
// tests/browser.
#include <filesystem>
#include <string>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "smoke/program.hpp"

using nlohmann::ordered_json;
using reinflection::test::Arguments;
using reinflection::test::Outcome;
using reinflection::test::Workbench;

namespace {

Outcome report(const Workbench& bench, const Arguments& arguments) {
  return bench.run(Arguments{"report", "--out", bench.file("report.html"), "--threads", "1",
                             "--samples", "5", "--probe-rows", "10"} +
                   arguments);
}

/// The data inside the page.
ordered_json data_of(const std::string& page) {
  const std::string begin = "<script type=\"application/json\" id=\"data\">";
  const std::size_t at = page.find(begin) + begin.size();
  return ordered_json::parse(page.substr(at, page.find("</script>", at) - at));
}

/// What does not depend on the words that are looked at in the latent space.
ordered_json without_labels(ordered_json diagnosis) {
  diagnosis.erase("groupings");
  diagnosis.erase("sentence");
  return diagnosis;
}

}  // namespace

TEST_CASE("report: a run and its figures") {
  const Workbench bench;
  const std::string model = bench.train("model", {"--attention", "8"});
  const std::string forms = bench.file("forms.tsv");
  REQUIRE(bench.run({"corpus", "--forms", forms}).status == 0);
  const Outcome done = report(bench, {"--run", model, "--data", bench.dev_file(), "--latent-data",
                                      forms, "--points", "200"});
  REQUIRE_MESSAGE(done.status == 0, done.err);
  const ordered_json data = data_of(bench.read("report.html"));
  REQUIRE(data["runs"].size() == 1);
  const ordered_json& run = data["runs"][0];
  CHECK(done.out == "model: " + run["sentence"].get<std::string>() + "\nwritten to " +
                        bench.file("report.html") + "\n");
  const Outcome diagnosed =
      bench.run({"diagnose", "--model", model, "--data", bench.dev_file(), "--threads", "1",
                 "--samples", "5", "--probe-rows", "10", "--json"});
  CHECK(without_labels(run["diagnosis"]) == without_labels(ordered_json::parse(diagnosed.out)));
  CHECK(run["diagnosis"]["groupings"][0]["label"] == "lemma");
  CHECK(run["epochs"].size() == 2);
  CHECK(run["epochs"][1]["epoch"] == 2);
  CHECK(run["epochs"][1]["kl_per_dimension"].size() == 8);
  CHECK(run["errors"]["rows"] == 40);
  CHECK(run["errors"]["wrong"].get<double>() ==
        doctest::Approx(40 * (1 - run["diagnosis"]["accuracy"].get<double>())));
  const auto points = data["points"]["words"].size();
  CHECK(points == 200);
  CHECK(data["points"]["labels"][0]["name"] == "lemma");
  CHECK(run["maps"][0]["x"].size() == points);
  CHECK(run["predictions"].size() == points);
  CHECK(run["attention"].size() == 4);
  CHECK(run["interpolations"].size() == 3);
  CHECK(run["train_command"].get<std::string>().starts_with("reinflect train --train "));
}

TEST_CASE("report: a comparison needs no data") {
  const Workbench bench;
  const std::string folder = bench.file("comparison");
  Arguments compare = bench.tiny();
  compare.front() = "compare";
  compare.erase(compare.end() - 4, compare.end() - 2);  // --dropout, which the methods set
  const Outcome made =
      bench.run(compare + Arguments{"--out", folder, "--methods", "elbo,mdr", "--seeds", "1"});
  REQUIRE_MESSAGE(made.status == 0, made.err);
  const Outcome done = report(bench, {"--run", folder});
  REQUIRE_MESSAGE(done.status == 0, done.err);
  const ordered_json data = data_of(bench.read("report.html"));
  CHECK(data["runs"].empty());
  REQUIRE(data["comparisons"].size() == 1);
  const ordered_json& comparison = data["comparisons"][0];
  CHECK(comparison["columns"][0] == "method");
  REQUIRE(comparison["rows"].size() == 2);
  CHECK(comparison["rows"][0].size() == comparison["columns"].size());
  CHECK(bench.read("comparison/compare.md").find(comparison["rows"][1][1].get<std::string>()) !=
        std::string::npos);
  CHECK(comparison["results"][0]["epochs"].size() == 2);
  std::filesystem::remove_all(bench.file("comparison/runs"));
  const Outcome without = report(bench, {"--run", folder});
  CHECK(without.status == 2);
  CHECK(without.err ==
        folder + "/compare.csv:2: found a run that is not in " + folder +
            "/runs, expected a table that this version of reinflect compare wrote\n");
}

TEST_CASE("report: bad input leaves an old report as it is") {
  const Workbench bench;
  const std::string model = bench.train("model");
  bench.write("report.html", "old");
  const auto error = [&](const Arguments& arguments) {
    const Outcome done = report(bench, arguments);
    CHECK(done.status == 2);
    CHECK(bench.read("report.html") == "old");
    return done.err;
  };
  CHECK(error({"--run", model}) ==
        "--data: found nothing, expected a file of rows with answers to look at " + model +
            " by\n");
  const std::string few = bench.write("few.tsv", "ev\tpos=N,case=ABL,num=PL\tevlerden\n");
  CHECK(error({"--run", model, "--data", few}) ==
        few + ": found a single row, expected two at least, to exchange their z\n");
  CHECK(error({"--run", model, "--data", bench.dev_file(), "--latent-data", few}) ==
        few + ": found 1 word to look at, expected 6 at least\n");
  const std::string epochs = bench.read("model/metrics.jsonl");
  bench.write("model/metrics.csv", "epoch,step\n1,x\n");
  std::filesystem::remove(bench.file("model/metrics.jsonl"));
  CHECK(error({"--run", model, "--data", bench.dev_file()}) ==
        bench.file("model/metrics.csv") + ":2: found 'x', expected a number in column 2\n");
  bench.write("model/metrics.jsonl", epochs.substr(0, epochs.find('\n') + 1) + "[]\n");
  CHECK(error({"--run", model, "--data", bench.dev_file()}) ==
        bench.file("model/metrics.jsonl") +
            ":2: found an ill-formed epoch in the metrics, expected an object with every figure of "
            "an epoch\n");
}
