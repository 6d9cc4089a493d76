// All policies that an expression can name.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "kit/method_summary.hpp"

namespace kit {

/// Objectives, auxiliary losses, dropouts and priors.
std::vector<MethodSummary> policies();

/// What the help of training says of them and of the optimisers; `program explain` says more.
std::string policy_help(std::string_view program);

}  // namespace kit
