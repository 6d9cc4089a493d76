// Ownership of the KL's weight: the number of controllers in a policy, and the composition of a
// controller with another policy.
#pragma once

#include <concepts>
#include <string>
#include <string_view>

#include <vaecollapse/core/check.hpp>
#include <vaecollapse/core/visit.hpp>
#include <vaecollapse/objective/concepts.hpp>
#include <vaecollapse/objective/terms.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

/// How many controllers a type of policy is known to hold: its `controllers`, or none. What is
/// erased (`AnyObjective`) counts at run time only.
template <class Policy>
inline constexpr int static_controllers = 0;
/// How many controllers a policy declares.
template <class Policy>
requires requires { Policy::controllers; }
inline constexpr int static_controllers<Policy> = Policy::controllers;

/// How many controllers a policy holds.
template <class Policy>
int count_controllers(const Policy& policy) {
  if constexpr (requires { policy.count_controllers(); }) {
    return policy.count_controllers();
  } else {
    return static_controllers<Policy>;
  }
}

/// `static constexpr int controllers = 1`: this policy learns the weight of the KL.
template <class T>
concept OwnsKlWeight = (static_controllers<T> == 1);

/// `double weight() const`: the learnt weight, a constant for gradients.
template <class T>
concept GivesKlWeight = requires(const T& controller) {
  { controller.weight() } -> std::convertible_to<double>;
};

/// A rate policy that learns the weight of the KL from the raw rate, once after each step.
template <class T>
concept Controller = RatePolicy<T> && LearnsAfterStep<T> && OwnsKlWeight<T> && GivesKlWeight<T>;

/// Fails to compile, with the sentence of the first thing that is missing, unless `T` is a
/// `Controller`.
template <class T>
consteval bool require_controller() {
  static_assert(LearnsAfterStep<T>,
                "a controller learns in `void after_step(const Report& report)`; "
                "see docs/how_to/custom_objective.md");
  static_assert(OwnsKlWeight<T>,
                "a controller declares `static constexpr int controllers = 1`; "
                "see docs/how_to/custom_objective.md");
  static_assert(GivesKlWeight<T>,
                "a controller needs `double weight() const`, the weight on the KL; "
                "see docs/how_to/custom_objective.md");
  return require_rate_policy<T>();
}

/// `double multiplier() const` and `double constant() const`: a controller that holds a constraint
/// by a multiplier, which a report shows, and adds a term that does not depend on the KL.
template <class T>
concept HoldsConstraint = requires(const T& controller) {
  { controller.multiplier() } -> std::convertible_to<double>;
  { controller.constant() } -> std::convertible_to<double>;
};

/// Scales what the other policy pays of the KL by the weight that a controller has learnt, and
/// reports its multiplier if it has one.
template <class Owner>
void apply_weight(const Owner& controller, Seeds& seeds, Report& report) {
  scale_penalty(controller.weight(), seeds, report);
  if constexpr (HoldsConstraint<Owner>) {
    report.penalty += controller.constant();
    report.loss = report.nll + report.penalty;
    report.multiplier = controller.multiplier();
  }
}

/// The message for a composition with two controllers, from the compiler or at run time. (A
/// static_assert takes a literal only, so the sentence stands twice; tests hold the two equal.)
inline constexpr std::string_view one_controller_rule =
    "at most one controller may own the weight of the KL: two would each undo what the other "
    "learns";

/// A controller over another policy: w f(KL), where the controller learns w from the raw rate and
/// the other policy (a gate, an annealed gate) decides what is paid for.
/// \throws Error where `Policy` is erased and already holds a controller
template <class Owner, class Policy>
class Controlled {
  static_assert(require_controller<Owner>());
  static_assert(require_rate_policy<Policy>());
  static_assert(static_controllers<Owner> + static_controllers<Policy> <= 1,
                "at most one controller may own the weight of the KL: two would each undo what "
                "the other learns");

 public:
  static constexpr int controllers = 1;

  Controlled(Owner controller, Policy policy) : controller_(controller), policy_(policy) {
    if (vaecollapse::count_controllers(policy_) > 0) raise(Error(std::string(one_controller_rule)));
  }

  double weight() const { return controller_.weight(); }

  Report evaluate(const Terms& terms, Seeds& seeds) const {
    Report report = policy_.evaluate(terms, seeds);
    // Whatever a policy reports as its rate, the controller sees the raw one.
    report.rate = sum(terms.kl) / static_cast<double>(terms.batch());
    apply_weight(controller_, seeds, report);
    return report;
  }

  void after_step(const Report& report) {
    controller_.after_step(report);
    notify_step(policy_, report);
  }

  void visit(Visitor& visitor) {
    visit_state("controller", controller_, visitor);
    visit_state("policy", policy_, visitor);
  }

 private:
  Owner controller_;
  Policy policy_;
};

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
