// A rate policy chosen at run time.
#pragma once

#include <concepts>
#include <memory>

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
  requires(!std::same_as<Policy, AnyObjective> && RatePolicy<Policy>) AnyObjective(Policy policy)
      : held_(std::make_unique<Holding<Policy>>(std::move(policy))) {}

  // No move: policies are small, and so none is ever empty.
  AnyObjective(const AnyObjective& other) : held_(other.held_->copy()) {}
  AnyObjective& operator=(const AnyObjective& other) {
    held_ = other.held_->copy();
    return *this;
  }
  ~AnyObjective() = default;

  Report evaluate(const Terms& terms, Seeds& seeds) const { return held_->evaluate(terms, seeds); }
  void after_step(const Report& report) { held_->after_step(report); }
  void visit(Visitor& visitor) { held_->visit(visitor); }
  int count_controllers() const { return held_->count_controllers(); }

 private:
  struct Held {
    virtual ~Held() = default;
    virtual std::unique_ptr<Held> copy() const = 0;
    virtual Report evaluate(const Terms& terms, Seeds& seeds) const = 0;
    virtual void after_step(const Report& report) = 0;
    virtual void visit(Visitor& visitor) = 0;
    virtual int count_controllers() const = 0;
  };

  template <class Policy>
  struct Holding final : Held {
    // Copies once, or erased policies inside each other would be copied 2^depth times.
    explicit Holding(const Policy& value) : policy(value) {}
    std::unique_ptr<Held> copy() const override { return std::make_unique<Holding>(policy); }
    Report evaluate(const Terms& terms, Seeds& seeds) const override {
      return policy.evaluate(terms, seeds);
    }
    void after_step(const Report& report) override { notify_step(policy, report); }
    void visit(Visitor& visitor) override {
      if constexpr (Visitable<Policy>) policy.visit(visitor);
    }
    int count_controllers() const override { return vaecollapse::count_controllers(policy); }

    Policy policy;
  };

  std::unique_ptr<Held> held_;
};

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
