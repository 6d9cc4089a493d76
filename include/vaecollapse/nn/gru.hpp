// GRU layers: one direction, both directions, a single step.
#pragma once

#include <algorithm>
#include <array>
#include <initializer_list>
#include <span>
#include <string>
#include <type_traits>

#include <vaecollapse/autodiff/ops/gru.hpp>
#include <vaecollapse/nn/init.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

template <class Scalar>
struct AttentionVars;
template <class Scalar>
struct AttendingStates;

/// One direction of a GRU. Its input is [x; context]: x changes from step to step, the context
/// (often z and tags) is a column a row. Parameters as PyTorch names them, `name.weight_ih_l0`
/// [(input + context) x 3 hidden], `weight_hh_l0`, `bias_ih_l0`, `bias_hh_l0`, with gates stacked
/// r, u, n (PyTorch's r, z, n), and `_reverse` behind them for the backward direction.
class Gru {
 public:
  /// The sizes of the layer.
  struct Sizes {
    Index input;
    Index hidden;
    Index context = 0;
  };

  /// \throws Error for sizes that make no weights, and for a name that is taken
  Gru(Layout& layout, const std::string& name, Sizes sizes,
      Direction direction = Direction::forward)
      : direction_(direction) {
    require_shapes(sizes.input >= 0 && sizes.context >= 0, name,
                   {{"input, context", Shape<2>{{sizes.input, sizes.context}}}},
                   "neither may be negative");
    const std::string suffix = direction == Direction::forward ? "_l0" : "_l0_reverse";
    const Index gates = 3 * sizes.hidden;
    const Init start = init::by_fan_in(sizes.hidden);
    input_ = layout.add(name + ".weight_ih" + suffix,
                        Shape<2>{{sizes.input + sizes.context, gates}}, start);
    recurrent_ = layout.add(name + ".weight_hh" + suffix, Shape<2>{{sizes.hidden, gates}}, start);
    input_bias_ = layout.add(name + ".bias_ih" + suffix, Shape<1>{{gates}}, start);
    recurrent_bias_ = layout.add(name + ".bias_hh" + suffix, Shape<1>{{gates}}, start);
  }

  /// Runs over a whole sequence whose input is a sum of contributions.
  /// \shape h0 [hidden x B] or a default Var for zeros -> states [hidden x N], last [hidden x B]
  template <Context C, class Scalar = typename C::scalar_type>
  GruStates<Scalar> sequence(C& cx,
                             std::type_identity_t<std::span<const Contribution<Scalar>>> inputs,
                             KeptPlan plan, const Var<Scalar, 2>& h0 = {}) const {
    return gru(cx, vars(cx), inputs, plan, direction_, h0);
  }

  /// The same with one input attended; see `gru_attending`.
  /// \pre <vaecollapse/nn/attention.hpp> is included
  template <Context C, class Scalar = typename C::scalar_type>
  AttendingStates<Scalar> sequence(
      C& cx, const std::type_identity_t<AttentionVars<Scalar>>& attention,
      std::type_identity_t<std::span<const Contribution<Scalar>>> inputs, KeptPlan plan,
      const Var<Scalar, 2>& h0 = {}) const {
    return gru_attending(cx, vars(cx), attention, inputs, plan, direction_, h0);
  }

  /// One step for every row: h' from [x; ...] and h. The same numbers as a sequence of length one.
  /// \shape inputs [. x B], h [hidden x B] -> [hidden x B]
  template <Context C, class Scalar = typename C::scalar_type>
  Var<Scalar, 2> step(C& cx, std::type_identity_t<std::span<const Contribution<Scalar>>> inputs,
                      const Var<Scalar, 2>& h) const {
    const auto lengths = cx.arena().template span<Index>(h.columns());
    std::fill(lengths.begin(), lengths.end(), Index{1});
    const SequencePlan& plan = cx.own(SequencePlan(lengths));
    return sequence(cx, inputs, plan, h).last();
  }

  template <Context C, class Scalar = typename C::scalar_type>
  GruStates<Scalar> operator()(C& cx, const Embedded<Scalar>& x) const {
    return run(cx, *x.symbols.plan, {Contribution<Scalar>::per_symbol(x)});
  }
  template <Context C, class Scalar = typename C::scalar_type>
  GruStates<Scalar> operator()(C& cx, const Sequence<Scalar>& x) const {
    return run(cx, *x.plan, {Contribution<Scalar>::per_step(x.columns)});
  }
  template <Context C, class Scalar = typename C::scalar_type>
  GruStates<Scalar> operator()(C& cx, const Embedded<Scalar>& x,
                               const Var<Scalar, 2>& context) const {
    return run(cx, *x.symbols.plan,
               {Contribution<Scalar>::per_symbol(x), Contribution<Scalar>::per_row(context)});
  }

  template <Context C>
  GruVars<typename C::scalar_type> vars(C& cx) const {
    return {cx.parameter(input_), cx.parameter(recurrent_), cx.parameter(input_bias_),
            cx.parameter(recurrent_bias_)};
  }
  Index hidden() const { return recurrent_.shape[0]; }
  Index width() const { return hidden(); }
  /// The rows of its state, of which the first `width()` are its output.
  Index state_size() const { return hidden(); }
  Direction direction() const { return direction_; }

 private:
  template <Context C, class Scalar = typename C::scalar_type>
  GruStates<Scalar> run(C& cx, const SequencePlan& plan,
                        std::initializer_list<Contribution<Scalar>> inputs) const {
    return sequence(cx, std::span<const Contribution<Scalar>>(inputs.begin(), inputs.size()), plan);
  }

  Direction direction_;
  Slot<2> input_, recurrent_;
  Slot<1> input_bias_, recurrent_bias_;
};

/// Both directions side by side: states and last state are [forward; backward].
class BiGru {
 public:
  /// The sizes of the layer.
  struct Sizes {
    Index input;
    Index hidden;
  };

  BiGru(Layout& layout, const std::string& name, Sizes sizes)
      : forward_(layout, name, {sizes.input, sizes.hidden}),
        backward_(layout, name, {sizes.input, sizes.hidden}, Direction::backward) {}

  /// \shape -> states [2 hidden x N], last [2 hidden x B]: the forward direction's state after a
  /// row's last symbol above the backward direction's after its first
  template <Context C, class Scalar = typename C::scalar_type>
  GruStates<Scalar> operator()(C& cx, const Embedded<Scalar>& x) const {
    const SequencePlan& plan = *x.symbols.plan;
    const Index hidden = forward_.hidden();
    const auto forward = forward_.vars(cx), backward = backward_.vars(cx);
    const bool with_gradient =
        forward.has_gradient() || backward.has_gradient() || any_gradient(x.table);
    const auto states = cx.template make<2>(Shape<2>{{2 * hidden, plan.columns()}}, with_gradient);
    const auto last = cx.template make<2>(Shape<2>{{2 * hidden, plan.batch()}}, with_gradient);
    const std::array inputs{Contribution<Scalar>::per_symbol(x)};
    const std::span<const Contribution<Scalar>> input(inputs);
    gru_into(cx, forward, input, plan, Direction::forward, {}, {states, last, 0});
    gru_into(cx, backward, input, plan, Direction::backward, {}, {states, last, hidden});
    return {{states, &plan}, last};
  }

  Index width() const { return 2 * forward_.hidden(); }

 private:
  Gru forward_;
  Gru backward_;
};

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
