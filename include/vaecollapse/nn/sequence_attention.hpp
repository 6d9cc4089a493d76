// The attention layer: queries that attend to the positions of a ragged sequence.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <type_traits>

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
/// in `columns`. With a value width of 0 the values are the sequence itself, and there is no
/// `name.value.*`.
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
    Index value;   ///< rows of the result; 0: those of the sequence, which is not projected
  };

  SequenceAttention(Layout& layout, const std::string& name, Sizes sizes, Score score = Score::dot)
      : query_(layout, name + ".query", {sizes.query, sizes.width}),
        key_(layout, name + ".key", {sizes.memory, sizes.width}),
        value_width_(sizes.value > 0 ? sizes.value : sizes.memory) {
    if (sizes.value > 0) {
      value_.emplace(layout, name + ".value", Linear::Sizes{sizes.memory, sizes.value});
    }
    if (score == Score::additive) {
      score_ =
          layout.add(name + ".score.weight", Shape<1>{{sizes.width}}, init::by_fan_in(sizes.width));
    }
  }

  /// \shape sequence [memory x N]
  template <Context C, class Scalar = typename C::scalar_type>
  AttentionMemory<Scalar> memory(C& cx, const Sequence<Scalar>& sequence) const {
    return {key_(cx, sequence.columns), value_ ? (*value_)(cx, sequence.columns) : sequence.columns,
            sequence.plan};
  }
  /// The same with keys from a sum of contributions, of which together there are `memory` rows; the
  /// sequence is the values, as it is. \shape values [any x N] \pre the value width is 0
  template <Context C, class Scalar = typename C::scalar_type>
  AttentionMemory<Scalar> memory(C& cx,
                                 std::type_identity_t<std::span<const Contribution<Scalar>>> keys,
                                 const Sequence<Scalar>& values) const {
    return {key_(cx, keys, *values.plan).columns, values.columns, values.plan};
  }

  /// \shape queries [query x M], rows [M]: the row of the memory's plan to which each attends ->
  /// columns [value x M], and the weights of the positions
  /// \throws ShapeError, and Error for a row that the plan does not have
  template <Context C, class Scalar = typename C::scalar_type>
  AttendedSequence<Scalar> operator()(C& cx, const AttentionMemory<Scalar>& memory,
                                      const Var<Scalar, 2>& queries,
                                      std::span<const Index> rows) const {
    return attend(cx, memory, query_(cx, queries), rows);
  }

  /// Every position of a sequence of as many rows attends to the memory's row of the same number.
  /// \shape queries [query x M] -> columns [value x M]
  /// \throws ShapeError for another number of rows
  template <Context C, class Scalar = typename C::scalar_type>
  AttendedSequence<Scalar> operator()(C& cx, const AttentionMemory<Scalar>& memory,
                                      const Sequence<Scalar>& queries) const {
    return attend(cx, memory, query_(cx, queries));
  }
  /// The same with queries from a sum of contributions on a plan.
  /// \throws ShapeError for another number of rows
  template <Context C, class Scalar = typename C::scalar_type>
  AttendedSequence<Scalar> operator()(
      C& cx, const AttentionMemory<Scalar>& memory,
      std::type_identity_t<std::span<const Contribution<Scalar>>> queries, KeptPlan plan) const {
    return attend(cx, memory, query_(cx, queries, plan));
  }

  Index width() const { return key_.output(); }
  Index value() const { return value_width_; }
  const Linear& query() const& { return query_; }
  /// v of additive scores; none with scaled products.
  std::optional<Slot<1>> score_weight() const { return score_; }

 private:
  /// \shape asked [width x M], rows [M]
  template <Context C, class Scalar = typename C::scalar_type>
  AttendedSequence<Scalar> attend(C& cx, const AttentionMemory<Scalar>& memory,
                                  const Var<Scalar, 2>& asked, std::span<const Index> rows) const {
    const auto& [keys, values, plan] = memory;
    return score_ ? additive_attention(cx, asked, rows, keys, cx.parameter(*score_), values, *plan)
                  : dot_attention(cx, asked, rows, keys, values, *plan);
  }
  template <Context C, class Scalar = typename C::scalar_type>
  AttendedSequence<Scalar> attend(C& cx, const AttentionMemory<Scalar>& memory,
                                  const Sequence<Scalar>& asked) const {
    const auto sizes_of = [](const SequencePlan& plan) {
      return Shape<2>{{plan.batch(), plan.columns()}};
    };
    require_shapes(asked.plan->batch() == memory.plan->batch(), "sequence attention",
                   {{"plan of the queries [rows x positions]", sizes_of(*asked.plan)},
                    {"plan of the memory", sizes_of(*memory.plan)}},
                   "both must have as many rows");
    return attend(cx, memory, asked.columns, detail::rows_of_columns(*asked.plan, cx.arena()));
  }

  Linear query_, key_;
  Index value_width_;
  std::optional<Linear> value_;
  std::optional<Slot<1>> score_;
};

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
