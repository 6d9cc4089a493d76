#include "kit/policies.hpp"

#include <algorithm>

#include "kit/choices.hpp"
#include "kit/criterion.hpp"
#include "kit/expression.hpp"
#include "kit/head_transforms.hpp"
#include "kit/plans.hpp"
#include "kit/posteriors.hpp"

namespace kit {

std::vector<MethodSummary> policies() {
  std::vector<MethodSummary> all;
  for (const auto& part :
       {objective_methods(), plan_methods(), auxiliary_methods(), dropout_methods(),
        posterior_methods(), prior_methods(), head_transform_methods()}) {
    all.insert(all.end(), part.begin(), part.end());
  }
  return all;
}

std::string policy_help(std::string_view program, const OwnPolicies& own) {
  const auto part = [&](const char* title, std::vector<MethodSummary> methods) {
    std::erase_if(methods, [&](const MethodSummary& method) {
      return std::find(own.without.begin(), own.without.end(), method.name) != own.without.end();
    });
    return methods.empty() ? std::string() : title + help(methods);
  };
  return part("Objectives (EXPR):\n", objective_methods()) + part("", plan_methods()) +
         part("Auxiliary losses (+ adds them to an objective):\n", auxiliary_methods()) +
         part("Dropouts (EXPR, + joins them):\n", dropout_methods()) +
         part("Posteriors (EXPR):\n", posterior_methods()) +
         part("Priors (EXPR):\n", prior_methods()) +
         part("Head transforms (EXPR):\n", head_transform_methods()) +
         part("Optimisers (EXPR):\n", optimiser_methods()) +
         part("Criteria (EXPR):\n", criterion_methods()) + own.more + std::string(program) +
         " explain METHOD says more of each.\n";
}

}  // namespace kit
