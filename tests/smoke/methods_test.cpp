// Methods that change what is trained: each trains, is saved, and is the same when loaded.
#include <filesystem>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "smoke/program.hpp"

using reinflection::test::Arguments;
using reinflection::test::lines;
using reinflection::test::Outcome;
using reinflection::test::split;
using reinflection::test::Workbench;

namespace {

/// The last row of the metrics of a model that says of the dev rows what its training said.
std::vector<std::string> round_trip(const Workbench& bench, const std::string& name,
                                    const Arguments& more) {
  CAPTURE(name);
  const std::string folder = bench.train(name, Arguments{"--epochs", "1"} + more);
  const auto epoch = split(lines(bench.read(name + "/metrics.csv"))[1], ',');
  const Outcome scores = bench.run(
      {"evaluate", "--model", folder, "--data", bench.dev_file(), "--threads", "1", "--json"});
  REQUIRE_MESSAGE(scores.status == 0, scores.err);
  const auto found = nlohmann::json::parse(scores.out);
  CHECK(found["nll_nats"].get<double>() == doctest::Approx(std::stod(epoch[6])));
  CHECK(found["rate_nats"].get<double>() == doctest::Approx(std::stod(epoch[7])));
  return epoch;
}

}  // namespace

TEST_CASE(
    "bags of characters, mixture priors, normalised means and optimisers are saved and loaded") {
  const Workbench bench;
  const auto plain = round_trip(bench, "plain", {});
  CHECK(std::stod(plain[13]) == 0);
  const auto bag = round_trip(bench, "bag", {"--objective", "elbo+bag_of_characters(0.5)"});
  CHECK(std::stod(bag[13]) > 0);
  round_trip(bench, "mixture", {"--prior", "mixture(3)", "--objective", "free_bits(rate=8)"});
  const auto normalised = round_trip(bench, "normalised", {"--head-transform", "batch_norm(0.8)"});
  CHECK(std::stod(normalised[5]) > 8 * 0.8 * 0.8 / 2 * 0.99);  // the rate of training
  round_trip(bench, "sgd", {"--optimiser", "sgd(momentum=0.9)"});
  round_trip(bench, "adadelta", {"--optimiser", "adadelta", "--learning-rate", "1"});
}

TEST_CASE("--compat says what it sets, and what is given beside it wins") {
  const Workbench bench;
  const Outcome done = bench.run(
      bench.tiny() + Arguments{"--compat", "akruti", "--decoder-hidden", "32", "--attention", "8",
                               "--out", bench.file("compat"), "--epochs", "1", "--dropout",
                               "batch_wide(chars(0.4,zero))"});
  REQUIRE_MESSAGE(done.status == 0, done.err);
  for (const char* line :
       {"--compat akruti reproduces the published system by these settings:\n",
        "  --z-in-training mean  (z is never sampled)\n",
        "  --dropout batch_wide(dropout=chars(beta=0.4,to=zero))  (one mask",
        "  --latent 8  (not the published system's)\n", "warning: --encoder-state-bypass: "}) {
    CAPTURE(line);
    CHECK(done.err.find(line) != std::string::npos);
  }
  const auto config = nlohmann::json::parse(bench.read("compat/config.json"));
  CHECK(config["compat"] == "akruti");
  CHECK(config["latent"] == 8);
  CHECK(config["optimiser"] == "adadelta(rho=0.95,epsilon=1e-06)");
  // The weight that two means hide: symbols of a word over dimensions.
  const auto epoch = split(lines(bench.read("compat/metrics.csv"))[1], ',');
  CHECK(std::stod(epoch[11]) > 0.5);
  CHECK(std::stod(epoch[11]) < 3);
}

TEST_CASE("a KL of one group takes no more of them") {
  const Workbench bench;
  const Outcome done =
      bench.run(bench.tiny() + Arguments{"--prior", "mixture", "--objective",
                                         "free_bits(groups=4,rate=8)", "--out", bench.file("x")});
  CHECK(done.status != 0);
  CHECK(done.err.find("--objective, --prior: FreeBits: kl is [1 x 1]: 4 groups are more than the "
                      "rows of kl") != std::string::npos);
  CHECK_FALSE(std::filesystem::exists(bench.file("x")));
}
