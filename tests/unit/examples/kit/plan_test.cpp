// Plans in the language of `--objective`: what they mean, how they are written out in full, and
// their mistakes, each with its place.
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include <vaecollapse/objective/any.hpp>

#include "kit/criterion.hpp"
#include "kit/expression.hpp"
#include "kit/policies.hpp"
#include "kit/training_notes.hpp"

namespace vc = vaecollapse;
using kit::ExpressionError;
using kit::ObjectiveChoice;
using kit::parse_objective;

namespace {

constexpr const char* two_phases =
    "plan(elbo(beta=0):epochs=3, reset(decoder), free_bits(groups=1,rate=60))";

/// The KL's seed of an objective in a phase, where the rate is 100.
double kl_seed(vc::AnyObjective objective, std::uint64_t phase) {
  objective.enter_phase(phase);
  const std::vector<double> kl{100}, nll{1};
  std::vector<double> dkl(1), dnll(1);
  vc::Seeds seeds{{dkl.data(), 1, 1}, dnll};
  objective.evaluate({{kl.data(), 1, 1}, nll, 1}, seeds);
  return dkl[0];
}

void refused(const std::string& expression, std::size_t place, const std::string& sentence) {
  CAPTURE(expression);
  try {
    parse_objective(expression);
  } catch (const ExpressionError& error) {
    CHECK(error.place() == place);
    CHECK(std::string(error.what()).starts_with(sentence + "\n"));
    return;
  }
  FAIL("it was not refused");
}

}  // namespace

TEST_CASE("a plan: an objective for each phase, its epochs, and what it begins with") {
  const ObjectiveChoice choice = parse_objective(two_phases);
  REQUIRE(choice.phases.size() == 2);
  CHECK(choice.phases[0].epochs == 3);
  CHECK(choice.phases[0].anew.empty());
  CHECK(choice.phases[1].epochs == 0);
  CHECK(choice.phases[1].anew == std::vector<std::string>{"decoder"});
  CHECK(kl_seed(choice.objective, 0) == 0);
  CHECK(kl_seed(choice.objective, 1) == 1);
  CHECK(parse_objective("elbo").phases.empty());

  const ObjectiveChoice ranges = parse_objective(
      "plan(elbo:epochs=1, freeze(encoder.embed, posterior), reset(decoder), elbo(0.5):epochs=2,"
      "move(decoder), elbo)+bag_of_characters");
  REQUIRE(ranges.phases.size() == 3);
  CHECK(ranges.phases[1].frozen == std::vector<std::string>{"encoder.embed", "posterior"});
  CHECK(ranges.phases[1].anew == std::vector<std::string>{"decoder"});
  CHECK(ranges.phases[2].moving == std::vector<std::string>{"decoder"});
  CHECK(ranges.bag.has_value());
  CHECK(parse_objective("plan(freeze(encoder),elbo)").phases.size() == 1);
}

TEST_CASE("a plan is written out in full, and that text means the same") {
  const std::string full =
      "plan(elbo(beta=0):epochs=3,reset(decoder),free_bits(groups=1,rate=60,per=batch))";
  CHECK(parse_objective(two_phases).text == full);
  CHECK(parse_objective(full).text == full);
  const std::string more =
      "plan(freeze(encoder.embed,posterior),elbo(beta=1):epochs=2,reset(decoder),move(decoder),"
      "elbo(beta=0.5))+bag_of_characters(weight=1,entries=counts)";
  CHECK(parse_objective(more).text == more);
}

