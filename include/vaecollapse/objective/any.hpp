// A rate policy chosen at run time.
#pragma once

#include <concepts>
#include <cstdint>

#include <vaecollapse/core/erased.hpp>
#include <vaecollapse/core/visit.hpp>
#include <vaecollapse/objective/compose.hpp>
#include <vaecollapse/objective/concepts.hpp>
#include <vaecollapse/objective/terms.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

/// Any rate policy, as a copyable value; state, hook and visit pass through, so a checkpoint does
/// not know whether a policy was erased. It still counts its controllers: a composition that the
/// compiler would refuse is refused at run time with the same sentence.
/// \cost one virtual call each for `evaluate` and `after_step`
class AnyObjective {
 public:
  template <class Policy>
  requires(!std::same_as<Policy, AnyObjective> && RatePolicy<Policy>)
      AnyObjective(const Policy& policy)
      : held_(policy) {}

  Report evaluate(const Terms& terms, Seeds& seeds) const { return held_->evaluate(terms, seeds); }
  void after_step(const Report& report) { held_->after_step(report); }
  void enter_phase(std::uint64_t phase) { held_->enter_phase(phase); }
  void visit(Visitor& visitor) { held_->visit(visitor); }
  int count_controllers() const { return held_->count_controllers(); }

 private:
  struct Interface {
    virtual ~Interface() = default;
    virtual Report evaluate(const Terms& terms, Seeds& seeds) const = 0;
    virtual void after_step(const Report& report) = 0;
    virtual void enter_phase(std::uint64_t phase) = 0;
    virtual void visit(Visitor& visitor) = 0;
    virtual int count_controllers() const = 0;
  };

  template <class Policy>
  struct Holding final : Interface {
    explicit Holding(const Policy& value) : policy(value) {}
    Report evaluate(const Terms& terms, Seeds& seeds) const override {
      return policy.evaluate(terms, seeds);
    }
    void after_step(const Report& report) override { notify_step(policy, report); }
    void enter_phase(std::uint64_t phase) override { vaecollapse::enter_phase(policy, phase); }
    void visit(Visitor& visitor) override {
      if constexpr (Visitable<Policy>) policy.visit(visitor);
    }
    int count_controllers() const override { return vaecollapse::count_controllers(policy); }

    Policy policy;
  };

  detail::Erased<Interface, Holding> held_;
};

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
