// Two of a recurrent layer, in both directions.
#pragma once

#include <array>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>

#include <vaecollapse/autodiff/ops/arithmetic.hpp>
#include <vaecollapse/autodiff/ops/embedding.hpp>
#include <vaecollapse/autodiff/ops/recurrent.hpp>
#include <vaecollapse/nn/recurrent.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

namespace detail {

/// Two cells on one input, the results of the forward one above those of the other.
template <class Recurrent, Context C, class Scalar = typename C::scalar_type>
RecurrentStates<Scalar> run_both(C& cx, const Recurrent& forward, const Recurrent& backward,
                                 std::span<const Contribution<Scalar>> inputs, KeptPlan plan) {
  const RecurrentStates<Scalar> above = forward.sequence(cx, inputs, plan);
  const RecurrentStates<Scalar> below = backward.sequence(cx, inputs, plan);
  return {{concatenate(cx, above.states.columns, below.states.columns),
           &static_cast<const SequencePlan&>(plan)},
          concatenate(cx, above.last(), below.last()),
          concatenate(cx, above.last_state(), below.last_state())};
}

/// The same where both can write into one buffer.
template <template <class> class Kernels, Context C, class Scalar = typename C::scalar_type>
RecurrentStates<Scalar> run_both(C& cx, const RecurrentLayer<Kernels>& forward,
                                 const RecurrentLayer<Kernels>& backward,
                                 std::span<const Contribution<Scalar>> inputs, KeptPlan kept_plan) {
  const SequencePlan& plan = kept_plan;
  const Index hidden = forward.hidden(), state = forward.state_size();
  const auto of_forward = forward.vars(cx), of_backward = backward.vars(cx);
  const bool with_gradient =
      of_forward.has_gradient() || of_backward.has_gradient() || any_input_gradient(inputs);
  const auto make = [&](Index rows, Index columns) {
    return cx.template make<2>(Shape<2>{{2 * rows, columns}}, with_gradient);
  };
  const auto outputs = make(hidden, plan.columns());
  const auto last = make(hidden, plan.batch());
  const auto states = state > hidden ? make(state, plan.batch()) : last;
  recurrent_into<Kernels<Scalar>>(cx, of_forward, inputs, plan, Direction::forward, {},
                                  {outputs, last, 0, states, 0});
  recurrent_into<Kernels<Scalar>>(cx, of_backward, inputs, plan, Direction::backward, {},
                                  {outputs, last, hidden, states, state});
  return {{outputs, &plan}, last, states};
}

}  // namespace detail

/// Both directions of a `Cell` side by side: outputs and last outputs are [forward; backward].
/// \shape x [input x N] -> states [2 width x N], last [2 width x B], last state [2 state x B]
/// \cost twice that of the cell
template <class Recurrent>
class Bidirectional {
 public:
  /// The sizes of the layer.
  struct Sizes {
    Index input;
    Index hidden;
  };

  Bidirectional(Layout& layout, const std::string& name, const Sizes& sizes)
      : forward_(layout, name, {sizes.input, sizes.hidden}),
        backward_(layout, name, {sizes.input, sizes.hidden}, Direction::backward) {}
  /// The same of cells that a `CellFactory` makes, such as one of a type chosen at run time.
  template <class Factory>
  Bidirectional(Layout& layout, const std::string& name, const Sizes& sizes,
                const Factory& make_cell)
      : forward_(make_cell(layout, name, {sizes.input, sizes.hidden}, Direction::forward)),
        backward_(make_cell(layout, name, {sizes.input, sizes.hidden}, Direction::backward)) {}

  /// \shape -> states [2 width x N]; last [2 width x B]: the forward direction's output after a
  /// row's last symbol above the backward direction's after its first; last state [2 state x B]:
  /// the whole state of the one above that of the other
  template <Context C, class Scalar = typename C::scalar_type>
  RecurrentStates<Scalar> sequence(
      C& cx, std::type_identity_t<std::span<const Contribution<Scalar>>> inputs,
      KeptPlan plan) const {
    return detail::run_both(cx, forward_, backward_, inputs, plan);
  }

  template <Context C, class Scalar = typename C::scalar_type>
  RecurrentStates<Scalar> operator()(C& cx, const Embedded<Scalar>& x) const {
    const std::array inputs{Contribution<Scalar>::per_symbol(x)};
    return sequence(cx, inputs, *x.symbols.plan);
  }
  template <Context C, class Scalar = typename C::scalar_type>
  RecurrentStates<Scalar> operator()(C& cx, const Sequence<Scalar>& x) const {
    const std::array inputs{Contribution<Scalar>::per_step(x.columns)};
    return sequence(cx, inputs, *x.plan);
  }

  /// What the cell is called.
  static constexpr std::string_view name() requires requires { Recurrent::name(); }
  { return Recurrent::name(); }
  Index width() const { return 2 * forward_.width(); }

 private:
  Recurrent forward_;
  Recurrent backward_;
};

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
