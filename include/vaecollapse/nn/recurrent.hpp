// The layer of a recurrent cell, whatever its kernels are: one direction, and a single step.
#pragma once

#include <algorithm>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>

#include <vaecollapse/autodiff/ops/embedding.hpp>
#include <vaecollapse/autodiff/ops/recurrent.hpp>
#include <vaecollapse/nn/init.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

/// The sizes of a cell. Its input is [x; context]: x changes from step to step, the context (often
/// z and tags) is a column a row.
struct CellSizes {
  Index input;
  Index hidden;
  Index context = 0;
};

template <class Scalar>
struct AttentionVars;
template <class Scalar>
struct AttendingStates;

/// One direction of a cell with G gates. Parameters as PyTorch names them,
/// `name.weight_ih_l0` [(input + context) x G hidden], `weight_hh_l0` [hidden x G hidden],
/// `bias_ih_l0`, `bias_hh_l0`, in the order of the cell's gates, and `_reverse` behind them for the
/// backward direction.
/// \shape x [input x N], context [context x B] -> states [hidden x N], last [hidden x B], last
/// state [state x B] \cost 2 G hidden (input + hidden) flops a column, twice that backward; a table
/// of symbols counts V columns of input at most, a context B \tparam Kernels the cell's
/// `RecurrentKernels` of a scalar type
template <template <class> class Kernels>
class RecurrentLayer {
 public:
  using Sizes = CellSizes;

  /// \throws Error for sizes that make no weights, and for a name that is taken
  RecurrentLayer(Layout& layout, const std::string& name, const Sizes& sizes,
                 Direction direction = Direction::forward)
      : direction_(direction) {
    require_shapes(sizes.input >= 0 && sizes.context >= 0, name,
                   {{"input, context", Shape<2>{{sizes.input, sizes.context}}}},
                   "neither may be negative");
    const std::string suffix = direction == Direction::forward ? "_l0" : "_l0_reverse";
    const Index gates = Kernels<float>::gates * sizes.hidden;
    const Init start = init::by_fan_in(sizes.hidden);
    input_ = layout.add(name + ".weight_ih" + suffix,
                        Shape<2>{{sizes.input + sizes.context, gates}}, start);
    recurrent_ = layout.add(name + ".weight_hh" + suffix, Shape<2>{{sizes.hidden, gates}}, start);
    input_bias_ = layout.add(name + ".bias_ih" + suffix, Shape<1>{{gates}}, start);
    recurrent_bias_ = layout.add(name + ".bias_hh" + suffix, Shape<1>{{gates}}, start);
  }

  /// Runs over a whole sequence whose input is a sum of contributions.
  /// \shape first_state [state x B] or a default Var for zeros -> states [hidden x N], last
  /// [hidden x B], last state [state x B]
  template <Context C, class Scalar = typename C::scalar_type>
  RecurrentStates<Scalar> sequence(
      C& cx, std::type_identity_t<std::span<const Contribution<Scalar>>> inputs, KeptPlan plan,
      const Var<Scalar, 2>& first_state = {}) const {
    return recurrent<Kernels<Scalar>>(cx, vars(cx), inputs, plan, direction_, first_state);
  }

  /// The same with one input attended; see `recurrent_attending`.
  /// \pre <vaecollapse/nn/attention.hpp> is included
  template <Context C, class Scalar = typename C::scalar_type>
  AttendingStates<Scalar> sequence(
      C& cx, const std::type_identity_t<AttentionVars<Scalar>>& attention,
      std::type_identity_t<std::span<const Contribution<Scalar>>> inputs, KeptPlan plan,
      const Var<Scalar, 2>& first_state = {}) const {
    return recurrent_attending<Kernels<Scalar>>(cx, vars(cx), attention, inputs, plan, direction_,
                                                first_state);
  }

  /// One step for every row, from [x; ...] and the state before. The same numbers as a sequence of
  /// length one. \shape inputs [. x B], state [state x B] -> [state x B]
  template <Context C, class Scalar = typename C::scalar_type>
  Var<Scalar, 2> step(C& cx, std::type_identity_t<std::span<const Contribution<Scalar>>> inputs,
                      const Var<Scalar, 2>& state) const {
    const auto lengths = cx.arena().template span<Index>(state.columns());
    std::fill(lengths.begin(), lengths.end(), Index{1});
    const SequencePlan& plan = cx.plan(lengths);
    return sequence(cx, inputs, plan, state).last_state();
  }

  template <Context C, class Scalar = typename C::scalar_type>
  RecurrentStates<Scalar> operator()(C& cx, const Embedded<Scalar>& x) const {
    return run(cx, *x.symbols.plan, {Contribution<Scalar>::per_symbol(x)});
  }
  template <Context C, class Scalar = typename C::scalar_type>
  RecurrentStates<Scalar> operator()(C& cx, const Sequence<Scalar>& x) const {
    return run(cx, *x.plan, {Contribution<Scalar>::per_step(x.columns)});
  }
  template <Context C, class Scalar = typename C::scalar_type>
  RecurrentStates<Scalar> operator()(C& cx, const Embedded<Scalar>& x,
                                     const Var<Scalar, 2>& context) const {
    return run(cx, *x.symbols.plan,
               {Contribution<Scalar>::per_symbol(x), Contribution<Scalar>::per_row(context)});
  }

  template <Context C>
  RecurrentVars<typename C::scalar_type> vars(C& cx) const {
    return {cx.parameter(input_), cx.parameter(recurrent_), cx.parameter(input_bias_),
            cx.parameter(recurrent_bias_)};
  }
  /// What the cell is called.
  static constexpr std::string_view name() { return Kernels<float>::name; }
  Index hidden() const { return recurrent_.shape[0]; }
  /// The rows of its output.
  Index width() const { return hidden(); }
  /// The rows of its state, of which the first `width()` are its output.
  Index state_size() const { return hidden() + Kernels<float>::carried_rows(hidden()); }
  Direction direction() const { return direction_; }

 private:
  template <Context C, class Scalar = typename C::scalar_type>
  RecurrentStates<Scalar> run(C& cx, const SequencePlan& plan,
                              std::initializer_list<Contribution<Scalar>> inputs) const {
    return sequence(cx, std::span<const Contribution<Scalar>>(inputs.begin(), inputs.size()), plan);
  }

  Direction direction_;
  Slot<2> input_, recurrent_;
  Slot<1> input_bias_, recurrent_bias_;
};

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
