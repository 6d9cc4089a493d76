// Schedules of the KL weight, and the policy that applies one to another policy.
#pragma once

#include <cmath>
#include <cstdint>

#include <vaecollapse/core/visit.hpp>
#include <vaecollapse/objective/compose.hpp>
#include <vaecollapse/objective/concepts.hpp>
#include <vaecollapse/objective/terms.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

/// w(t) = min(maximum, max(0, r (t - start))), r = maximum / steps.
/// \source Bowman et al. 2015
struct LinearSchedule {
  /// From the first step with a weight above 0 to the first with `maximum`; 0 is a jump.
  std::uint64_t steps = 10'000;
  double maximum = 1;
  std::uint64_t start = 0;

  double weight(std::uint64_t step) const {
    if (step < start) return 0;
    const std::uint64_t since = step - start;
    if (since >= steps) return maximum;
    return maximum * static_cast<double>(since) / static_cast<double>(steps);
  }
};

/// w(t) = maximum (1 - exp(-r max(0, t - start))), r = `speed`: 95 % of `maximum` after 3 / r
/// steps. \source the article; its formula is an image, this saturating form is ours
struct ExponentialSchedule {
  double speed = 3e-4;
  double maximum = 1;
  std::uint64_t start = 0;

  double weight(std::uint64_t step) const {
    if (step < start) return 0;
    return -maximum * std::expm1(-speed * static_cast<double>(step - start));
  }
};

/// w(t) = maximum / (1 + exp(-r (t - middle))), r = `speed`: half of `maximum` at `middle`, and
/// from 5 % to 95 % of it within 6 / r steps around that. \source Bowman et al. 2015
struct LogisticSchedule {
  double speed = 6e-4;
  double maximum = 1;
  double middle = 5'000;

  double weight(std::uint64_t step) const {
    return maximum / (1 + std::exp(-speed * (static_cast<double>(step) - middle)));
  }
};

/// w(t) = maximum min(1, frac((t - start) M / T) / ramp), 0 before start: in each of M = `cycles`
/// cycles of T = `steps` steps the weight rises for the share `ramp` of the cycle, stays there, and
/// falls back to 0. Goes on after T steps. 0 steps is a jump.
/// \source Fu et al. 2019
struct CyclicalSchedule {
  std::uint64_t steps = 40'000;
  double maximum = 1;
  std::uint64_t start = 0;
  std::uint64_t cycles = 4;
  double ramp = 0.5;

  double weight(std::uint64_t step) const {
    if (step < start) return 0;
    const double place = phase(step - start);
    return place >= ramp ? maximum : maximum * place / ramp;
  }

 private:
  /// In whole numbers as far as it goes, so that a cycle begins at exactly 0, however late.
  double phase(std::uint64_t since) const {
    if (steps == 0) return 1;
    return static_cast<double>(since % steps * (cycles % steps) % steps) /
           static_cast<double>(steps);
  }
};

/// w(t) f(KL): scales what another policy makes of the KL by a schedule. t counts the steps of the
/// optimiser and is state. A controller inside still sees the raw rate.
template <class Rule, class Policy>
class Annealed {
  static_assert(require_schedule<Rule>());
  static_assert(require_rate_policy<Policy>());

 public:
  static constexpr int controllers = static_controllers<Policy>;

  Annealed(Rule schedule, Policy policy) : schedule_(schedule), policy_(policy) {}

  double weight() const { return schedule_.weight(step_); }
  std::uint64_t step() const { return step_; }
  int count_controllers() const { return vaecollapse::count_controllers(policy_); }

  Report evaluate(const Terms& terms, Seeds& seeds) const {
    Report report = policy_.evaluate(terms, seeds);
    scale_penalty(weight(), seeds, report);
    return report;
  }

  void after_step(const Report& report) {
    ++step_;
    notify_step(policy_, report);
  }

  void visit(Visitor& visitor) {
    visitor("step", step_);
    visit_state("schedule", schedule_, visitor);
    visit_state("policy", policy_, visitor);
  }

 private:
  Rule schedule_;
  Policy policy_;
  std::uint64_t step_ = 0;
};

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
