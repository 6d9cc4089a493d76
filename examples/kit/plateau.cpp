#include "kit/plateau.hpp"

#include "kit/expression_table.hpp"
#include "kit/numbers.hpp"

namespace kit {

namespace {

using Plateau = std::optional<vaecollapse::PlateauOptions>;
using PlateauArguments = Arguments<Plateau>;

Table<Plateau> plateaus() {
  const vaecollapse::PlateauOptions usual;
  constexpr double most = 1e9;
  using Kind = Parameter::Kind;
  return {
      .noun = "plateau",
      .methods = {
          {"none",
           "the learning rate follows its schedule alone",
           {},
           [](const PlateauArguments&) -> Plateau { return std::nullopt; }},
          {"plateau",
           "after `patience` epochs without a better one, those before epoch `from` not counted, "
           "back to the weights of the best and on with the learning rate times `factor`; where "
           "that has been done so many `times`, the training ends instead",
           {{"patience", Kind::count, std::to_string(usual.patience), {}, 1, most},
            {"factor", Kind::number, show_number(usual.factor), {}, 1e-6, 0.999999},
            {"times", Kind::count, std::to_string(usual.times), {}, 1, most},
            {"from", Kind::count, std::to_string(usual.from), {}, 1, most}},
           [](const PlateauArguments& given) -> Plateau {
             return vaecollapse::PlateauOptions{.patience = given.count("patience"),
                                                .factor = given.number("factor"),
                                                .times = given.count("times"),
                                                .from = given.count("from")};
           }},
      }};
}

}  // namespace

PlateauChoice parse_plateau(std::string_view expression) {
  const Table<Plateau> table = plateaus();
  const auto [options, text] = Binder(expression, table).bind();
  return {options, text};
}

std::vector<MethodSummary> plateau_methods() { return summaries(plateaus()); }

}  // namespace kit
