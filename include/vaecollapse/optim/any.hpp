// An optimiser chosen at run time.
#pragma once

#include <concepts>

#include <vaecollapse/core/erased.hpp>
#include <vaecollapse/core/layout.hpp>
#include <vaecollapse/core/parameters.hpp>
#include <vaecollapse/core/range.hpp>
#include <vaecollapse/core/visit.hpp>
#include <vaecollapse/optim/concepts.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

/// Any optimiser, as a copyable value; its state passes through `visit`, so a checkpoint does not
/// know whether it was erased. \cost one virtual call a step
template <class Scalar = float>
class AnyOptimiser {
 public:
  template <class Optimiser>
  requires(!std::same_as<Optimiser, AnyOptimiser> && vaecollapse::Optimiser<Optimiser, Scalar> &&
           std::copy_constructible<Optimiser>) AnyOptimiser(const Optimiser& optimiser)
      : held_(optimiser) {}

  void prepare(const Layout& layout) { held_->prepare(layout); }
  void reset(const ParameterRange& range) { held_->reset(range); }
  void step(Parameters<Scalar>& parameters, const StepOptions& now = {}) {
    held_->step(parameters, now);
  }
  void visit(Visitor& visitor) { held_->visit(visitor); }

 private:
  struct Interface {
    virtual ~Interface() = default;
    virtual void prepare(const Layout& layout) = 0;
    virtual void reset(const ParameterRange& range) = 0;
    virtual void step(Parameters<Scalar>& parameters, const StepOptions& now) = 0;
    virtual void visit(Visitor& visitor) = 0;
  };

  template <class Optimiser>
  struct Holding final : Interface {
    explicit Holding(const Optimiser& value) : optimiser(value) {}
    void prepare(const Layout& layout) override { optimiser.prepare(layout); }
    void reset(const ParameterRange& range) override { optimiser.reset(range); }
    void step(Parameters<Scalar>& parameters, const StepOptions& now) override {
      optimiser.step(parameters, now);
    }
    void visit(Visitor& visitor) override { optimiser.visit(visitor); }

    Optimiser optimiser;
  };

  detail::Erased<Interface, Holding> held_;
};

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
