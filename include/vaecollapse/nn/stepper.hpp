// Single steps of a GRU for decoding: everything that does not change from step to step is
// projected and packed once.
#pragma once

#include <algorithm>
#include <array>
#include <span>
#include <type_traits>
#include <utility>

#include <vaecollapse/autodiff/ops/attention.hpp>
#include <vaecollapse/autodiff/ops/gru.hpp>
#include <vaecollapse/autodiff/workspace.hpp>
#include <vaecollapse/core/at.hpp>
#include <vaecollapse/nn/gru.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

/// The projections W^T x of contributions that are known before decoding begins: of a table (once
/// a symbol), of rows (once a row) and of tags that are attended to (once a tag). Lives in the
/// scope in which it was created.
template <class Scalar>
class ProjectedInputs {
 public:
  template <Context C>
  ProjectedInputs(C& cx, View<const Scalar> weights, std::span<const Contribution<Scalar>> inputs)
      : outputs_(weights.columns) {
    detail::WeightRows<const Scalar> rows(weights);
    for (const auto& input : inputs) {
      const View<const Scalar> x = input.values().view();
      project(cx, rows.next(x.rows), x, projection(input));
    }
  }

  /// \shape out [outputs x n]: column i is what symbol ids[i] and row rows[i] contribute, and the
  /// mix of attended tags
  void sum(std::span<const Symbol> ids, std::span<const Index> rows,
           const kernels::TagMix<Scalar>& mix, View<Scalar> out) const {
    for (Index i = 0; i < out.columns; ++i) {
      Scalar* column = out.column(i);
      std::fill_n(column, out.rows, Scalar(0));
      const auto at = static_cast<std::size_t>(i);
      if (table_.columns > 0 && ids[at] != no_symbol) {
        kernels::add<Scalar>(out.rows, table_.column(ids[at]), column);
      }
      if (rows_.columns > 0) kernels::add<Scalar>(out.rows, rows_.column(rows[at]), column);
    }
    if (tags_.columns > 0) kernels::tag_mix_forward<Scalar>(tags_, mix, 0, out);
  }

  Index outputs() const { return outputs_; }

 private:
  using Input = Contribution<Scalar>;

  View<Scalar>& projection(const Input& input) {
    if (input.template get<typename Input::PerSymbol>() != nullptr) return table_;
    if (input.template get<typename Input::PerRow>() != nullptr) return rows_;
    if (input.template get<typename Input::Attended>() != nullptr) return tags_;
    raise(Error("ProjectedInputs: an input known step by step cannot be projected beforehand"));
  }

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
  View<Scalar> tags_;
};

/// Attention prepared for steps. Lives in the scope in which it was created.
template <class Scalar>
class AttentionStepper {
 public:
  template <Context C>
  AttentionStepper(C& cx, const AttentionVars<Scalar>& vars, const TagSets& tags)
      : query_(cx.template packed<kernels::TransposedPanels<Scalar>>(vars.query.view())),
        by_(vars.by()),
        tags_(tags) {}

  /// How row rows[i] weighs its tags in state before[i], in arena memory of the innermost scope.
  /// \shape before [hidden x n]
  template <Context C>
  kernels::TagMix<Scalar> weights(C& cx, std::span<const Index> rows,
                                  View<const Scalar> before) const {
    Arena& arena = cx.arena();
    const auto columns =
        kernels::column_tags(tags_, rows, arena.template span<Index>(before.columns + 1));
    Scalar* weights = arena.template allocate<Scalar>(columns.size());
    const View<Scalar> query(arena.template allocate<Scalar>(by_.width() * before.columns),
                             by_.width(), before.columns);
    kernels::gemm(query_, kernels::as_is(before), query, kernels::Output::replace, cx.team());
    kernels::attention_forward<Scalar>(by_, columns, 0, query, weights, {});
    return {columns, weights};
  }

 private:
  kernels::PackedPanels<Scalar> query_;
  kernels::AttentionKeys<Scalar> by_;
  TagSets tags_;
};

/// A GRU prepared for steps: recurrent weights packed, inputs projected. Lives in the scope in
/// which it was created. The same numbers as `Gru::sequence`, to rounding.
template <class Scalar>
class GruStepper {
 public:
  template <Context C>
  GruStepper(C& cx, const GruVars<Scalar>& vars, std::span<const Contribution<Scalar>> inputs)
      : inputs_(cx, vars.input.view(), inputs),
        weights_(cx.template packed<kernels::GatePanels<Scalar>>(vars.recurrent.view())),
        biases_(vars.biases()) {}

  /// \shape before, after [hidden x n]; column i reads symbol ids[i], row rows[i], and the mix of
  /// attended tags where there is such an input
  template <Context C>
  void step(C& cx, std::span<const Symbol> ids, std::span<const Index> rows,
            const kernels::TagMix<Scalar>& mix, View<const Scalar> before,
            View<Scalar> after) const {
    const ArenaFrame frame(cx.arena());
    const View<Scalar> gates(
        cx.arena().template allocate<Scalar>(inputs_.outputs() * after.columns), inputs_.outputs(),
        after.columns);
    inputs_.sum(ids, rows, mix, gates);
    const auto projected = cx.arena().template span<const Scalar*>(after.columns);
    for (Index i = 0; i < after.columns; ++i) at(projected, i) = gates.column(i);
    kernels::gru_step_forward<Scalar>(weights_, biases_, {{}, projected, 1}, before, after,
                                      cx.team());
  }

  Index hidden() const { return weights_.hidden; }

 private:
  ProjectedInputs<Scalar> inputs_;
  kernels::PackedGates<Scalar> weights_;
  kernels::GruBiases<Scalar> biases_;
};

/// A recurrent layer prepared for steps; every such layer has one of these.
template <Context C, class Scalar = typename C::scalar_type>
GruStepper<Scalar> stepper_of(C& cx, const Gru& gru,
                              std::type_identity_t<std::span<const Contribution<Scalar>>> inputs) {
  return {cx, gru.vars(cx), inputs};
}

/// Its type.
template <class Recurrent, class Scalar>
using StepperOf =
    decltype(stepper_of(std::declval<Workspace<Scalar>&>(), std::declval<const Recurrent&>(),
                        std::span<const Contribution<Scalar>>()));

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
