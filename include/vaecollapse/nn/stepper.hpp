// Single steps of a recurrent cell for decoding: everything that does not change from step to step
// is projected and packed once.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <span>
#include <type_traits>
#include <utility>

#include <vaecollapse/autodiff/ops/attention.hpp>
#include <vaecollapse/autodiff/ops/recurrent.hpp>
#include <vaecollapse/autodiff/workspace.hpp>
#include <vaecollapse/core/at.hpp>
#include <vaecollapse/nn/recurrent.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

/// A table of symbols whose columns are projected where a step first reads them: what a search
/// reads is not known before, and of a large table it is little. Lives in the scope in which it was
/// created.
template <class Scalar>
class ProjectedTable {
 public:
  template <Context C>
  ProjectedTable(C& cx, const kernels::PackedPanels<Scalar>& weights, View<const Scalar> table)
      : arena_(&cx.arena()),
        team_(&cx.team()),
        weights_(weights),
        table_(table),
        projected_(arena_->template allocate<Scalar>(weights.rows * table.columns), weights.rows,
                   table.columns),
        is_projected_(arena_->template span<bool>(table.columns)) {
    std::fill(is_projected_.begin(), is_projected_.end(), false);
  }

  /// Column i of `out` becomes, or gains, what symbol ids[i] contributes.
  void read(std::span<const Symbol> ids, View<Scalar> out, kernels::Output output) const {
    project(ids);
    kernels::embedding_forward<Scalar>(projected_, ids, out, output);
  }

 private:
  /// Those of the columns that are not projected yet.
  void project(std::span<const Symbol> ids) const {
    const ArenaFrame frame(*arena_);
    const auto fresh = arena_->template span<Symbol>(Index(ids.size()));
    std::size_t count = 0;
    for (const Symbol id : ids) {
      if (id == no_symbol || at(is_projected_, id)) continue;
      at(is_projected_, id) = true;
      fresh[count++] = id;
    }
    if (count == 0) return;
    const auto columns = fresh.first(count);
    const View<Scalar> x = allocate(table_.rows, Index(count));
    const View<Scalar> y = allocate(projected_.rows, Index(count));
    kernels::embedding_forward<Scalar>(table_, columns, x, kernels::Output::replace);
    kernels::gemm(weights_, kernels::as_is(View<const Scalar>(x)), y, kernels::Output::replace,
                  *team_);
    kernels::embedding_replace<Scalar>(columns, y, projected_);
  }
  View<Scalar> allocate(Index rows, Index columns) const {
    return {arena_->template allocate<Scalar>(rows * columns), rows, columns};
  }

  Arena* arena_;
  Team* team_;
  kernels::PackedPanels<Scalar> weights_;
  View<const Scalar> table_;      ///< [I x V]
  View<Scalar> projected_;        ///< [O x V], its columns not initialised before
  std::span<bool> is_projected_;  ///< [V]
};

/// The projections W^T x of contributions that do not change from step to step: of a table (once a
/// symbol that is read), of rows (once a row) and of tags that are attended to (once a tag). Lives
/// in the scope in which it was created.
template <class Scalar>
class ProjectedInputs {
 public:
  /// \throws Error for an input that is known step by step, or for two tables of symbols
  template <Context C>
  ProjectedInputs(C& cx, View<const Scalar> weights, std::span<const Contribution<Scalar>> inputs)
      : outputs_(weights.columns) {
    detail::WeightRows<Scalar> rows(weights);
    for (const auto& input : inputs) {
      const View<const Scalar> x = input.values().view();
      const auto w = cx.template packed<kernels::TransposedPanels<Scalar>>(rows.next(x.rows));
      if (input.template get<typename Input::PerSymbol>() != nullptr) {
        if (table_) raise(Error("ProjectedInputs: there may be one table of symbols"));
        table_.emplace(cx, w, x);
      } else {
        project(cx, w, x, projection(input));
      }
    }
  }

  /// \shape out [outputs x n]: column i is what symbol ids[i] and row rows[i] contribute, and the
  /// mix of attended tags
  void sum(std::span<const Symbol> ids, std::span<const Index> rows,
           const kernels::TagMix<Scalar>& mix, View<Scalar> out) const {
    if (table_) table_->read(ids, out, kernels::Output::replace);
    for (Index i = 0; i < out.columns; ++i) {
      if (!table_) std::fill_n(out.column(i), out.rows, Scalar(0));
      if (rows_.columns > 0) {
        kernels::add<Scalar>(out.rows, rows_.column(at(rows, i)), out.column(i));
      }
    }
    if (tags_.columns > 0) kernels::tag_mix_forward<Scalar>(tags_, mix, 0, out);
  }

  Index outputs() const { return outputs_; }

 private:
  using Input = Contribution<Scalar>;

  View<Scalar>& projection(const Input& input) {
    if (input.template get<typename Input::PerRow>() != nullptr) return rows_;
    if (input.template get<typename Input::Attended>() != nullptr) return tags_;
    raise(Error("ProjectedInputs: an input known step by step cannot be projected beforehand"));
  }

  template <Context C>
  void project(C& cx, const kernels::PackedPanels<Scalar>& weights, View<const Scalar> x,
               View<Scalar>& into) const {
    const bool first = into.columns == 0;
    if (first) {
      into = {cx.arena().template allocate<Scalar>(outputs_ * x.columns), outputs_, x.columns};
    }
    kernels::gemm(weights, kernels::as_is(x), into,
                  first ? kernels::Output::replace : kernels::Output::accumulate, cx.team());
  }

  Index outputs_;
  std::optional<ProjectedTable<Scalar>> table_;
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

  /// How row rows[i] weighs its tags after output before[i], in arena memory of the innermost
  /// scope. \shape before [hidden x n]
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

/// A cell prepared for steps: recurrent weights packed, inputs projected. Lives in the scope in
/// which it was created. The same numbers as `RecurrentLayer::sequence`, to rounding.
template <kernels::RecurrentKernels Kernels>
class RecurrentStepper {
 public:
  using Scalar = typename Kernels::scalar_type;

  template <Context C>
  RecurrentStepper(C& cx, const RecurrentVars<Scalar>& vars,
                   std::span<const Contribution<Scalar>> inputs)
      : inputs_(cx, vars.input.view(), inputs),
        weights_(cx.template packed<typename Kernels::Panels>(vars.recurrent.view())),
        biases_(vars.biases()),
        hidden_(vars.hidden()) {}

  /// \shape before, after [state x n]; column i reads symbol ids[i], row rows[i], and the mix of
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
    Kernels::step(weights_, biases_, {{}, projected, 1}, before, after, cx.team());
  }

  Index hidden() const { return hidden_; }

 private:
  ProjectedInputs<Scalar> inputs_;
  typename Kernels::Weights weights_;
  kernels::RecurrentBiases<Scalar> biases_;
  Index hidden_;
};

/// A recurrent layer prepared for steps; every `Cell` has one of these.
template <Context C, template <class> class Kernels, class Scalar = typename C::scalar_type>
RecurrentStepper<Kernels<Scalar>> stepper_of(
    C& cx, const RecurrentLayer<Kernels>& layer,
    std::type_identity_t<std::span<const Contribution<Scalar>>> inputs) {
  return {cx, layer.vars(cx), inputs};
}

/// Its type.
template <class Recurrent, class Scalar>
using StepperOf =
    decltype(stepper_of(std::declval<Workspace<Scalar>&>(), std::declval<const Recurrent&>(),
                        std::span<const Contribution<Scalar>>()));

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
