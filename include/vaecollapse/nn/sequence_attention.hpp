// The attention layer: queries that attend to the positions of a ragged sequence.
#pragma once

#include <optional>
#include <span>
#include <string>

#include <vaecollapse/autodiff/ops/sequence_attention.hpp>
#include <vaecollapse/core/check.hpp>
#include <vaecollapse/core/sequence.hpp>
#include <vaecollapse/nn/init.hpp>
#include <vaecollapse/nn/linear.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

/// A sequence that can be attended to: its keys and values, projected once for all queries.
/// \shape keys [width x N], values [value x N]
template <class Scalar>
struct AttentionMemory {
  Var<Scalar, 2> keys;
  Var<Scalar, 2> values;
  const SequencePlan* plan = nullptr;
};

/// Attention with projections of its own for queries, keys and values. Parameters
/// `name.query.weight` [query x width], `name.key.weight` [memory x width], `name.value.weight`
/// [memory x value], their biases, and with additive scores `name.score.weight` [width].
/// `memory(cx, sequence)` gives the keys and values, with which the layer is called; the result is
/// in `columns`.
///
///     const auto memory = attention.memory(cx, states);             // once a batch
///     const auto found = attention(cx, memory, queries, rows);      // at once, or step by step
///
/// \shape memory [memory x N] on a plan, queries [query x M], rows [M] -> [value x M]
/// \cost 2 memory (width + value) flops for each of N columns, and for each of M queries
/// 2 query width and 2 (width + value) for each position of its row; twice that backward
class SequenceAttention {
 public:
  /// How a key is compared with a query: their scaled product, or v . tanh(query + key).
  enum class Score { dot, additive };
  /// The sizes of the layer.
  struct Sizes {
    Index query;   ///< rows of the queries
    Index memory;  ///< rows of the sequence
    Index width;   ///< of the comparison
    Index value;   ///< rows of the result
  };

  SequenceAttention(Layout& layout, const std::string& name, Sizes sizes, Score score = Score::dot)
      : query_(layout, name + ".query", {sizes.query, sizes.width}),
        key_(layout, name + ".key", {sizes.memory, sizes.width}),
        value_(layout, name + ".value", {sizes.memory, sizes.value}) {
    if (score == Score::additive) {
      score_ =
          layout.add(name + ".score.weight", Shape<1>{{sizes.width}}, init::by_fan_in(sizes.width));
    }
  }

  /// \shape sequence [memory x N]
  template <Context C, class Scalar = typename C::scalar_type>
  AttentionMemory<Scalar> memory(C& cx, const Sequence<Scalar>& sequence) const {
    return {key_(cx, sequence.columns), value_(cx, sequence.columns), sequence.plan};
  }

  /// \shape queries [query x M], rows [M]: the row of the memory's plan to which each attends ->
  /// columns [value x M], and the weights of the positions
  /// \throws ShapeError, and Error for a row that the plan does not have
  template <Context C, class Scalar = typename C::scalar_type>
  AttendedSequence<Scalar> operator()(C& cx, const AttentionMemory<Scalar>& memory,
                                      const Var<Scalar, 2>& queries,
                                      std::span<const Index> rows) const {
    const Var<Scalar, 2> asked = query_(cx, queries);
    const auto& [keys, values, plan] = memory;
    return score_ ? additive_attention(cx, asked, rows, keys, cx.parameter(*score_), values, *plan)
                  : dot_attention(cx, asked, rows, keys, values, *plan);
  }

  /// Every position of a sequence of as many rows attends to the memory's row of the same number.
  /// \shape queries [query x M] -> columns [value x M]
  /// \throws ShapeError for another number of rows
  template <Context C, class Scalar = typename C::scalar_type>
  AttendedSequence<Scalar> operator()(C& cx, const AttentionMemory<Scalar>& memory,
                                      const Sequence<Scalar>& queries) const {
    const auto sizes_of = [](const SequencePlan& plan) {
      return Shape<2>{{plan.batch(), plan.columns()}};
    };
    require_shapes(queries.plan->batch() == memory.plan->batch(), "sequence attention",
                   {{"plan of the queries [rows x positions]", sizes_of(*queries.plan)},
                    {"plan of the memory", sizes_of(*memory.plan)}},
                   "both must have as many rows");
    return (*this)(cx, memory, queries.columns, detail::rows_of_columns(*queries.plan, cx.arena()));
  }

  Index width() const { return key_.output(); }
  Index value() const { return value_.output(); }
  /// v of additive scores; none with scaled products.
  std::optional<Slot<1>> score_weight() const { return score_; }

 private:
  Linear query_, key_, value_;
  std::optional<Slot<1>> score_;
};

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
