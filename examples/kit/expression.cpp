#include "kit/expression.hpp"

#include <cstdint>
#include <string>
#include <string_view>

#include <vaecollapse/compat/batch_wide.hpp>
#include <vaecollapse/compat/per_entry.hpp>
#include <vaecollapse/dropout/chain.hpp>
#include <vaecollapse/dropout/character.hpp>
#include <vaecollapse/dropout/contiguous.hpp>
#include <vaecollapse/dropout/embedding.hpp>
#include <vaecollapse/dropout/none.hpp>
#include <vaecollapse/objective/annealing.hpp>
#include <vaecollapse/objective/capacity.hpp>
#include <vaecollapse/objective/compose.hpp>
#include <vaecollapse/objective/elbo.hpp>
#include <vaecollapse/objective/free_bits.hpp>
#include <vaecollapse/objective/ha_bits.hpp>
#include <vaecollapse/objective/hinge.hpp>
#include <vaecollapse/objective/mdr.hpp>
#include <vaecollapse/objective/places.hpp>
#include <vaecollapse/objective/soft_free_bits.hpp>

#include "kit/expression_table.hpp"
#include "kit/numbers.hpp"
#include "kit/plans.hpp"

namespace kit {

namespace {

using vaecollapse::AnyCorruption;
using vaecollapse::AnyObjective;
using vaecollapse::BagEntries;
using vaecollapse::BagOptions;
using ObjectiveArguments = Arguments<AnyObjective>;
using DropoutArguments = Arguments<AnyCorruption>;
using Kind = Parameter::Kind;

/// Defaults are the library's own.
std::string show_count(std::uint64_t count) { return std::to_string(count); }
const vaecollapse::LinearSchedule usual_schedule;
const vaecollapse::CyclicalSchedule usual_cycles;
const vaecollapse::MDROptions usual_mdr;
const vaecollapse::SoftFreeBitsOptions usual_soft_free_bits;

/// In nats per row, for every method that has a target.
Parameter target_rate() { return {"rate", Kind::number}; }

/// The objective whose KL a controller weighs, or a schedule.
Parameter inner_objective() { return {"objective", Kind::policy, "elbo"}; }

void require_steps(const ObjectiveArguments& given) {
  if (given.count("steps") > 0) return;
  vaecollapse::raise(vaecollapse::Error("steps is 0, this schedule needs at least 1"));
}

void require_cycles_unset(const ObjectiveArguments& given) {
  if (given.count("cycles") == usual_cycles.cycles && given.number("ramp") == usual_cycles.ramp) {
    return;
  }
  vaecollapse::raise(vaecollapse::Error("cycles and ramp are of the cyclical schedule only"));
}

/// Every schedule has risen, or nearly so, after `steps` steps.
AnyObjective anneal(const ObjectiveArguments& given) {
  const AnyObjective& objective = given.policy("objective");
  const std::string_view schedule = given.word("schedule");
  const std::uint64_t steps = given.count("steps"), start = given.count("start");
  const double maximum = given.number("maximum"), length = static_cast<double>(steps);
  if (schedule == "cyclical") {
    return vaecollapse::Annealed(vaecollapse::CyclicalSchedule{.steps = steps,
                                                               .maximum = maximum,
                                                               .start = start,
                                                               .cycles = given.count("cycles"),
                                                               .ramp = given.number("ramp")},
                                 objective);
  }
  require_cycles_unset(given);
  if (schedule == "linear") {
    return vaecollapse::Annealed(
        vaecollapse::LinearSchedule{.steps = steps, .maximum = maximum, .start = start}, objective);
  }
  require_steps(given);
  if (schedule == "exponential") {
    return vaecollapse::Annealed(
        vaecollapse::ExponentialSchedule{.speed = 3 / length, .maximum = maximum, .start = start},
        objective);
  }
  return vaecollapse::Annealed(
      vaecollapse::LogisticSchedule{.speed = 6 / length,
                                    .maximum = maximum,
                                    .middle = static_cast<double>(start) + length / 2},
      objective);
}

Table<AnyObjective> objectives() {
  return {
      .noun = "objective",
      .methods =
          {
              {"elbo",
               "NLL + beta KL",
               {{"beta", Kind::number, show_number(vaecollapse::Elbo().beta())}},
               [](const ObjectiveArguments& given) -> AnyObjective {
                 return vaecollapse::Elbo(given.number("beta"));
               }},
              {"free_bits",
               "`rate` nats per row are free, shared equally by groups of dimensions",
               {{"groups", Kind::count, "1", {}, 1},
                target_rate(),
                {"per", Kind::word, "batch", {"batch", "example"}}},
               [](const ObjectiveArguments& given) -> AnyObjective {
                 return vaecollapse::FreeBits<>(static_cast<int>(given.count("groups")),
                                                given.number("rate"),
                                                {.per_example = given.word("per") == "example"});
               }},
              {"soft_free_bits",
               "the weight of another objective's KL falls by 1 + `alpha` a step while there are "
               "fewer than `rate` nats per row, and rises above (1 + `epsilon`) `rate`",
               {target_rate(),
                {"alpha", Kind::number, show_number(usual_soft_free_bits.alpha)},
                {"epsilon", Kind::number, show_number(usual_soft_free_bits.epsilon)},
                inner_objective()},
               [](const ObjectiveArguments& given) -> AnyObjective {
                 const vaecollapse::SoftFreeBits<> controller(
                     given.number("rate"),
                     {.alpha = given.number("alpha"), .epsilon = given.number("epsilon")});
                 return vaecollapse::Controlled(controller, given.policy("objective"));
               }},
              {"ha_bits",
               "the mean KL of a dimension has a floor: `rate` nats per row (or dimension) are "
               "free, others cost 1/Z",
               {target_rate(), {"per", Kind::word, "word", {"word", "dimension"}}},
               [](const ObjectiveArguments& given) -> AnyObjective {
                 return vaecollapse::HaBits<>(given.number("rate"),
                                              {.per_word = given.word("per") == "word"});
               }},
              {"mdr",
               "a multiplier, learnt by gradient ascent from `multiplier` on, holds the KL at "
               "`rate` nats per row or more",
               {target_rate(),
                {"learning_rate", Kind::number, show_number(usual_mdr.learning_rate)},
                {"multiplier", Kind::number, show_number(usual_mdr.multiplier)},
                {"form", Kind::word, "softplus", {"softplus", "projected"}},
                {"averaging", Kind::number, show_number(usual_mdr.averaging), {}, 0, 1},
                inner_objective()},
               [](const ObjectiveArguments& given) -> AnyObjective {
                 const vaecollapse::MDR<> controller(
                     given.number("rate"), {.learning_rate = given.number("learning_rate"),
                                            .multiplier = given.number("multiplier"),
                                            .projected = given.word("form") == "projected",
                                            .averaging = given.number("averaging")});
                 return vaecollapse::Controlled(controller, given.policy("objective"));
               }},
              {"hinge",
               "KL, and `gamma` for each nat below `rate` nats per row",
               {target_rate(),
                {"gamma", Kind::number, show_number(vaecollapse::HingeOptions().gamma)}},
               [](const ObjectiveArguments& given) -> AnyObjective {
                 return vaecollapse::Hinge<>(given.number("rate"),
                                             {.gamma = given.number("gamma")});
               }},
              {"capacity",
               "`gamma` for each nat above or below a capacity, which rises from 0 to `rate` nats "
               "per row over `steps` steps",
               {target_rate(),
                {"steps", Kind::count, show_count(vaecollapse::CapacityOptions().steps)},
                {"gamma", Kind::number, show_number(vaecollapse::CapacityOptions().gamma)}},
               [](const ObjectiveArguments& given) -> AnyObjective {
                 return vaecollapse::Capacity<>(
                     given.number("rate"),
                     {.steps = given.count("steps"), .gamma = given.number("gamma")});
               }},
              {"places",
               "`rate` nats a place are free, all places of a batch together, and `global` nats "
               "per word of the z beside them: for a sequence of latents",
               {{"rate", Kind::number},
                {"global", Kind::number, show_number(vaecollapse::PlacesOptions().global)}},
               [](const ObjectiveArguments& given) -> AnyObjective {
                 return vaecollapse::Places<>(given.number("rate"),
                                              {.global = given.number("global")});
               }},
              {"per_entry",
               "another objective, with the NLL averaged over symbols and the KL over dimensions: "
               "to reproduce systems that do so",
               {{"objective", Kind::policy}},
               [](const ObjectiveArguments& given) -> AnyObjective {
                 return vaecollapse::compat::PerEntry(given.policy("objective"));
               }},
              {"anneal",
               "the weight of another objective's KL rises from 0 to `maximum` over `steps` steps "
               "(exponential: to 95 %; logistic: from 5 to 95 %; cyclical: `cycles` times, each in "
               "the share `ramp` of its cycle)",
               {{"schedule",
                 Kind::word,
                 "linear",
                 {"linear", "exponential", "logistic", "cyclical"}},
                {"steps", Kind::count, show_count(usual_schedule.steps)},
                inner_objective(),
                {"maximum", Kind::number, show_number(usual_schedule.maximum)},
                {"start", Kind::count, show_count(usual_schedule.start)},
                {"cycles", Kind::count, show_count(usual_cycles.cycles), {}, 1},
                {"ramp", Kind::number, show_number(usual_cycles.ramp), {}, 0, 1}},
               anneal},
          },
  };
}

Parameter replacement() { return {"to", Kind::word, "unk", {"unk", "zero"}}; }

vaecollapse::DropOptions drop_options(const DropoutArguments& given) {
  if (given.word("to") == "zero") return {.replacement = vaecollapse::no_symbol};
  return {};
}

Table<AnyCorruption> dropouts() {
  return {
      .noun = "dropout",
      .methods =
          {
              {"none",
               "the decoder reads every symbol",
               {},
               [](const DropoutArguments&) -> AnyCorruption { return vaecollapse::NoDropout(); }},
              {"chars",
               "each symbol is dropped with probability `beta`",
               {{"beta", Kind::number, {}, {}, 0, 1}, replacement()},
               [](const DropoutArguments& given) -> AnyCorruption {
                 return vaecollapse::CharacterDropout<>(given.number("beta"), drop_options(given));
               }},
              {"words",
               "the same for text, whose symbols are words or characters",
               {{"beta", Kind::number, {}, {}, 0, 1}, replacement()},
               [](const DropoutArguments& given) -> AnyCorruption {
                 return vaecollapse::CharacterDropout<>(given.number("beta"), drop_options(given));
               }},
              {"contiguous",
               "spans begin with probability `beta` and have Poisson(`lambda`) symbols",
               {{"beta", Kind::number, {}, {}, 0, 1},
                {"lambda", Kind::number, "3.5", {}, 0, 100},
                replacement()},
               [](const DropoutArguments& given) -> AnyCorruption {
                 return vaecollapse::ContiguousDropout<>(
                     given.number("beta"), given.number("lambda"), drop_options(given));
               }},
              {"embedding",
               "each unit of each embedding is dropped with probability `p`, the others scaled up",
               {{"p", Kind::number, {}, {}, 0, 1}},
               [](const DropoutArguments& given) -> AnyCorruption {
                 return vaecollapse::EmbeddingDropout<>(given.number("p"));
               }},
              {"batch_wide",
               "another dropout, which drops the same positions in all words of a batch: to "
               "reproduce systems that do so",
               {{"dropout", Kind::policy}},
               [](const DropoutArguments& given) -> AnyCorruption {
                 return vaecollapse::compat::BatchWide(given.policy("dropout"));
               }},
          },
      .add = [](const AnyCorruption& first, const AnyCorruption& second) -> AnyCorruption {
        return vaecollapse::Chain(first, second);
      },
  };
}

Table<BagOptions> auxiliary_losses() {
  return {
      .noun = "auxiliary loss",
      .methods = {{"bag_of_characters",
                   "the encoder is given which characters the source has, and z alone must tell",
                   {{"weight", Kind::number, show_number(BagOptions().weight)},
                    {"entries", Kind::word, "counts", {"counts", "shares", "presence"}}},
                   [](const Arguments<BagOptions>& given) -> BagOptions {
                     const std::string_view entries = given.word("entries");
                     return {.weight = given.number("weight"),
                             .entries = entries == "counts"   ? BagEntries::counts
                                        : entries == "shares" ? BagEntries::shares
                                                              : BagEntries::presence};
                   }}},
  };
}

/// Adds the terms of a sum that stand behind its objective.
void add_auxiliary_losses(std::string_view expression, const Term& sum, ObjectiveChoice& choice) {
  const Table<AnyObjective> objective_table = objectives();
  const Table<BagOptions> table = auxiliary_losses();
  const Binder objective(expression, objective_table);
  const Binder auxiliary(expression, table);
  for (std::size_t i = 1; i < sum.terms.size(); ++i) {
    const Term& term = sum.terms[i];
    const auto fail = [&](const std::string& problem) {
      vaecollapse::raise(ExpressionError(expression, term.place, problem));
    };
    if (objective.knows(term)) fail("only an auxiliary loss can be added to an objective");
    if (choice.bag) fail(std::string(term.name) + " is added twice");
    const auto [options, text] = auxiliary.bind(term);
    choice.bag = options;
    choice.text += "+" + text;
  }
}

/// Of a plan, or of an objective alone.
ObjectiveChoice bind_objective(std::string_view expression, const Term& term,
                               const Binder<AnyObjective>& binder) {
  if (const PlanMethod* plan = plan_named(term)) return plan->bind(expression, term, binder);
  const auto [objective, text] = binder.bind(term);
  return {objective, text};
}

}  // namespace

ObjectiveChoice parse_objective(std::string_view expression) {
  const Table<AnyObjective> table = objectives();
  const Binder binder(expression, table);
  const Term term = binder.parse();
  const bool is_sum = term.kind == Term::Kind::sum;
  ObjectiveChoice choice = bind_objective(expression, is_sum ? term.terms.front() : term, binder);
  if (is_sum) add_auxiliary_losses(expression, term, choice);
  return choice;
}

DropoutChoice parse_dropout(std::string_view expression) {
  auto [dropout, text] = Binder(expression, dropouts()).bind();
  return {dropout, text};
}

std::vector<MethodSummary> objective_methods() { return summaries(objectives()); }
std::vector<MethodSummary> auxiliary_methods() { return summaries(auxiliary_losses()); }
std::vector<MethodSummary> dropout_methods() { return summaries(dropouts()); }

}  // namespace kit
