// Single steps of a GRU for decoding: everything that does not change from step to step is
// projected and packed once.
#pragma once

#include <algorithm>
#include <array>
#include <span>

#include <vaecollapse/autodiff/ops/gru.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

/// The projections W^T x of contributions that are known before decoding begins: of a table (once
/// a symbol) and of rows (once a row). Lives in the scope in which it was made.
template <class Scalar>
class ProjectedInputs {
 public:
  template <Context C>
  ProjectedInputs(C& cx, View<const Scalar> weights, std::span<const Contribution<Scalar>> inputs)
      : outputs_(weights.columns) {
    detail::WeightRows<const Scalar> rows(weights);
    for (const auto& input : inputs) {
      if (input.kind == Contribution<Scalar>::Kind::per_step) {
        raise(Error("ProjectedInputs: an input per step cannot be projected before decoding"));
      }
      const bool table = input.kind == Contribution<Scalar>::Kind::per_symbol;
      project(cx, rows.next(input.values.rows()), input.values.view(), table ? table_ : rows_);
    }
  }

  /// \shape out [outputs x n]: column i is what symbol ids[i] and row rows[i] contribute
  void sum(std::span<const Symbol> ids, std::span<const Index> rows, View<Scalar> out) const {
    for (Index i = 0; i < out.columns; ++i) {
      Scalar* column = out.column(i);
      std::fill_n(column, out.rows, Scalar(0));
      const auto at = static_cast<std::size_t>(i);
      if (table_.columns > 0 && ids[at] != no_symbol) {
        kernels::add<Scalar>(out.rows, table_.column(ids[at]), column);
      }
      if (rows_.columns > 0) kernels::add<Scalar>(out.rows, rows_.column(rows[at]), column);
    }
  }

  Index outputs() const { return outputs_; }

 private:
  template <Context C>
  void project(C& cx, View<const Scalar> weights, View<const Scalar> x, View<Scalar>& into) {
    const bool first = into.columns == 0;
    if (first) {
      into = {cx.arena().template allocate<Scalar>(outputs_ * x.columns), outputs_, x.columns};
    }
    const ArenaFrame frame(cx.arena());
    auto* scratch = cx.arena().template allocate<Scalar>(
        kernels::affine_forward_scratch<Scalar>(weights.rows, weights.columns));
    kernels::affine_forward<Scalar>(weights, nullptr, x, into,
                                    first ? kernels::Output::replace : kernels::Output::accumulate,
                                    scratch, cx.team());
  }

  Index outputs_;
  View<Scalar> table_;
  View<Scalar> rows_;
};

/// A GRU made ready for steps: recurrent weights packed, inputs projected. Lives in the scope in
/// which it was made. The same numbers as `Gru::sequence`, to rounding.
template <class Scalar>
class GruStepper {
 public:
  template <Context C>
  GruStepper(C& cx, const GruVars<Scalar>& vars, std::span<const Contribution<Scalar>> inputs)
      : inputs_(cx, vars.input.view(), inputs),
        weights_(kernels::pack_gates(vars.recurrent.view(),
                                     cx.arena().template allocate<Scalar>(
                                         kernels::packed_gates_size<Scalar>(vars.hidden())))),
        biases_(vars.biases()) {}

  /// \shape before, after [hidden x n]; column i hears symbol ids[i] and row rows[i]
  template <Context C>
  void step(C& cx, std::span<const Symbol> ids, std::span<const Index> rows,
            View<const Scalar> before, View<Scalar> after) const {
    const ArenaFrame frame(cx.arena());
    const View<Scalar> gates(
        cx.arena().template allocate<Scalar>(inputs_.outputs() * after.columns), inputs_.outputs(),
        after.columns);
    inputs_.sum(ids, rows, gates);
    kernels::gru_step_forward<Scalar>(weights_, biases_, gates, before, after, {});
  }

  Index hidden() const { return weights_.hidden; }

 private:
  ProjectedInputs<Scalar> inputs_;
  kernels::PackedGates<Scalar> weights_;
  kernels::GruBiases<Scalar> biases_;
};

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
