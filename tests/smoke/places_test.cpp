// `--latent-per-place`: the whole way of a z that is a sequence.
#include <algorithm>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "smoke/faults.hpp"

using nlohmann::ordered_json;
using namespace reinflection::test;

namespace {

const char* const places_tags = "pos=N,case=ABL,num=PL";

/// Places alone, with a z of the word beside them, and slots.
const std::vector<Arguments> kinds_of_places{
    {"--latent-per-place", "6", "--latent", "0"},
    {"--latent-per-place", "6", "--latent", "8"},
    {"--latent-per-place", "6", "--latent", "8", "--slots", "3", "--cell", "lstm"}};

ordered_json json_of_places(const Workbench& bench, const Arguments& arguments) {
  const Outcome done = bench.run(arguments + Arguments{"--threads", "1", "--json"});
  // diagnose tells its verdict.
  REQUIRE_MESSAGE((done.status == 0 || done.status == 3 || done.status == 4), done.err);
  return ordered_json::parse(done.out);
}

/// Those of a tiny model but for what its latents are and what depends on them, for one epoch.
Arguments sizes_alone(const Workbench& bench) {
  Arguments sizes = bench.tiny();
  for (const char* const option : {"--latent-per-place", "--copies", "--epochs"}) {
    const auto found = std::find(sizes.begin(), sizes.end(), option);
    sizes.erase(found, found + 2);
  }
  return sizes + Arguments{"--epochs", "1"};
}

/// The message of a training that must not begin.
std::string refused_places(const Workbench& bench, const Arguments& more) {
  const Outcome done = bench.run(bench.tiny() + Arguments{"--out", bench.file("refused")} + more);
  CHECK(done.status == 2);
  CHECK_FALSE(std::filesystem::exists(bench.file("refused")));
  return done.err;
}

std::vector<std::string> last_epoch(const Workbench& bench, const std::string& run) {
  return split(lines(bench.read(run + "/metrics.csv")).back(), ',');
}

/// What is not there costs nothing.
double nats_of(const ordered_json& part) { return part.is_null() ? 0 : part.get<double>(); }

double sum_of_parts(const ordered_json& scores) {
  return nats_of(scores["rate_of_places_nats"]) + nats_of(scores["rate_of_global_nats"]) +
         nats_of(scores["rate_of_length_nats"]);
}

}  // namespace

TEST_CASE("places: evaluate gives the figures of dev in training, and the parts of the rate") {
  const Workbench bench;
  for (const Arguments& kind : kinds_of_places) {
    const std::string model =
        bench.train("model", kind + Arguments{"--epochs", "1", "--overwrite"});
    const ordered_json scores =
        json_of_places(bench, {"evaluate", "--model", model, "--data", bench.dev_file()});
    const std::vector<std::string> epoch = last_epoch(bench, "model");
    CHECK(scores["nll_nats"].get<double>() == doctest::Approx(std::stod(epoch[6])).epsilon(1e-9));
    CHECK(scores["rate_nats"].get<double>() == doctest::Approx(std::stod(epoch[7])).epsilon(1e-9));
    CHECK(sum_of_parts(scores) == doctest::Approx(scores["rate_nats"].get<double>()).epsilon(1e-9));
    CHECK(scores["accuracy_z_drawn"].is_number());
    const bool has_slots = kind.size() > 4;
    CHECK((nats_of(scores["rate_of_length_nats"]) > 0) == !has_slots);
    CHECK(scores["rate_of_length_nats"].is_null() == has_slots);
    CHECK((nats_of(scores["rate_of_global_nats"]) > 0) == (kind[3] != "0"));
    CHECK(scores["rate_of_global_nats"].is_null() == (kind[3] == "0"));
  }
}

TEST_CASE("places: without an objective the floors are those of what latents there are") {
  const Workbench bench;
  const char* const expected[]{"places(rate=11,global=0)", "places(rate=11,global=50)",
                               "places(rate=11,global=50)"};
  for (std::size_t i = 0; i < kinds_of_places.size(); ++i) {
    bench.train("model", kinds_of_places[i] + Arguments{"--epochs", "1", "--overwrite"});
    const auto config = ordered_json::parse(bench.read("model/config.json"));
    CHECK(config["objective"] == expected[i]);
  }
  bench.train("model", {"--epochs", "1", "--overwrite"});
  CHECK(ordered_json::parse(bench.read("model/config.json"))["objective"] ==
        "free_bits(groups=1,rate=90,per=batch)");
}

