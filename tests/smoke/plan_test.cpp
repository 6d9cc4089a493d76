// Plans and criteria of a training: killed in either phase it ends with the same bytes, and its
// files say what it was.
#include <string>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "smoke/faults.hpp"

using namespace reinflection::test;

namespace {

constexpr const char* two_phases =
    "plan(elbo(beta=0):epochs=3, reset(decoder), free_bits(groups=1,rate=6))";
constexpr const char* in_full =
    "plan(elbo(beta=0):epochs=3,reset(decoder),free_bits(groups=1,rate=6,per=batch))";

}  // namespace

TEST_CASE("kills at random moments of a plan of two phases leave no trace in the end") {
  const Workbench bench;
  Killer killer(bench,
                bench.tiny() + Arguments{"--epochs", "6", "--checkpoint-every", "2", "--objective",
                                         two_phases, "--criterion", "iwnll(samples=2)"});
  CHECK(killer.kill(6, 7).kills >= 6);
  const nlohmann::json config = nlohmann::json::parse(bench.read("straight/config.json"));
  CHECK(config.at("objective") == in_full);
  CHECK(config.at("criterion") == "iwnll(samples=2)");
  const auto metrics = lines(bench.read("straight/metrics.jsonl"));
  REQUIRE(metrics.size() == 6);
  for (std::size_t epoch = 0; epoch < 6; ++epoch) {
    const nlohmann::json figures = nlohmann::json::parse(metrics[epoch]);
    CHECK(figures.at("kl_weight") == (epoch < 3 ? 0 : 1));
    CHECK(figures.at("criterion") == "iwnll");
    CHECK(figures.at("criterion_value") > 0);
    if (epoch < 3) CHECK(figures.at("best") == false);
    if (epoch == 3) CHECK(figures.at("best") == true);
  }
  CHECK(lines(bench.read("straight/metrics.csv"))[0].ends_with(",loss_spikes,criterion_iwnll"));
}

TEST_CASE("a run goes on only with its own plan and criterion") {
  const Workbench bench;
  const std::string folder =
      bench.train("model", {"--epochs", "4", "--objective", two_phases, "--criterion", "elbo"});
  const auto refused = [&](const Arguments& more, const std::string& sentence) {
    const Outcome done = bench.run(Arguments{"train", "--resume", folder} + more);
    CHECK(done.status == 2);
    CHECK(lines(done.err).back().starts_with(sentence));
  };
  refused({"--criterion", "accuracy"},
          "--criterion: found 'accuracy', expected 'elbo', with which the run in ");
  refused({"--objective", "elbo"}, "--objective: found 'elbo(beta=1)', expected '" +
                                       std::string(in_full) + "', with which the run in ");
  const Outcome same =
      bench.run({"train", "--resume", folder, "--objective", two_phases, "--criterion", "elbo"});
  CHECK(same.status == 0);
  CHECK(same.out.starts_with("finished before: best epoch 4: dev elbo -"));
}

TEST_CASE(
    "a plan that does not fit the model or the epochs is refused before anything is written") {
  const Workbench bench;
  const auto refused = [&](const std::string& plan, const std::string& sentence) {
    const Outcome done = bench.run(bench.tiny() + Arguments{"--out", bench.file("none"), "--epochs",
                                                            "3", "--objective", plan});
    CHECK(done.status == 2);
    CHECK(done.err.find(sentence) != std::string::npos);
    CHECK_FALSE(std::filesystem::exists(bench.file("none")));
  };
  refused("plan(elbo:epochs=1,freeze(enc),elbo)",
          "--objective: range: 'enc' names no parameter: there are 'encoder', 'posterior', "
          "'decoder'");
  refused("plan(elbo:epochs=3,elbo)",
          "plan: the phases before the last have 3 epochs, and the training has 3: the last phase "
          "needs at least one");
  refused("plan(elbo:epochs=1,free_bits(groups=7,rate=1))", "--objective, --latent: ");
}
