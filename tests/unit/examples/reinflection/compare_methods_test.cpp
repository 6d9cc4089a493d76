// The methods of a comparison by name.
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include <vaecollapse/core/check.hpp>
#include <vaecollapse/dropout/contiguous.hpp>

#include "compare/methods.hpp"
#include "training_run.hpp"

using namespace reinflection;
using Names = std::vector<std::string>;

namespace {

Settings changed(const char* method) {
  return settings_of(method, Settings(), {.rate = 30, .steps = 1001});
}

std::string complaint(const char* list) {
  try {
    for (const std::string& method : kit::read_methods(methods(), list))
      settings_of(method, {}, {});
  } catch (const vaecollapse::Error& error) {
    return error.what();
  }
  return "";
}

}  // namespace

TEST_CASE("methods: lists") {
  CHECK(kit::read_methods(methods(), "mdr,elbo") == Names{"mdr", "elbo"});
  CHECK(kit::read_methods(methods(), "mdr+character_dropout") == Names{"mdr+character_dropout"});
  const Names all = kit::read_methods(methods(), "all");
  CHECK(all == Names{"elbo",
                     "linear",
                     "exponential",
                     "logistic",
                     "cyclical",
                     "free_bits",
                     "soft_free_bits",
                     "ha_bits",
                     "mdr",
                     "hinge",
                     "capacity",
                     "embedding_dropout",
                     "character_dropout",
                     "contiguous_dropout",
                     "historyless_a",
                     "historyless_b",
                     "lstm",
                     "bag_of_characters",
                     "mixture_prior",
                     "von_mises_fisher",
                     "batch_norm"});
  const Names study = kit::read_methods(methods(), "study");
  CHECK(study.size() >= 13);
  CHECK(study.front() == "elbo");
  CHECK(study.back() == "compat");
  CHECK(kit::read_methods(methods(), "all,compat").size() == all.size() + 1);
}

TEST_CASE("methods: what is not said is the ELBO and no dropout, whatever the trainer's defaults") {
  const Settings elbo = changed("elbo");
  CHECK(elbo.objective == "elbo");
  CHECK(elbo.dropout == "none");
  Settings rest = elbo;
  const Settings defaults;
  rest.objective = defaults.objective;
  rest.dropout = defaults.dropout;
  CHECK(rest == defaults);
  CHECK(changed("character_dropout").objective == "elbo");
  CHECK(changed("character_dropout") == changed("elbo+character_dropout"));
}

TEST_CASE("methods: the rate and the steps of the run are filled in") {
  CHECK(changed("mdr").objective == "mdr(rate=30)");
  CHECK(changed("linear").objective == "anneal(linear,steps=401)");
  CHECK(changed("cyclical").objective == "anneal(cyclical,steps=1001)");
  CHECK(changed("capacity").objective == "capacity(rate=30,steps=401)");
  CHECK(settings_of("mdr", {}, {.rate = 2.5, .steps = 1}).objective == "mdr(rate=2.5)");
}

TEST_CASE("methods: parts are joined") {
  const Settings both = changed("mdr+character_dropout");
  CHECK(both.objective == "mdr(rate=30)");
  CHECK(both.dropout == "chars(0.4)");
  CHECK(changed("mdr+bag_of_characters").objective == "mdr(rate=30)+bag_of_characters(1)");
  const Settings with_lstm = changed("free_bits+lstm");
  CHECK(with_lstm.cell == "lstm");
  CHECK(with_lstm.objective == changed("free_bits").objective);
  CHECK(changed("character_dropout+embedding_dropout").dropout == "chars(0.4)+embedding(0.4)");
}

TEST_CASE("methods: contiguous dropout drops as much as character dropout") {
  const std::string text = changed("contiguous_dropout").dropout;
  REQUIRE(text.starts_with("contiguous(0.1"));
  CHECK(vaecollapse::contiguous_drop_rate(std::stod(text.substr(11)), 3.5) ==
        doctest::Approx(0.4).epsilon(1e-9));
}

TEST_CASE("methods: every one can be prepared, and changes something") {
  std::vector<std::string> methods = kit::read_methods(reinflection::methods(), "study");
  for (const std::string& method : kit::read_methods(reinflection::methods(), "all"))
    methods.push_back(method);
  for (const std::string& method : methods) {
    CAPTURE(method);
    const TrainingRun run = prepare(changed(method.c_str()));
    CHECK((run.settings == prepare(changed("elbo")).settings) == (method == "elbo"));
  }
}

TEST_CASE("methods: mistakes") {
  CHECK(complaint("mdr,elbow") ==
        "--methods: found the unknown method 'elbow', expected 'elbo' perhaps");
  CHECK(complaint("mdr+charcter_dropout") ==
        "--methods: found the unknown method 'charcter_dropout', expected 'character_dropout' "
        "perhaps");
  CHECK(complaint("") ==
        "--methods: found the unknown method '', expected what reinflect compare --help shows");
  CHECK(complaint("elbo,mdr,elbo") == "--methods: found 'elbo' twice, expected each method once");
  CHECK(complaint("all,mdr") == "--methods: found 'mdr' twice, expected each method once");
  CHECK(complaint("mdr+hinge") ==
        "--methods: found 'mdr+hinge', expected one part at most that sets --objective");
}

TEST_CASE("methods: help has a line for each") {
  const std::string help = kit::method_help(methods());
  for (const std::string& name : kit::read_methods(methods(), "all,compat")) {
    CAPTURE(name);
    CHECK(help.find("  " + name + ": ") != std::string::npos);
  }
}
