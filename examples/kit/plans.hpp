// Plans of a training, which may stand in the place of an objective. A new plan is a source of its
// own and a row of the table in plans.cpp.
#pragma once

#include <string_view>
#include <vector>

#include <vaecollapse/objective/any.hpp>

#include "kit/expression.hpp"
#include "kit/expression_syntax.hpp"
#include "kit/expression_table.hpp"
#include "kit/method_summary.hpp"

namespace kit {

/// One plan: what the help says of it, and how it is bound to a term of its name.
struct PlanMethod {
  MethodSummary summary;
  /// \param objective binds the objectives inside \throws ExpressionError
  ObjectiveChoice (*bind)(std::string_view expression, const Term& term,
                          const Binder<vaecollapse::AnyObjective>& objective);
};

/// The plan that a term names; null if it names none.
const PlanMethod* plan_named(const Term& term);

/// What can stand in an expression.
std::vector<MethodSummary> plan_methods();

}  // namespace kit
