// `text_vae compare` and `text_vae report`: their files, that a second call trains nothing, and
// their errors.
#include <filesystem>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "smoke/text_program.hpp"

using nlohmann::ordered_json;
using namespace text_vae::test;

namespace {

Arguments compare_sentences(const TextBench& bench, const std::string& out) {
  return {"compare",
          "--train",
          bench.train_file(),
          "--dev",
          bench.dev_file(),
          "--test",
          bench.test_file(),
          "--out",
          bench.file(out),
          "--embedding",
          "8",
          "--hidden",
          "8",
          "--latent",
          "4",
          "--batch",
          "16",
          "--epochs",
          "1",
          "--threads",
          "1",
          "--jobs",
          "1",
          "--warmup",
          "4",
          "--seeds",
          "1",
          "--rate",
          "4",
          "--samples",
          "3",
          "--vocabulary",
          "40"};
}

ordered_json report_data_of(const std::string& page) {
  const std::string begin = "<script type=\"application/json\" id=\"data\">";
  const std::size_t at = page.find(begin) + begin.size();
  return ordered_json::parse(page.substr(at, page.find("</script>", at) - at));
}

}  // namespace

TEST_CASE("sentences: compare trains all its methods, and goes on where it stopped") {
  const TextBench bench;
  const Arguments arguments = compare_sentences(bench, "out");
  const Outcome first = bench.run(arguments);
  REQUIRE_MESSAGE(first.status == 0, first.err);
  const std::vector<std::string> csv = lines(bench.read("out/compare.csv"));
  REQUIRE(csv.size() == 12);
  CHECK(csv[0] ==
        "method,seed,iw_nll_nats,perplexity,elbo_nats,rate_nats,mutual_information_nats,"
        "mutual_information_upper_nats,active_units,nll_rise_z_permuted_nats,perplexity_elbo,"
        "effective_samples,seconds,collapsed,verdict");
  const auto row = split(csv[1], ',');
  REQUIRE(row.size() == 15);
  CHECK(row[0] == "language_model");
  CHECK(row[2] == row[4].substr(1));  // the NLL is the ELBO's
  CHECK(row[5].empty());
  CHECK(row[14] == "no z");
  CHECK(split(csv[2], ',')[0] == "elbo");
  CHECK(split(csv[11], ',')[0] == "batch_norm");
  const Outcome again = bench.run(arguments);
  CHECK(again.err.empty());
  CHECK(again.out == first.out);
  // Other scores of the same weights: nothing is trained, so that no file of a training changes,
  // not even the times in it, and the seconds of a run are those of before.
  const auto before = bench.contents("out/runs");
  const Outcome scored = bench.run(arguments + Arguments{"--samples", "4"});
  REQUIRE_MESSAGE(scored.status == 0, scored.err);
  for (const auto& [path, text] : bench.contents("out/runs")) {
    if (!path.ends_with("result.json")) CHECK(before.at(path) == text);
  }
  const std::vector<std::string> others = lines(bench.read("out/compare.csv"));
  REQUIRE(others.size() == csv.size());
  CHECK(others[1] == csv[1]);  // without z the NLL is exact, whatever the samples
  const auto by_three = split(csv[5], ','), by_four = split(others[5], ',');
  CHECK(by_four[2] != by_three[2]);
  CHECK(by_four[12] == by_three[12]);
}

