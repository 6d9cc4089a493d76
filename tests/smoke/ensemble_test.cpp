// Several models in `predict`, `evaluate` and `compare`; and what is kept of averaged weights and
// smoothed labels.
#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "smoke/faults.hpp"
#include "smoke/program.hpp"

using nlohmann::ordered_json;
using reinflection::test::Arguments;
using reinflection::test::lines;
using reinflection::test::Outcome;
using reinflection::test::split;
using reinflection::test::tiny_comparison;
using reinflection::test::Workbench;

namespace {

ordered_json evaluate_members(const Workbench& bench, const Arguments& models,
                              const Arguments& more = {}) {
  const Outcome done =
      bench.run(Arguments{"evaluate", "--model"} + models +
                Arguments{"--data", bench.dev_file(), "--json", "--threads", "1"} + more);
  REQUIRE_MESSAGE(done.status == 0, done.err);
  return ordered_json::parse(done.out);
}

std::string predict_members(const Workbench& bench, const Arguments& models,
                            const Arguments& more = {}) {
  const Outcome done = bench.run(Arguments{"predict", "--model"} + models +
                                 Arguments{"--input", bench.dev_file()} + more);
  REQUIRE_MESSAGE(done.status == 0, done.err);
  return done.out;
}

}  // namespace

TEST_CASE("models with other networks guess together, and a model with itself guesses as before") {
  const Workbench bench;
  const Arguments longer{"--epochs", "6", "--learning-rate", "0.02"};
  const std::string one = bench.train("one", longer);
  const std::string two = bench.train(
      "two",
      longer + Arguments{"--seed", "2", "--cell", "lstm", "--latent", "5", "--attention", "4"});
  const ordered_json alone = evaluate_members(bench, {one}), other = evaluate_members(bench, {two});
  const ordered_json both = evaluate_members(bench, {one, two});
  CHECK_FALSE(alone.contains("members"));
  CHECK(both["members"] == ordered_json{one, two});
  CHECK(both["levenshtein"] != alone["levenshtein"]);
  CHECK(both["levenshtein"] != other["levenshtein"]);
  CHECK(both["rows"] == 40);
  CHECK(both["rate_nats"].get<double>() ==
        doctest::Approx(alone["rate_nats"].get<double>() + other["rate_nats"].get<double>()));
  CHECK(both["elbo_nats"].get<double>() ==
        -(both["nll_nats"].get<double>() + both["rate_nats"].get<double>()));
  CHECK(evaluate_members(bench, {one, two}, {"--permute-z"})["levenshtein"] != both["levenshtein"]);
  CHECK(evaluate_members(bench, {one, one})["levenshtein"] == alone["levenshtein"]);

  for (const Arguments& search : {Arguments{}, Arguments{"--beam", "3", "--nbest", "2"}}) {
    CHECK(predict_members(bench, {one, one}, search) == predict_members(bench, {one}, search));
    CHECK(predict_members(bench, {one, two}, search) != predict_members(bench, {one}, search));
    CHECK(predict_members(bench, {one, two}, search + Arguments{"--threads", "1"}) ==
          predict_members(bench, {one, two}, search + Arguments{"--threads", "3"}));
    CHECK(predict_members(bench, {one}, search + Arguments{"--model", two}) ==
          predict_members(bench, {one, two}, search));
  }
  const Outcome text = bench.run({"evaluate", "--model", one, two, "--data", bench.dev_file()});
  CHECK(text.out.starts_with("models                  2\nrows                    40\n"));
}

TEST_CASE("models with other characters or tags do not guess together") {
  const Workbench bench;
  const std::string one = bench.train("one");
  std::string rows = bench.read("corpus/train.tsv");
  const std::string more = bench.write("more.tsv", rows + "qq\tpos=N,num=PL\tqqler\n");
  const std::string tags = bench.write("tags.tsv", rows + "ev\tpos=N,odd=YES\tev\n");
  const std::string other = bench.train("other", {"--train", more});
  const std::string tagged = bench.train("tagged", {"--train", tags});
  const auto refusal = [&](const std::string& first, const std::string& second) {
    const Outcome done =
        bench.run({"predict", "--model", first, second, "--input", bench.dev_file()});
    CHECK(done.status == 2);
    CHECK(done.out.empty());
    return done.err;
  };
  const std::string advice =
      ", expected a model with the same characters, tags and --normalise: models that guess "
      "together are trained on rows of the same characters and tags\n";
  CHECK(refusal(one, other)
            .find(other + ": found the character U+0071 'q', which " + one + " has not" + advice) !=
        std::string::npos);
  CHECK(refusal(other, one)
            .find(one + ": found no character U+0071 'q', which " + other + " has" + advice) !=
        std::string::npos);
  CHECK(refusal(one, tagged)
            .find(tagged + ": found the tag 'odd=YES', which " + one + " has not" + advice) !=
        std::string::npos);
  const std::string composed = bench.train("composed", {"--normalise", "nfc"});
  CHECK(refusal(one, composed)
            .find(composed + ": found --normalise nfc, and " + one + " has none" + advice) !=
        std::string::npos);
}

