// `--posterior vmf`: the whole way of a family whose q is neither mu nor logvar.
#include <filesystem>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <vaecollapse/latent/concentration.hpp>

#include "smoke/faults.hpp"

using nlohmann::ordered_json;
using namespace reinflection::test;

namespace {

const Arguments vmf{"--posterior", "vmf(kappa=20)", "--objective", "elbo"};
const char* const tags = "pos=N,case=ABL,num=PL";

/// The KL of that posterior with the tiny model's 8 dimensions.
double rate() { return vaecollapse::Concentration(8, 20).kl(); }

ordered_json json_of(const Workbench& bench, const Arguments& arguments) {
  const Outcome done = bench.run(arguments + Arguments{"--threads", "1", "--json"});
  // 3: diagnose has found a collapse.
  REQUIRE_MESSAGE((done.status == 0 || done.status == 3), done.err);
  return ordered_json::parse(done.out);
}

/// The message of a training that must not begin.
std::string refused(const Workbench& bench, const Arguments& more) {
  const Outcome done = bench.run(bench.tiny() + Arguments{"--out", bench.file("refused")} + more);
  CHECK(done.status == 2);
  CHECK_FALSE(std::filesystem::exists(bench.file("refused")));
  return done.err;
}

}  // namespace

TEST_CASE("vmf: trained, evaluated and diagnosed, its rate is that of kappa") {
  const Workbench bench;
  const std::string model = bench.train("model", vmf + Arguments{"--epochs", "8"});
  for (const std::string& line : lines(bench.read("model/metrics.csv"))) {
    const std::vector<std::string> row = split(line, ',');
    if (row[0] == "epoch") continue;
    CHECK(std::stod(row[5]) == doctest::Approx(rate()).epsilon(1e-6));
    CHECK(std::stod(row[7]) == doctest::Approx(rate()).epsilon(1e-6));
  }
  CHECK(ordered_json::parse(bench.read("model/config.json"))["posterior"] == "vmf(kappa=20)");
  const ordered_json scores =
      json_of(bench, {"evaluate", "--model", model, "--data", bench.dev_file()});
  CHECK(scores["rate_nats"].get<double>() == doctest::Approx(rate()).epsilon(1e-6));

  const ordered_json found =
      json_of(bench, {"diagnose", "--model", model, "--data", bench.dev_file(), "--samples", "20",
                      "--probe-rows", "20"});
  CHECK(found["rate_nats"].get<double>() == doctest::Approx(rate()).epsilon(1e-6));
  CHECK(found["verdict"].is_string());
  CHECK(found["nll_z_permuted_nats"].is_number());
  CHECK(found["iw_nll_nats"].is_number());
  // log q - log p is bounded, so the bound by importance weights lies below the ELBO's.
  CHECK(found["iw_nll_nats"].get<double>() < -found["elbo_nats"].get<double>());
}

TEST_CASE("vmf: advice to change the rate says that no objective does it") {
  const Workbench bench;
  const std::string model = bench.train("model", {"--posterior", "vmf(kappa=0)"});
  const ordered_json found =
      json_of(bench, {"diagnose", "--model", model, "--data", bench.dev_file(), "--samples", "2",
                      "--probe-rows", "4"});
  CHECK(found["verdict"] == "collapsed");
  CHECK(found["advice"].get<std::string>().find("the rate is fixed by --posterior vmf(kappa=0)") !=
        std::string::npos);
}

TEST_CASE("vmf: killed and resumed, it ends with the same bits") {
  check_killed_and_resumed(Workbench(), vmf + Arguments{"--epochs", "100"});
}

TEST_CASE("vmf: words between two codes lie on the sphere, and samples come from the prior") {
  const Workbench bench;
  const std::string model = bench.train("model", vmf);
  const ordered_json line = json_of(bench, {"interpolate", "--model", model, "--from", "evler",
                                            "--to", "kitap", "--tags", tags, "--steps", "4"});
  CHECK(line["interpolation"] == "spherical");
  CHECK(line["points"].size() == 5);
  const ordered_json drawn =
      json_of(bench, {"sample", "--model", model, "--tags", tags, "--count", "5"});
  CHECK(drawn["samples"].size() == 5);
}

TEST_CASE("vmf: compared and reported") {
  const Workbench bench;
  const Outcome compared = bench.run(tiny_comparison(bench, "elbo,von_mises_fisher") +
                                     Arguments{"--out", bench.file("compared"), "--epochs", "1"});
  REQUIRE_MESSAGE(compared.status == 0, compared.err);
  const std::vector<std::string> rows = lines(bench.read("compared/compare.csv"));
  REQUIRE(rows.size() == 3);
  CHECK(std::stod(split(rows[2], ',')[5]) ==
        doctest::Approx(vaecollapse::Concentration(8, 50).kl()).epsilon(1e-6));
  const std::string model = bench.train("model", vmf);
  const Outcome reported = bench.run({"report", "--run", model, "--data", bench.dev_file(), "--out",
                                      bench.file("report.html"), "--threads", "1", "--samples", "5",
                                      "--probe-rows", "10"});
  REQUIRE_MESSAGE(reported.status == 0, reported.err);
  CHECK(bench.read("report.html").find("vmf(kappa=20)") != std::string::npos);
}

TEST_CASE("vmf: what it cannot have is refused with a sentence, and what has no effect is noted") {
  const Workbench bench;
  const std::string only =
      ": only a Gaussian posterior can have it, and --posterior is "
      "vmf(kappa=50)\n";
  const Arguments plain{"--posterior", "vmf"};
  CHECK(refused(bench, plain + Arguments{"--prior", "mixture(3)"}) == "--prior mixture(3)" + only);
  CHECK(refused(bench, plain + Arguments{"--heads", "relu"}) == "--heads relu" + only);
  CHECK(refused(bench, plain + Arguments{"--latent", "1"}) ==
        "--posterior, --latent: von Mises-Fisher: latent is 1: it must be in [2, 4096]\n");
  CHECK(refused(bench, {"--posterior", "vmf(kappa=20000)"}) ==
        "--posterior: kappa is 20000, it must lie between 0 and 10000\n"
        "  vmf(kappa=20000)\n"
        "            ^\n");
  const Outcome noted = bench.run(
      bench.tiny() + plain +
      Arguments{"--out", bench.file("model"), "--objective", "free_bits(groups=1,rate=8)"});
  CHECK(noted.status == 0);
  CHECK(noted.err.find("note: --objective: with --posterior vmf(kappa=50) the KL is 7.4 nats for "
                       "every row, so weights, schedules and floors of the KL change the loss "
                       "that is shown and nothing that is learnt\n") != std::string::npos);
  const Outcome header = bench.run(
      {"export", "--model", bench.file("model"), "--cpp-header", bench.file("model.hpp")});
  CHECK(header.status == 2);
  CHECK(header.err.find("--posterior vmf(kappa=50), expected gaussian, which is all that a C++ "
                        "header can hold\n") != std::string::npos);
}