TEST_CASE("sentences: compare scores as evaluate does") {
  const TextBench bench;
  REQUIRE(bench.run(compare_sentences(bench, "out") + Arguments{"--methods", "free_bits"}).status ==
          0);
  const auto row = split(lines(bench.read("out/compare.csv"))[1], ',');
  std::string model;
  for (const auto& entry : std::filesystem::directory_iterator(bench.file("out/runs"))) {
    model = entry.path().string();
  }
  const Outcome evaluated = bench.run({"evaluate", "--model", model, "--data", bench.test_file(),
                                       "--samples", "3", "--threads", "1", "--json"});
  REQUIRE_MESSAGE(evaluated.status == 0, evaluated.err);
  const ordered_json found = ordered_json::parse(evaluated.out);
  CHECK(std::stod(row[2]) == found["iw_nll_nats"].get<double>());
  CHECK(std::stod(row[3]) == found["perplexity"].get<double>());
  CHECK(std::stod(row[4]) == doctest::Approx(found["elbo_nats"].get<double>()).epsilon(1e-12));
  CHECK(std::stod(row[6]) == found["mutual_information_nats"]["lower"].get<double>());
  CHECK(std::stod(row[8]) == found["active_units"].get<double>());
  CHECK(std::stod(row[11]) == found["iw_effective_samples"].get<double>());
}

TEST_CASE("sentences: what compare cannot do is refused before anything is trained") {
  const TextBench bench;
  const Outcome done = bench.run(compare_sentences(bench, "out") +
                                 Arguments{"--methods", "elbow,mdr", "--dropout", "wrds(0.1)"});
  CHECK(done.status == 2);
  CHECK(done.err.find("--methods: found the unknown method 'elbow', expected 'elbo' perhaps") !=
        std::string::npos);
  CHECK(done.err.find("--dropout: ") != std::string::npos);
  const Outcome no_z = bench.run(compare_sentences(bench, "out") + Arguments{"--latent", "0"});
  CHECK(no_z.status == 2);
  CHECK(no_z.err.find("--latent: found 0, expected 1 at least: the method without z is "
                      "language_model\n") != std::string::npos);
  CHECK_FALSE(std::filesystem::exists(bench.file("out")));
}

TEST_CASE("sentences: a report of a run and of a comparison") {
  const TextBench bench;
  const std::string model = bench.train("model");
  REQUIRE(
      bench.run(compare_sentences(bench, "out") + Arguments{"--methods", "language_model,elbo,mdr"})
          .status == 0);
  const Outcome done =
      bench.run({"report", "--run", model, "--run", bench.file("out"), "--data", bench.test_file(),
                 "--out", bench.file("report.html"), "--threads", "1", "--samples", "3",
                 "--probe-rows", "8", "--points", "15"});
  REQUIRE_MESSAGE(done.status == 0, done.err);
  const ordered_json data = report_data_of(bench.read("report.html"));
  CHECK(data["row"] == "sentence");
  CHECK(data["points"]["words"].size() == 15);
  REQUIRE(data["runs"].size() == 1);
  const ordered_json& run = data["runs"][0];
  CHECK(run["errors"]["rows"] == 0);
  CHECK(run["predictions"].size() == 15);
  CHECK(run["interpolations"].size() == 3);
  CHECK(run["interpolations"][0]["points"].size() == 9);
  CHECK(run["samples"].size() == 12);
  CHECK(run["train_command"].get<std::string>().starts_with("text_vae train --train "));
  REQUIRE(data["comparisons"].size() == 1);
  CHECK(data["comparisons"][0]["results"].size() == 3);
  CHECK(data["comparisons"][0]["sentence"].get<std::string>().find("; the lowest perplexity, ") !=
        std::string::npos);
  const Outcome without =
      bench.run({"report", "--run", model, "--out", bench.file("none.html"), "--threads", "1"});
  CHECK(without.status == 2);
  CHECK(without.err.starts_with("--data: found nothing, expected a file of sentences"));
  const std::string baseline = bench.train("baseline", {"--latent", "0", "--objective", "elbo"});
  const Outcome no_z = bench.run({"report", "--run", model, baseline, "--data", bench.test_file(),
                                  "--out", bench.file("none.html"), "--threads", "1"});
  CHECK(no_z.status == 2);
  CHECK(no_z.err == baseline +
                        "/model.safetensors: found a language model, which has no z, expected a "
                        "model with z, for text_vae report\n");
}
