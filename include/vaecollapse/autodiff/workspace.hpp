// The context of inference: the same layers and ops compute, nothing is recorded, and the
// parameters are constant, so one trained model serves many threads, each with its workspace.
#pragma once

#include <vaecollapse/autodiff/context.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

/// Computes values only. \cost memory as far as the innermost `Scope` reaches, no gradients
template <class Scalar>
class Workspace : public detail::ContextBase<Scalar> {
 public:
  static constexpr bool records = false;

  explicit Workspace(const Parameters<Scalar>& parameters) : parameters_(&parameters) {}
  Workspace(const Parameters<Scalar>& parameters, Team& team)
      : detail::ContextBase<Scalar>(&team), parameters_(&parameters) {}

  /// A parameter as a Var. Ops never write a parameter, so the cast below is never used to.
  template <int Rank>
  Var<Scalar, Rank> parameter(const Slot<Rank>& slot) {
    return {const_cast<Scalar*>(parameters_->values().data()) + slot.offset, nullptr, slot.shape,
            this->stamp()};
  }

  /// A new value, not initialised.
  template <int Rank>
  Var<Scalar, Rank> make(const Shape<Rank>& shape) {
    return {this->arena_.template allocate<Scalar>(shape.size()), nullptr, shape, this->stamp()};
  }

  /// The same as `constant`: here nothing has a gradient.
  template <int Rank>
  Var<Scalar, Rank> variable(const Eigen::Tensor<Scalar, Rank>& tensor) {
    return this->constant(tensor);
  }

  /// Nothing is recorded.
  template <OpName Name, int Rank, class Pullback>
  void record(const Var<Scalar, Rank>&, const Pullback&) {}

 private:
  template <class C>
  friend class vaecollapse::Scope;
  using typename detail::ContextBase<Scalar>::ScopeState;

  const Parameters<Scalar>* parameters_;
};

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