TEST_CASE("compare has a row for the seeds of a method together, and scores it once") {
  const Workbench bench;
  const Arguments command = tiny_comparison(bench, "elbo,free_bits") +
                            Arguments{"--out", bench.file("out"), "--epochs", "2", "--seeds", "2"};
  const Outcome without = bench.run(command);
  REQUIRE_MESSAGE(without.status == 0, without.err);
  CHECK(without.out.find("ensemble") == std::string::npos);
  const std::string csv = bench.read("out/compare.csv");
  const Outcome done = bench.run(command + Arguments{"--ensembles"});
  REQUIRE_MESSAGE(done.status == 0, done.err);
  CHECK(done.err.empty());  // no run was made
  CHECK(bench.read("out/compare.csv") == csv);
  const auto table = lines(bench.read("out/compare.md"));
  REQUIRE(table.size() == 6);
  CHECK(table[4].starts_with("| elbo, ensemble of 2 | "));
  CHECK(table[5].starts_with("| free_bits, ensemble of 2 | "));
  // The accuracy is the ensemble's own, as `evaluate` finds it for the weights of both runs.
  Arguments models;
  for (const auto& entry : std::filesystem::directory_iterator(bench.file("out/runs"))) {
    const std::string name = entry.path().filename().string();
    if (name.starts_with("free_bits-")) models.push_back(entry.path().string());
  }
  std::sort(models.begin(), models.end());
  const ordered_json found = evaluate_members(bench, models);
  const auto kept = bench.contents("out/ensembles");
  REQUIRE(kept.size() == 2);
  for (const auto& [path, text] : kept) {
    if (path.find("free_bits") == std::string::npos) continue;
    const ordered_json result = ordered_json::parse(text);
    double distance = 0, nll = 0, rate = 0;
    for (const double one : result["rows"]["distance"]) distance += one / 40;
    for (const double one : result["rows"]["nll"]) nll += one / 40;
    for (const double one : result["rows"]["rate"]) rate += one / 40;
    CHECK(distance == doctest::Approx(found["levenshtein"].get<double>()));
    CHECK(nll == doctest::Approx(found["nll_nats"].get<double>()));
    CHECK(rate == doctest::Approx(found["rate_nats"].get<double>()));
  }
  const Outcome again = bench.run(command + Arguments{"--ensembles"});
  CHECK(again.out == done.out);
  CHECK(bench.contents("out/ensembles") == kept);
}

TEST_CASE("averaged weights and smoothed labels: other models, and no resume with other values") {
  const Workbench bench;
  const std::string plain = bench.train("plain", {"--epochs", "3"});
  for (const Arguments& option :
       {Arguments{"--ema", "0.9"}, Arguments{"--label-smoothing", "0.1"}}) {
    const std::string whole = bench.train("whole" + option[0], Arguments{"--epochs", "3"} + option);
    CHECK(bench.read("plain/model.safetensors") !=
          bench.read("whole" + option[0] + "/model.safetensors"));
    // The training of an average is the plain one.
    const auto first = [](const std::string& csv) { return split(lines(csv)[1], ',')[4]; };
    CHECK((first(bench.read("plain/metrics.csv")) ==
           first(bench.read("whole" + option[0] + "/metrics.csv"))) == (option[0] == "--ema"));
    const Outcome refused = bench.run({"train", "--resume", whole, option[0], "0.2"});
    CHECK(refused.status == 2);
    CHECK(refused.err.find(option[0] + ": found '0.2', expected '" + option[1] + "'") !=
          std::string::npos);
  }
}
