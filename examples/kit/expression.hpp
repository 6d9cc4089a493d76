// `--objective` and `--dropout`: names with arguments, such as
// `anneal(linear,steps=10000,free_bits(groups=128,rate=30))` or `chars(0.2)+contiguous(0.1,3.5)`,
// made into policies. A new method is a new row of a table in expression.cpp.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <vaecollapse/dropout/any.hpp>
#include <vaecollapse/model/bag_options.hpp>
#include <vaecollapse/objective/any.hpp>
#include <vaecollapse/train/plan/training_phase.hpp>

#include "kit/expression_syntax.hpp"
#include "kit/method_summary.hpp"

namespace kit {

/// An objective, and the expression that names it in full: every parameter by name, defaults too,
/// so that it means the same when a default has changed.
struct ObjectiveChoice {
  vaecollapse::AnyObjective objective;
  std::string text;
  /// Of the auxiliary loss, where `+bag_of_characters` adds it.
  std::optional<vaecollapse::BagOptions> bag{};
  /// Those of a plan, of which `objective` then has them all; none for an objective alone.
  std::vector<vaecollapse::TrainingPhase> phases{};
};

struct DropoutChoice {
  vaecollapse::AnyCorruption dropout;
  std::string text;
};

/// \throws ExpressionError
ObjectiveChoice parse_objective(std::string_view expression);
DropoutChoice parse_dropout(std::string_view expression);

/// What can stand in an expression.
std::vector<MethodSummary> objective_methods();
std::vector<MethodSummary> auxiliary_methods();
std::vector<MethodSummary> dropout_methods();

}  // namespace kit