TEST_CASE("places: a run that names no latents has them, and its files make it again") {
  const Workbench bench;
  const Arguments sizes = sizes_alone(bench);
  const auto outcome_of = [&](const Arguments& more, const std::string& name) {
    const Outcome done = bench.run(more + Arguments{"--out", bench.file(name)});
    REQUIRE_MESSAGE(done.status == 0, done.err);
    return done;
  };
  CHECK(outcome_of(sizes, "usual").err.find("one z") == std::string::npos);
  const auto config = ordered_json::parse(bench.read("usual/config.json"));
  CHECK(config["latent_per_place"] == 48);
  CHECK(config["copies"] == "words,random:150");
  CHECK(config["ema"] == 0.999);
  CHECK(config["objective"] == "places(rate=11,global=50)");
  outcome_of({"train", "--config", bench.file("usual/config.json")}, "again");
  check_same(bench.file("usual"), bench.file("again"));
  CHECK(bench.run({"train", "--resume", bench.file("usual")}).status == 0);
  // With the weights of the run the next one has its latents.
  outcome_of(sizes + Arguments{"--init-from", bench.file("usual"), "--objective", "elbo"}, "next");
  CHECK(ordered_json::parse(bench.read("next/config.json"))["latent_per_place"] == 48);
}

TEST_CASE("places: options that ask for one z make the run that --latent-per-place 0 makes") {
  const Workbench bench;
  const Arguments sizes = sizes_alone(bench);
  for (const Arguments& one_z :
       {Arguments{"--objective", "mdr(rate=5)"}, Arguments{"--attention", "8"}}) {
    const Outcome noted = bench.run(sizes + one_z + Arguments{"--out", bench.file("noted")});
    REQUIRE_MESSAGE(noted.status == 0, noted.err);
    CHECK(noted.err.find("note: one z for the whole word, because of " + one_z[0]) !=
          std::string::npos);
    const Outcome said = bench.run(sizes + one_z +
                                   Arguments{"--latent-per-place", "0", "--copies", "words",
                                             "--ema", "0", "--out", bench.file("said")});
    REQUIRE_MESSAGE(said.status == 0, said.err);
    CHECK(said.err.find("one z") == std::string::npos);
    check_same(bench.file("noted"), bench.file("said"));
    std::filesystem::remove_all(bench.file("noted"));
    std::filesystem::remove_all(bench.file("said"));
  }
}

TEST_CASE("places: training, evaluation and prediction do not depend on the threads") {
  const Workbench bench;
  const Arguments wide{"--batch", "64", "--encoder-hidden", "40", "--decoder-hidden", "56"};
  for (const Arguments& kind : kinds_of_places) {
    std::string evaluated, predicted;
    for (const std::string threads : {"1", "2", "3"}) {
      const Arguments on{"--threads", threads, "--overwrite"};
      const std::string model = bench.train("model" + threads, kind + wide + on);
      check_same(bench.file("model1"), model);
      const Arguments used{"--model", model, "--threads", threads};
      const Outcome scored =
          bench.run(Arguments{"evaluate", "--data", bench.test_file(), "--json"} + used);
      REQUIRE_MESSAGE(scored.status == 0, scored.err);
      const Outcome guessed = bench.run(
          Arguments{"predict", "--input", bench.test_file(), "--nbest", "3", "--scores"} + used);
      REQUIRE_MESSAGE(guessed.status == 0, guessed.err);
      if (evaluated.empty()) {
        evaluated = scored.out;
        predicted = guessed.out;
      }
      CHECK(scored.out == evaluated);
      CHECK(guessed.out == predicted);
    }
  }
}

TEST_CASE("places: killed and resumed, it ends with the same bits") {
  check_killed_and_resumed(Workbench(), kinds_of_places[1] + Arguments{"--epochs", "60"});
}

TEST_CASE("places: diagnosed, reported, compared and begun with the weights of another run") {
  const Workbench bench;
  const std::string model = bench.train("model", kinds_of_places[1]);
  const ordered_json found =
      json_of_places(bench, {"diagnose", "--model", model, "--data", bench.dev_file(), "--samples",
                             "5", "--probe-rows", "10"});
  CHECK(found["verdict"].is_string());
  CHECK(found["rate_nats"].get<double>() > 0);
  const Outcome reported = bench.run({"report", "--run", model, "--data", bench.dev_file(), "--out",
                                      bench.file("report.html"), "--threads", "1", "--samples", "5",
                                      "--probe-rows", "10"});
  REQUIRE_MESSAGE(reported.status == 0, reported.err);
  const Outcome compared = bench.run(tiny_comparison(bench, "elbo,mdr") + kinds_of_places[0] +
                                     Arguments{"--out", bench.file("compared"), "--epochs", "1"});
  REQUIRE_MESSAGE(compared.status == 0, compared.err);
  CHECK(lines(bench.read("compared/compare.csv")).size() == 3);
  const Outcome begun = bench.run(bench.tiny() + kinds_of_places[1] +
                                  Arguments{"--init-from", model, "--out", bench.file("begun")});
  REQUIRE_MESSAGE(begun.status == 0, begun.err);
  CHECK(begun.err.find("not taken") == std::string::npos);
}

