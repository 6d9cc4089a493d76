// The context of inference: the same layers and ops compute, nothing is recorded, and the
// parameters are constant, so one trained model serves many threads, each with its workspace.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include <vaecollapse/autodiff/context.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

/// Computes values only. \cost memory as far as the innermost `Scope` reaches, no gradients
template <class Scalar>
class Workspace : public detail::ContextBase<Scalar> {
 public:
  static constexpr bool records = false;

  explicit Workspace(const Parameters<Scalar>& parameters) : parameters_(&parameters) {}
  explicit Workspace(const Parameters<Scalar>&&) = delete;  // give the Parameters a name
  Workspace(const Parameters<Scalar>&&, Team&) = delete;    // give the Parameters a name
  Workspace(const Parameters<Scalar>& parameters, Team& team)
      : detail::ContextBase<Scalar>(&team), parameters_(&parameters) {}

  /// A parameter as a Var. Ops never write a parameter, so the cast below is never used to.
  template <int Rank>
  Var<Scalar, Rank> parameter(const Slot<Rank>& slot) {
    parameters_->require_holds(slot);
    return {const_cast<Scalar*>(parameters_->values().data()) + slot.offset, nullptr, slot.shape,
            this->stamp()};
  }

  /// Weights in the form that a kernel multiplies with. What is part of the parameters is packed
  /// once and kept until these change (see `Parameters::version`), anything else in the arena.
  template <class Form>
  typename Form::Packed packed(View<const Scalar> weights) {
    if (!is_parameter(weights.data)) {
      return Form::pack(weights, this->arena_.template allocate<Scalar>(Form::size(weights)),
                        this->team());
    }
    if (packed_version_ != parameters_->version()) forget_packed();
    for (const Packed& known : packed_) {
      if (known.form == &form_id<Form> && known.weights == weights.data &&
          known.leading == weights.leading && known.shape == weights.shape()) {
        return Form::in(known.memory, weights);
      }
    }
    Scalar* memory = packed_memory_.template allocate<Scalar>(Form::size(weights));
    packed_.push_back({&form_id<Form>, weights.data, weights.shape(), weights.leading, memory});
    return Form::pack(weights, memory, this->team());
  }

  /// A new value, not initialised. \throws ShapeError for a negative extent
  template <int Rank>
  Var<Scalar, Rank> make(const Shape<Rank>& shape, bool = false) {
    detail::require_extents<Scalar>("make", shape);
    return {this->arena_.template allocate<Scalar>(shape.size()), nullptr, shape, this->stamp()};
  }

  /// The same as `constant`: here nothing has a gradient.
  template <TensorLike<Scalar> Tensor>
  auto variable(const Tensor& tensor) {
    return this->constant(tensor);
  }

  /// Nothing is recorded.
  template <OpName Name, int Rank, class Pullback>
  void record(const Var<Scalar, Rank>&, const Pullback&) {}

 private:
  template <class C>
  friend class vaecollapse::Scope;
  using typename detail::ContextBase<Scalar>::ScopeState;

  /// Packed weights, known by the form and by what they were packed from.
  struct Packed {
    const char* form;
    const Scalar* weights;
    Shape<2> shape;
    Index leading;
    const Scalar* memory;
  };
  template <class Form>
  static constexpr char form_id{};

  bool is_parameter(const Scalar* data) const {
    const auto values = std::as_const(*parameters_).values();
    return values.data() <= data && data < values.data() + values.size();
  }

  void forget_packed() {
    packed_.clear();
    packed_memory_.release({});
    packed_version_ = parameters_->version();
  }

  const Parameters<Scalar>* parameters_;
  std::vector<Packed> packed_;
  Arena packed_memory_;
  std::uint64_t packed_version_ = 0;  ///< that of no parameters
};

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
