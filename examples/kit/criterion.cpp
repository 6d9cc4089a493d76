#include "kit/criterion.hpp"

#include <vaecollapse/core/rng.hpp>
#include <vaecollapse/core/text.hpp>

#include "kit/expression_table.hpp"

namespace kit {

namespace {

using CriterionArguments = Arguments<CriterionChoice>;

Table<CriterionChoice> criteria() {
  return {.noun = "criterion",
          .methods = {
              {"accuracy",
               "the share of dev rows whose first guess is right; where it is equal, the lower "
               "mean Levenshtein distance",
               {},
               [](const CriterionArguments&) {
                 return CriterionChoice{.kind = CriterionChoice::Kind::accuracy};
               }},
              {"elbo",
               "the ELBO of dev at beta 1, whatever the objective pays for the KL",
               {},
               [](const CriterionArguments&) {
                 return CriterionChoice{.kind = CriterionChoice::Kind::elbo};
               }},
              {"iwnll",
               "the importance-weighted NLL of dev, the lower the better; each of the `samples` "
               "costs a pass of the decoder over dev",
               {{"samples",
                 Parameter::Kind::count,
                 std::to_string(vaecollapse::usual_criterion_samples),
                 {},
                 1,
                 vaecollapse::Draws::samples}},
               [](const CriterionArguments& given) {
                 return CriterionChoice{
                     .kind = CriterionChoice::Kind::importance_weighted_nll,
                     .samples = static_cast<std::uint32_t>(given.count("samples"))};
               }},
          }};
}

}  // namespace

CriterionChoice parse_criterion(std::string_view expression) {
  const Table<CriterionChoice> table = criteria();
  Built<CriterionChoice> built = Binder(expression, table).bind();
  built.policy.text = built.text;
  return built.policy;
}

std::vector<MethodSummary> criterion_methods() { return summaries(criteria()); }

std::string criterion_text(const vaecollapse::EpochReport& epoch) {
  if (epoch.has_usual_criterion()) return {};
  return epoch.criterion + vaecollapse::formatted(" %.3f", epoch.criterion_value);
}

}  // namespace kit