TEST_CASE("mistakes of a plan have a place and a sentence") {
  refused("plan()", 0, "a plan needs an objective for each phase");
  refused("plan(elbo, elbo)", 5,
          "this phase needs a number of epochs, as elbo:epochs=3; the last has all that are left");
  refused("plan(elbo:epochs=3)", 10, "the last phase has all epochs that are left, and no number");
  refused("plan(elbo:epochs=0, elbo)", 17, "epochs must be a whole number of at least 1");
  refused("plan(elbo:epochs=1.5, elbo)", 17, "epochs must be a whole number of at least 1");
  refused("plan(elbo:epochs=1:epochs=2, elbo)", 19, "epochs is given twice");
  refused("plan(elbo:steps=1, elbo)", 10, "a phase has no option 'steps'");
  refused("plan(reset(decoder), elbo)", 5,
          "the first phase makes nothing anew: it begins with new weights");
  refused("plan(elbo:epochs=1, reset(decoder))", 20,
          "reset begins a phase, and no objective follows");
  refused("plan(elbo:epochs=1, reset, elbo)", 20,
          "reset needs names of parameters, such as decoder or encoder.embed");
  refused("plan(elbo:epochs=1, reset(3), elbo)", 26,
          "reset needs names of parameters, such as decoder or encoder.embed");
  refused("plan(elbo:epochs=1, reset(decoder):epochs=1, elbo)", 35,
          "epochs belong to the objective of a phase");
  refused("plan(freeze(encoder), move(decoder), elbo)", 22,
          "a phase states what is frozen or what moves, not both");
  refused("plan(first=elbo)", 5, "a phase of a plan has no name");
  refused("plan(elbo+bag_of_characters)", 10,
          "an auxiliary loss is added to the whole plan, plan(...)+bag_of_characters");
  refused("plan(plan(elbo))", 5, "a plan has no plans inside: its phases are objectives");
  refused("plan(elbow:epochs=1, elbo)", 5, "unknown objective 'elbow': did you mean 'elbo'?");
  refused("anneal(linear, elbo:epochs=3)", 20, "only a phase of a plan has options after ':'");
  refused("plan(elbo:epochs, elbo)", 16, "expected '=', found ','");
}

TEST_CASE("a plan stands in the help, and in the notes of a training phase by phase") {
  CHECK(kit::policy_help("any").find("  plan(phases): objectives one after the other") !=
        std::string::npos);
  // 10 steps an epoch.
  const kit::RunLength run{
      .epoch = kit::in_full_batches(100, 10), .batch = 10, .epochs = 8, .warmup = 20};
  const std::string plan =
      "plan(anneal(schedule=linear,steps=40,objective=elbo(beta=1),maximum=1,start=0,cycles=4,"
      "ramp=0.5):epochs=3,reset(decoder),anneal(schedule=linear,steps=40,objective=elbo(beta=1),"
      "maximum=1,start=0,cycles=4,ramp=0.5))";
  CHECK(kit::steps_of_shortest_phase(run, plan) == 30);
  CHECK(kit::steps_of_shortest_phase(run, "elbo(beta=1)") == 80);
  const std::vector<std::string> notes = kit::training_notes(run, plan);
  REQUIRE(notes.size() == 2);
  CHECK(notes[0] ==
        "--warmup: the learning rate rises for 20 steps and the shortest phase has 30, so it is "
        "low for most of it; a tenth, 3, is usual");
  CHECK(notes[1] ==
        "--objective: anneal takes 40 steps and the training has 30, so the KL never has its whole "
        "weight");
}

TEST_CASE("criteria: what they mean, in full, and their mistakes") {
  using Kind = kit::CriterionChoice::Kind;
  CHECK(kit::parse_criterion("accuracy").kind == Kind::accuracy);
  CHECK(kit::parse_criterion("elbo").kind == Kind::elbo);
  const kit::CriterionChoice choice = kit::parse_criterion("iwnll(50)");
  CHECK(choice.kind == Kind::importance_weighted_nll);
  CHECK(choice.samples == 50);
  CHECK(choice.text == "iwnll(samples=50)");
  CHECK(kit::parse_criterion("iwnll").text == "iwnll(samples=20)");
  CHECK_THROWS_WITH_AS(kit::parse_criterion("accurate"),
                       "unknown criterion 'accurate': did you mean 'accuracy'?\n  accurate\n  ^\n"
                       "known: accuracy, elbo, iwnll",
                       ExpressionError);
  CHECK_THROWS_AS(kit::parse_criterion("iwnll(0)"), ExpressionError);
  vc::EpochReport epoch;
  CHECK(kit::criterion_text(epoch).empty());
  epoch.criterion = "elbo";
  epoch.criterion_value = -31.25;
  CHECK(kit::criterion_text(epoch) == "elbo -31.250");
}
