// Steps of a decoder that is a recurrent layer and a linear one.
#pragma once

#include <span>

#include <vaecollapse/autodiff/context.hpp>
#include <vaecollapse/autodiff/ops/contributions.hpp>
#include <vaecollapse/core/sequence.hpp>
#include <vaecollapse/core/view.hpp>
#include <vaecollapse/kernels/gemm.hpp>
#include <vaecollapse/nn/linear.hpp>
#include <vaecollapse/nn/stepper.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

/// What `Decoder::steps` gives where the logits are linear in a recurrent layer's output: one
/// symbol at a time, for rows in any multiplicity. Lives in the scope in which it was created.
template <class Scalar, class Recurrent>
class RecurrentSteps {
 public:
  /// \param inputs what the layer reads: symbols, and what does not change from step to step
  /// \param start the state before the first symbol. \shape [state x B]
  template <Context C>
  RecurrentSteps(C& cx, const Recurrent& recurrent, std::span<const Contribution<Scalar>> inputs,
                 const Var<Scalar, 2>& start, const Linear& output)
      : start_(start.view()),
        recurrent_(stepper_of(cx, recurrent, inputs)),
        width_(recurrent.width()),
        output_(cx.template packed<kernels::TransposedPanels<Scalar>>(
            cx.parameter(output.weight()).view())),
        bias_(output.bias(cx).data()) {}

  /// The state before the first symbol. \shape [state x B]
  View<const Scalar> start() const { return start_; }

  /// Reads ids[i] in state before[i] for row rows[i].
  /// \shape before, after [state x n], logits [V x n]
  template <Context C>
  void step(C& cx, std::span<const Symbol> ids, std::span<const Index> rows,
            View<const Scalar> before, View<Scalar> after, View<Scalar> logits) const {
    recurrent_.step(cx, ids, rows, {}, before, after);
    const View<const Scalar> outputs = View<const Scalar>(after).middle_rows(0, width_);
    kernels::gemm(output_, kernels::as_is(outputs), logits, kernels::Output::replace, cx.team(),
                  bias_);
  }

 private:
  View<const Scalar> start_;
  StepperOf<Recurrent, Scalar> recurrent_;
  Index width_;
  kernels::PackedPanels<Scalar> output_;
  const Scalar* bias_;
};

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
