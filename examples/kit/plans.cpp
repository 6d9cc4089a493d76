#include "kit/plans.hpp"

#include "kit/phases.hpp"

namespace kit {

namespace {

const std::vector<PlanMethod>& plans() {
  static const std::vector<PlanMethod> all{phases_method()};
  return all;
}

}  // namespace

const PlanMethod* plan_named(const Term& term) {
  if (term.kind != Term::Kind::name) return nullptr;
  for (const PlanMethod& plan : plans()) {
    if (plan.summary.name == term.name) return &plan;
  }
  return nullptr;
}

std::vector<MethodSummary> plan_methods() {
  std::vector<MethodSummary> methods;
  for (const PlanMethod& plan : plans()) methods.push_back(plan.summary);
  return methods;
}

}  // namespace kit
