#include "kit/policies.hpp"

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

std::string policy_help(std::string_view program, std::string_view more) {
  return "Objectives (EXPR):\n" + help(objective_methods()) + help(plan_methods()) +
         "Auxiliary losses (+ adds them to an objective):\n" + help(auxiliary_methods()) +
         "Dropouts (EXPR, + joins them):\n" + help(dropout_methods()) + "Posteriors (EXPR):\n" +
         help(posterior_methods()) + "Priors (EXPR):\n" + help(prior_methods()) +
         "Head transforms (EXPR):\n" + help(head_transform_methods()) + "Optimisers (EXPR):\n" +
         help(optimiser_methods()) + "Criteria (EXPR):\n" + help(criterion_methods()) +
         std::string(more) + std::string(program) + " explain METHOD says more of each.\n";
}

}  // namespace kit