TEST_CASE("places: words between two words, and samples with places drawn or asked for") {
  const Workbench bench;
  for (const Arguments& kind : kinds_of_places) {
    const std::string model = bench.train("model", kind + Arguments{"--overwrite"});
    const ordered_json line =
        json_of_places(bench, {"interpolate", "--model", model, "--from", "evler", "--to", "ev",
                               "--tags", places_tags, "--steps", "4"});
    CHECK(line["points"].size() == 5);
    const Arguments sampled{"sample", "--model", model, "--tags", places_tags, "--count", "5"};
    CHECK(json_of_places(bench, sampled)["samples"].size() == 5);
    CHECK(json_of_places(bench, sampled + Arguments{"--word", "evler"})["samples"].size() == 5);
    const Outcome asked = bench.run(sampled + Arguments{"--places", "4"});
    CHECK(asked.status == (kind.size() > 4 ? 2 : 0));
  }
}

TEST_CASE("places: the ends of a way are the two words' own") {
  const Workbench bench;
  const std::string model = bench.train("model", kinds_of_places[1] + Arguments{"--epochs", "4"});
  const ordered_json line =
      json_of_places(bench, {"interpolate", "--model", model, "--from", "evler", "--to", "ev",
                             "--tags", places_tags, "--steps", "2"});
  const std::string rows =
      bench.write("rows", std::string("evler\t") + places_tags + "\nev\t" + places_tags + "\n");
  const Outcome guessed = bench.run({"predict", "--model", model, "--input", rows});
  REQUIRE_MESSAGE(guessed.status == 0, guessed.err);
  const std::vector<std::string> answers = lines(guessed.out);
  REQUIRE(answers.size() == 2);
  // On the way a word may be as long as from the longer of the two: from "ev" alone it is cut after
  // 2 * 2 + 20 symbols.
  const auto is_same = [](const std::string& word, const std::string& answer) {
    return word == answer || (answer.size() >= 24 && word.starts_with(answer));
  };
  const auto word_at = [&](std::size_t i) { return line["points"][i]["word"].get<std::string>(); };
  CHECK(word_at(0) == split(answers[0], '\t').back());
  CHECK_MESSAGE(is_same(word_at(2), split(answers[1], '\t').back()), word_at(2));
}

TEST_CASE("places: what has no meaning with them is refused before anything is written") {
  const Workbench bench;
  const Arguments places{"--latent-per-place", "6"};
  const std::vector<std::pair<Arguments, std::string>> cases{
      {{"--attention", "8"}, "--attention: found 8 with --latent-per-place, expected 0"},
      {{"--decoder", "historyless_a"}, "--decoder: found historyless_a with --latent-per-place"},
      {{"--encoder-state-bypass"}, "--encoder-state-bypass: found it with --latent-per-place"},
      {{"--posterior", "vmf"}, "--posterior: found vmf with --latent-per-place"},
      {{"--prior", "mixture"}, "--prior: found mixture with --latent-per-place"},
      {{"--head-transform", "batch_norm"}, "--head-transform: found batch_norm with"},
      {{"--heads", "relu"}, "--heads: found relu with --latent-per-place"},
      {{"--z-in-training", "mean"}, "--z-in-training: found mean with --latent-per-place"},
      {{"--decoder-hears", "own"}, "--decoder-hears: found own with --latent-per-place"},
      {{"--z-into", "h0,output"}, "--z-into: found h0,output with --latent-per-place"},
      {{"--objective", "elbo+bag_of_characters(1)"}, "--objective: found bag_of_characters with"},
      {{"--objective", "free_bits(groups=2,rate=8)"}, "they take one group"},
      {{"--latent", "0", "--objective", "places(rate=4,global=5)"}, "--latent-per-place: "}};
  for (const auto& one : cases) {
    const std::string& sentence = one.second;
    CAPTURE(sentence);
    const std::string message = refused_places(bench, places + one.first);
    CHECK_MESSAGE(message.find(sentence) != std::string::npos, message);
  }
  CHECK(refused_places(bench, {"--latent", "0"}).find("--latent: found 0 without") !=
        std::string::npos);
  CHECK(refused_places(bench, {"--slots", "4"}).find("--slots: found 4 without") !=
        std::string::npos);
  CHECK(refused_places(bench, {"--objective", "places(rate=4)"}).find("--objective, --latent: ") !=
        std::string::npos);
}

TEST_CASE("places: a header cannot hold slots, and the message says so") {
  const Workbench bench;
  const std::string model = bench.train("model", kinds_of_places[2]);
  const Outcome done = bench.run({"export", "--model", model, "--cpp-header", bench.file("m.hpp")});
  CHECK(done.status == 2);
  CHECK(done.err.find("--slots 3") != std::string::npos);
}
