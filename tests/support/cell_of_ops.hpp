// The cell of leaky_cell.hpp as a layer that calls ops: h' = tanh(e') and e' = (e + a) / 2 with
// a = W^T x + b + U^T h + b'. Its state is [h; e].
#pragma once

#include <algorithm>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include <vaecollapse/autodiff/ops/activation.hpp>
#include <vaecollapse/autodiff/ops/arithmetic.hpp>
#include <vaecollapse/autodiff/ops/gather.hpp>
#include <vaecollapse/autodiff/ops/shape.hpp>
#include <vaecollapse/kernels/columns.hpp>
#include <vaecollapse/nn/cell.hpp>
#include <vaecollapse/nn/linear.hpp>

namespace vaecollapse_test {

namespace vc = vaecollapse;

/// A `vc::Cell` of ops.
class CellOfOps {
 public:
  CellOfOps(vc::Layout& layout, const std::string& name, const vc::CellSizes& sizes,
            vc::Direction direction = vc::Direction::forward)
      : direction_(direction),
        inputs_(layout, name + ".inputs" + suffix(), {sizes.input + sizes.context, sizes.hidden}),
        recurrent_(layout, name + ".recurrent" + suffix(), {sizes.hidden, sizes.hidden}) {}

  static constexpr std::string_view name() { return "of_ops"; }
  vc::Index width() const { return recurrent_.output(); }
  vc::Index state_size() const { return 2 * width(); }
  const vc::Linear& inputs() const { return inputs_; }

  /// From [h; e] to [h'; e']. \shape x [H x n], W^T x + b; state [2H x n]
  template <vc::Context C, class Scalar = typename C::scalar_type>
  vc::Var<Scalar, 2> advance(C& cx, const vc::Var<Scalar, 2>& x,
                             const vc::Var<Scalar, 2>& state) const {
    const auto h = vc::middle_rows(cx, state, 0, width());
    const auto e = vc::middle_rows(cx, state, width(), width());
    const auto a = vc::add(cx, x, recurrent_(cx, h));
    const auto e_after = vc::scale(cx, vc::add(cx, e, a), 0.5);
    return vc::concatenate(cx, vc::tanh(cx, e_after), e_after);
  }

  /// Step t of a plan has plan.active(t) columns, from plan.offset(t) on: the rows that are longer
  /// than t, in one order at every step. A row without that step keeps its state.
  template <vc::Context C, class Scalar = typename C::scalar_type>
  vc::RecurrentStates<Scalar> sequence(
      C& cx, std::type_identity_t<std::span<const vc::Contribution<Scalar>>> inputs,
      vc::KeptPlan kept_plan, const vc::Var<Scalar, 2>& first_state = {}) const {
    const vc::SequencePlan& plan = kept_plan;
    const auto x = inputs_(cx, inputs, plan).columns;
    auto state = vc::gather(cx, start(cx, plan, first_state), plan.order());
    std::vector<vc::Var<Scalar, 2>> outputs(static_cast<std::size_t>(plan.steps()));
    for (vc::Index i = 0; i < plan.steps(); ++i) {
      const vc::Index t = direction_ == vc::Direction::forward ? i : plan.steps() - 1 - i;
      const vc::Index active = plan.active(t);
      const auto after = advance(cx, vc::middle_columns(cx, x, plan.offset(t), active),
                                 vc::middle_columns(cx, state, 0, active));
      outputs[static_cast<std::size_t>(t)] = vc::middle_rows(cx, after, 0, width());
      state = vc::concatenate_columns(cx, after,
                                      vc::middle_columns(cx, state, active, plan.batch() - active));
    }
    std::vector<vc::Index> places;
    for (vc::Index row = 0; row < plan.batch(); ++row) places.push_back(plan.position(row));
    const auto last = vc::gather(cx, state, places);
    const auto all = outputs.empty() ? x : vc::concatenate_columns(cx, outputs);
    return {{all, &plan}, vc::middle_rows(cx, last, 0, width()), last};
  }

 private:
  std::string suffix() const { return direction_ == vc::Direction::forward ? "" : "_reverse"; }

  /// The first state, or zeros where there is none.
  template <class C, class Scalar>
  vc::Var<Scalar, 2> start(C& cx, const vc::SequencePlan& plan,
                           const vc::Var<Scalar, 2>& given) const {
    if (given.rows() > 0) return given;
    const auto zeros = cx.template make<2>(vc::Shape<2>{{state_size(), plan.batch()}}, false);
    std::fill_n(zeros.data(), zeros.size(), Scalar(0));
    return zeros;
  }

  vc::Direction direction_;
  vc::Linear inputs_, recurrent_;
};

/// Steps of the cell, for decoding: inputs that do not change from step to step are projected once.
template <class Scalar>
class StepperOfOps {
 public:
  template <vc::Context C>
  StepperOfOps(C& cx, const CellOfOps& cell, std::span<const vc::Contribution<Scalar>> inputs)
      : cell_(&cell), inputs_(cx, cx.parameter(cell.inputs().weight()).view(), inputs) {}

  template <vc::Context C>
  void step(C& cx, std::span<const vc::Symbol> ids, std::span<const vc::Index> rows,
            const vc::kernels::TagMix<Scalar>& mix, vc::View<const Scalar> before,
            vc::View<Scalar> after) const {
    const vc::Scope scope(cx);
    const auto projected =
        cx.template make<2>(vc::Shape<2>{{inputs_.outputs(), before.columns}}, false);
    inputs_.sum(ids, rows, mix, projected.value_view());
    const auto state = cx.template make<2>(before.shape(), false);
    vc::kernels::copy(before, state.value_view(), cx.team());
    const auto x = vc::add(cx, projected, cx.parameter(cell_->inputs().bias()));
    vc::kernels::copy(cell_->advance(cx, x, state).view(), after, cx.team());
  }

 private:
  const CellOfOps* cell_;
  vc::ProjectedInputs<Scalar> inputs_;
};

template <vc::Context C, class Scalar = typename C::scalar_type>
StepperOfOps<Scalar> stepper_of(
    C& cx, const CellOfOps& cell,
    std::type_identity_t<std::span<const vc::Contribution<Scalar>>> inputs) {
  return {cx, cell, inputs};
}

}  // namespace vaecollapse_test
