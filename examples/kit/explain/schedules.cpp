// Schedules of the KL's weight.
#include "kit/explain/explanation.hpp"

namespace kit {

namespace {

constexpr std::string_view bowman =
    "Bowman et al. 2015, \"Generating Sentences from a Continuous Space\"";

ParameterText steps(std::string_view about) { return {"steps", "steps of the optimiser", about}; }
ParameterText start() {
  return {"start", "steps of the optimiser", "before which the weight is 0"};
}
ParameterText maximum() { return {"maximum", "", "the weight at the end; a beta"}; }
ParameterText inner_objective() {
  return {"objective", "", "the objective whose KL is weighed; it may be any"};
}

}  // namespace

std::vector<Explanation> schedule_explanations() {
  return {
      {.name = "anneal",
       .group = Group::schedule,
       .title = "Annealing by a schedule",
       .expression = "anneal",
       .use = "--objective \"anneal(linear,steps=10000,free_bits(rate=60))\"",
       .cpp = "vaecollapse::Annealed(schedule, policy)",
       .what =
           "Multiplies the penalty of another objective on the KL by a weight that depends on the "
           "step. It composes with every objective; a controller inside still sees the true "
           "rate. The schedules have pages of their own: linear, exponential, logistic, "
           "cyclical.",
       .formula = "loss = NLL + w(t) f(KL)",
       .parameters =
           {{"schedule", "", "how w rises from 0 to `maximum`"},
            steps("of the rise: to 95 % under `exponential`, from 5 to 95 % under `logistic`; "
                  "under `cyclical` those of all cycles"),
            inner_objective(),
            maximum(),
            start(),
            {"cycles", "", "of the cyclical schedule"},
            {"ramp", "share of a cycle", "in which the weight rises; of the cyclical schedule"}},
       .helps = "Together with a rate that is aimed at: the weight gives the encoder time, and the "
                "free nats stay free when the weight has risen.",
       .hurts =
           "Alone it only delays the collapse: once the weight is at its maximum the objective is "
           "the plain ELBO again. The best dev score then stands before that, at an epoch "
           "where the KL costs little; `compare` takes the last epoch for this reason.",
       .source = bowman},
      {.name = "linear",
       .group = Group::schedule,
       .title = "Linear annealing",
       .expression = "anneal",
       .use = "--objective \"anneal(linear,steps=10000)\"",
       .cpp = "vaecollapse::Annealed(vaecollapse::LinearSchedule{...}, policy)",
       .what = "The weight of the KL rises in a straight line, and stays.",
       .formula = "w(t) = maximum min(1, max(0, t - start) / steps)",
       .parameters = {steps("of the rise; 0 is a jump"), inner_objective(), maximum(), start()},
       .helps = "The usual first remedy, cheap and without state: the encoder learns to use "
                "z while that costs nothing.",
       .hurts = "With a strong decoder the code empties as the weight rises: on Turkish 0.3 nats "
                "are left, and next to no word is right.",
       .source = bowman},
      {.name = "exponential",
       .group = Group::schedule,
       .title = "Exponential annealing",
       .expression = "anneal",
       .use = "--objective \"anneal(exponential,steps=10000)\"",
       .cpp = "vaecollapse::Annealed(vaecollapse::ExponentialSchedule{...}, policy)",
       .what = "The weight rises fast at first and then ever slower; after `steps` steps it has 95 "
               "% of its maximum.",
       .formula = "w(t) = maximum (1 - exp(-3 max(0, t - start) / steps))",
       .parameters = {steps("until 95 % of the maximum; at least 1"), inner_objective(), maximum(),
                      start()},
       .helps = "Where the weight should be near its end soon, without the kink of a line.",
       .hurts = "It leaves the encoder less time than a line with the same steps, and collapses "
                "like it: on Turkish 0.1 nats are left.",
       .source = "the article of github.com/akashrajkn/akruti; its formula is an image, this "
                 "saturating form is ours"},
      {.name = "logistic",
       .group = Group::schedule,
       .title = "Logistic annealing",
       .expression = "anneal",
       .use = "--objective \"anneal(logistic,steps=10000)\"",
       .cpp = "vaecollapse::Annealed(vaecollapse::LogisticSchedule{...}, policy)",
       .what =
           "The weight stays low, rises about the middle, and stays high: from 5 to 95 % of its "
           "maximum in `steps` steps.",
       .formula = "w(t) = maximum / (1 + exp(-6 (t - start - steps / 2) / steps))",
       .parameters = {steps("from 5 to 95 % of the maximum; at least 1"),
                      inner_objective(),
                      maximum(),
                      {"start", "steps of the optimiser",
                       "where the weight has 5 % of its maximum; it is never quite 0"}},
       .helps = "Where the encoder should have a time with an almost free KL, and then a swift "
                "change.",
       .hurts = "The change is steeper in the middle than a line's; what comes after it is the "
                "plain ELBO.",
       .source = bowman},
      {.name = "cyclical",
       .group = Group::schedule,
       .title = "Cyclical annealing",
       .expression = "anneal",
       .use = "--objective \"anneal(cyclical,steps=10000)\"",
       .cpp = "vaecollapse::Annealed(vaecollapse::CyclicalSchedule{...}, policy)",
       .what = "The weight rises from 0 again and again: in each cycle it climbs in a line, stays "
               "at its maximum, and falls back. It goes on so after `steps` steps.",
       .formula = "w(t) = maximum min(1, frac((t - start) cycles / steps) / ramp)",
       .parameters = {steps("of all cycles together; 0: the weight is the maximum"),
                      inner_objective(),
                      maximum(),
                      start(),
                      {"cycles", "", "how many; at least 1"},
                      {"ramp", "share of a cycle", "in which the weight rises"}},
       .helps = "Where a code that was learnt in one cycle is a better start for the next. The "
                "trainer's default of `steps` is short; give the length of the run.",
       .hurts =
           "Scores depend on where in a cycle training ends, and a model that has collapsed in "
           "the first need not come back in the others.",
       .source =
           "Fu et al. 2019, \"Cyclical Annealing Schedule: A Simple Approach to Mitigating KL "
           "Vanishing\""},
  };
}

}  // namespace kit
