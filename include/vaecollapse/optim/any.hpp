// An optimiser chosen at run time.
#pragma once

#include <concepts>
#include <memory>
#include <utility>

#include <vaecollapse/core/parameters.hpp>
#include <vaecollapse/core/visit.hpp>
#include <vaecollapse/optim/concepts.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

/// Any optimiser; its state passes through `visit`, so a checkpoint does not know whether it was
/// erased. Moves only: state is as large as the parameters. \cost one virtual call a step
template <class Scalar = float>
class AnyOptimiser {
 public:
  template <class Optimiser>
  requires(!std::same_as<Optimiser, AnyOptimiser> && vaecollapse::Optimiser<Optimiser, Scalar>)
      AnyOptimiser(Optimiser optimiser)
      : held_(std::make_unique<Holding<Optimiser>>(std::move(optimiser))) {}

  void prepare(Index size) { held_->prepare(size); }
  void step(Parameters<Scalar>& parameters, const StepOptions& now = {}) {
    held_->step(parameters, now);
  }
  void visit(Visitor& visitor) { held_->visit(visitor); }

 private:
  struct Held {
    virtual ~Held() = default;
    virtual void prepare(Index size) = 0;
    virtual void step(Parameters<Scalar>& parameters, const StepOptions& now) = 0;
    virtual void visit(Visitor& visitor) = 0;
  };

  template <class Optimiser>
  struct Holding final : Held {
    explicit Holding(Optimiser value) : optimiser(std::move(value)) {}
    void prepare(Index size) override { optimiser.prepare(size); }
    void step(Parameters<Scalar>& parameters, const StepOptions& now) override {
      optimiser.step(parameters, now);
    }
    void visit(Visitor& visitor) override { optimiser.visit(visitor); }
    Optimiser optimiser;
  };

  std::unique_ptr<Held> held_;
};

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
