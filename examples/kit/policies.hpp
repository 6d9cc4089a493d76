// All policies that an expression can name.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "kit/expression_syntax.hpp"
#include "kit/method_summary.hpp"
#include "kit/mistakes.hpp"

namespace kit {

/// Objectives, auxiliary losses, dropouts, posteriors, priors and head transforms.
std::vector<MethodSummary> policies();

/// What the help of a program differs in.
struct OwnPolicies {
  std::string more;                            ///< of the program's own
  std::vector<std::string_view> without = {};  ///< those that it refuses
};

/// What the help of training says of them and of the optimisers; `program explain` says more.
std::string policy_help(std::string_view program, const OwnPolicies& own = {});

/// Keeps the mistake of an expression with the option that it stands in.
template <class Parse>
void check_expression(const char* option, const std::string& expression, Parse&& parse,
                      Mistakes& mistakes) {
  try {
    parse(expression);
  } catch (const ExpressionError& error) {
    mistakes.add(std::string(option) + ": " + error.what());
  }
}

}  // namespace kit
