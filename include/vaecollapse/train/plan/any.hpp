// A training plan chosen at run time.
#pragma once

#include <concepts>
#include <cstdint>

#include <vaecollapse/core/erased.hpp>
#include <vaecollapse/core/visit.hpp>
#include <vaecollapse/data/corpus.hpp>
#include <vaecollapse/evaluate/evaluation.hpp>
#include <vaecollapse/train/plan/concepts.hpp>
#include <vaecollapse/train/report.hpp>
#include <vaecollapse/train/step/concepts.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

/// Any plan for one type of context, network and rows, as a copyable value; state passes through
/// `visit`. \cost one virtual call a step
template <class Context, class Network, SymbolRows Rows>
class AnyPlan {
 public:
  template <class Plan>
  requires(!std::same_as<Plan, AnyPlan> && TrainingPlan<Plan, Context, Network, Rows>)
      AnyPlan(const Plan& plan)
      : held_(plan) {}

  std::uint64_t updates_per_step() const { return held_->updates_per_step(); }
  PhaseSpan span(std::uint64_t epochs) const { return held_->span(epochs); }
  void before_step(Context& context) { held_->before_step(context); }
  void after_epoch(Evaluation<Network>& evaluation, const Rows& dev, const EpochReport& epoch) {
    held_->after_epoch(evaluation, dev, epoch);
  }
  void visit(Visitor& visitor) { held_->visit(visitor); }

 private:
  struct Interface {
    virtual ~Interface() = default;
    virtual std::uint64_t updates_per_step() const = 0;
    virtual PhaseSpan span(std::uint64_t epochs) const = 0;
    virtual void before_step(Context& context) = 0;
    virtual void after_epoch(Evaluation<Network>& evaluation, const Rows& dev,
                             const EpochReport& epoch) = 0;
    virtual void visit(Visitor& visitor) = 0;
  };

  template <class Plan>
  struct Holding final : Interface {
    explicit Holding(const Plan& value) : plan(value) {}
    std::uint64_t updates_per_step() const override {
      return vaecollapse::updates_per_step(plan, 0);
    }
    PhaseSpan span(std::uint64_t epochs) const override { return plan.span(epochs); }
    void before_step(Context& context) override { plan.before_step(context); }
    void after_epoch(Evaluation<Network>& evaluation, const Rows& dev,
                     const EpochReport& epoch) override {
      plan.after_epoch(evaluation, dev, epoch);
    }
    void visit(Visitor& visitor) override {
      if constexpr (Visitable<Plan>) plan.visit(visitor);
    }

    Plan plan;
  };

  detail::Erased<Interface, Holding> held_;
};

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
