#include "expression.hpp"

#include <string>
#include <string_view>

#include <vaecollapse/dropout/chain.hpp>
#include <vaecollapse/dropout/character.hpp>
#include <vaecollapse/dropout/contiguous.hpp>
#include <vaecollapse/dropout/none.hpp>
#include <vaecollapse/objective/annealing.hpp>
#include <vaecollapse/objective/elbo.hpp>
#include <vaecollapse/objective/free_bits.hpp>

#include "expression_table.hpp"

namespace reinflection {

namespace {

using vaecollapse::AnyCorruption;
using vaecollapse::AnyObjective;
using ObjectiveArguments = Arguments<AnyObjective>;
using DropoutArguments = Arguments<AnyCorruption>;
using Kind = Parameter::Kind;

Table<AnyObjective> objectives() {
  return {
      .noun = "objective",
      .methods =
          {
              {"elbo",
               "NLL + beta KL",
               {{"beta", Kind::number, "1"}},
               [](const ObjectiveArguments& given) -> AnyObjective {
                 return vaecollapse::Elbo(given.number("beta"));
               }},
              {"free_bits",
               "`rate` nats per word are free, shared equally by groups of dimensions",
               {{"groups", Kind::count, "1", {}, 1},
                {"rate", Kind::number},
                {"per", Kind::word, "batch", {"batch", "example"}}},
               [](const ObjectiveArguments& given) -> AnyObjective {
                 return vaecollapse::FreeBits<>(static_cast<int>(given.count("groups")),
                                                given.number("rate"),
                                                {.per_example = given.word("per") == "example"});
               }},
              {"anneal",
               "the weight of another objective's KL rises from 0 to `maximum` over `steps` steps",
               {{"schedule", Kind::word, "linear", {"linear"}},
                {"steps", Kind::count, "10000"},
                {"objective", Kind::policy, "elbo"},
                {"maximum", Kind::number, "1"},
                {"start", Kind::count, "0"}},
               [](const ObjectiveArguments& given) -> AnyObjective {
                 const vaecollapse::LinearSchedule schedule{.steps = given.count("steps"),
                                                            .maximum = given.number("maximum"),
                                                            .start = given.count("start")};
                 return vaecollapse::Annealed(schedule, given.policy("objective"));
               }},
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
              {"contiguous",
               "spans begin with probability `beta` and have Poisson(`lambda`) symbols",
               {{"beta", Kind::number, {}, {}, 0, 1},
                {"lambda", Kind::number, "3.5", {}, 0, 100},
                replacement()},
               [](const DropoutArguments& given) -> AnyCorruption {
                 return vaecollapse::ContiguousDropout<>(
                     given.number("beta"), given.number("lambda"), drop_options(given));
               }},
          },
      .add = [](const AnyCorruption& first, const AnyCorruption& second) -> AnyCorruption {
        return vaecollapse::Chain(first, second);
      },
  };
}

template <class Policy>
std::string help(const Table<Policy>& table) {
  std::string text;
  for (const Method<Policy>& method : table.methods) {
    text.append("  ").append(method.name);
    const char* separator = "(";
    for (const Parameter& parameter : method.parameters) {
      text.append(separator).append(show(parameter));
      separator = ",";
    }
    if (!method.parameters.empty()) text += ")";
    text.append(": ").append(method.about).append("\n");
  }
  return text;
}

}  // namespace

ObjectiveChoice parse_objective(std::string_view expression) {
  auto [objective, text] = Binder(expression, objectives()).bind();
  return {objective, text};
}

DropoutChoice parse_dropout(std::string_view expression) {
  auto [dropout, text] = Binder(expression, dropouts()).bind();
  return {dropout, text};
}

std::string objective_help() { return help(objectives()); }
std::string dropout_help() { return help(dropouts()); }

}  // namespace reinflection
