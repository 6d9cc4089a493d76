// `reinflect interpolate` and `reinflect sample`.
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "smoke/program.hpp"

using nlohmann::ordered_json;
using reinflection::test::Arguments;
using reinflection::test::guess_of;
using reinflection::test::lines;
using reinflection::test::Outcome;
using reinflection::test::Workbench;

namespace {

const char* const tags = "pos=N,case=ABL,num=PL";

ordered_json json_of(const Workbench& bench, const Arguments& arguments) {
  const Outcome done = bench.run(arguments + Arguments{"--json"});
  REQUIRE_MESSAGE(done.status == 0, done.err);
  return ordered_json::parse(done.out);
}

}  // namespace

TEST_CASE("interpolate: the ends are what predict says") {
  const Workbench bench;
  const std::string model = bench.train("model", {"--epochs", "8"});
  const Arguments between{"interpolate", "--model",   model, "--from",  "evler", "--to",
                          "kitap",       "--threads", "1",   "--steps", "4"};
  const ordered_json line = json_of(bench, between + Arguments{"--tags", tags});
  CHECK(line["interpolation"] == "linear");
  REQUIRE(line["points"].size() == 5);
  CHECK(line["points"][1]["t"].get<double>() == doctest::Approx(0.25));
  const std::string rows = "evler\t" + std::string(tags) + "\nkitap\t" + tags + "\n";
  const Outcome said = bench.run({"predict", "--model", model, "--input", "-"}, rows);
  REQUIRE_MESSAGE(said.status == 0, said.err);
  CHECK(line["points"].front()["word"] == guess_of(lines(said.out)[0]));
  CHECK(line["points"].back()["word"] == guess_of(lines(said.out)[1]));
  const ordered_json round = json_of(bench, between + Arguments{"--tags", tags, "--spherical"});
  CHECK(round["interpolation"] == "spherical");
  CHECK(round["points"].front() == line["points"].front());
  const Outcome text = bench.run(between + Arguments{"--tags", tags});
  CHECK(lines(text.out).size() == 6);
}

TEST_CASE("sample: the same words of the same seed, from the prior or of a word") {
  const Workbench bench;
  const std::string model = bench.train("model", {"--epochs", "8"});
  const Arguments some{"sample",  "--model", model,       "--tags", tags,
                       "--count", "20",      "--threads", "1"};
  const ordered_json first = json_of(bench, some);
  CHECK(first["samples"].size() == 20);
  CHECK(first["source"] == "prior");
  CHECK(json_of(bench, some) == first);
  CHECK(json_of(bench, some + Arguments{"--seed", "2"})["samples"] != first["samples"]);
  const ordered_json near = json_of(bench, some + Arguments{"--word", "evler"});
  CHECK(near["source"] == "posterior");
  CHECK(near["samples"] != first["samples"]);
}

TEST_CASE("sample: symbols are drawn at a temperature, and without one z alone is") {
  const Workbench bench;
  const std::string model = bench.train("model", {"--epochs", "8"});
  const Arguments some{"sample",  "--model", model,       "--tags", tags,
                       "--count", "20",      "--threads", "1"};
  const ordered_json likeliest = json_of(bench, some)["samples"];
  const auto drawn = [&](const Arguments& options) {
    return json_of(bench, some + options)["samples"];
  };
  CHECK(drawn({"--temperature", "0"}) == likeliest);
  CHECK(drawn({"--temperature", "1", "--top-k", "1"}) == likeliest);
  const ordered_json hot = drawn({"--temperature", "1"});
  CHECK(hot != likeliest);
  CHECK(drawn({"--temperature", "1"}) == hot);
  CHECK(drawn({"--temperature", "1", "--seed", "2"}) != hot);
  CHECK(drawn({"--temperature", "1", "--top-p", "0.3"}) != hot);
  const Outcome refused = bench.run(some + Arguments{"--top-k", "3"});
  CHECK(refused.status != 0);
  CHECK(refused.err.find("--top-k: found it with --temperature 0") != std::string::npos);
}

TEST_CASE("interpolate and sample: bad input") {
  const Workbench bench;
  const std::string model = bench.train("model");
  const auto error = [&](const Arguments& arguments) {
    const Outcome done = bench.run(arguments + Arguments{"--model", model});
    CHECK(done.status == 2);
    CHECK(done.out.empty());
    return done.err;
  };
  const std::string known =
      ", expected tags that the model knows with commas between, as case=ABL, case=ACC, num=PL, "
      "num=SG, pos=N, poss=PSS1P, poss=PSS1S\n";
  CHECK(error({"sample"}) == "--tags: found nothing" + known);
  CHECK(error({"sample", "--tags", "pos=N,num=DUAL"}) ==
        "--tags: found the unknown tag num=DUAL" + known);
  CHECK(error({"sample", "--tags", "N"}) ==
        "--tags: found no '=' in 'N' in the MSD, expected key=value\n");
  CHECK(error({"interpolate", "--from", "", "--to", "ev", "--tags", tags}) ==
        "--from: found nothing, expected a word\n");
  CHECK(error({"interpolate", "--from", "ev", "--to", "\xFF", "--tags", tags}) ==
        "--to: found bytes that are not UTF-8, expected a word\n");
}
