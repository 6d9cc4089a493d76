// Attention of queries to the positions of a ragged sequence, as one node of the tape. Attention to
// the tags of a row inside a recurrence is another thing: autodiff/ops/attention.hpp.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <span>
#include <string_view>

#include <vaecollapse/autodiff/context.hpp>
#include <vaecollapse/autodiff/tape.hpp>
#include <vaecollapse/core/arena.hpp>
#include <vaecollapse/core/check.hpp>
#include <vaecollapse/core/sequence.hpp>
#include <vaecollapse/core/team.hpp>
#include <vaecollapse/kernels/additive_attention.hpp>
#include <vaecollapse/kernels/attention.hpp>
#include <vaecollapse/kernels/sequence_attention.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

/// What queries get from a sequence.
/// \shape columns [V x M]; weights: a number for each position of each query's row, those of the
/// first query, those of the second, ...
template <class Scalar>
struct AttendedSequence {
  Var<Scalar, 2> columns;
  Var<Scalar, 1> weights;
};

namespace detail {

/// The positions of queries of these rows, in the arena.
inline kernels::AttendedPositions attended_positions(const SequencePlan& plan,
                                                     std::span<const Index> rows, Arena& arena) {
  const Index batch = plan.batch(), count = Index(rows.size());
  return kernels::attended_positions(plan, rows,
                                     {.first_position = arena.span<Index>(batch + 1),
                                      .positions = arena.span<Symbol>(plan.columns()),
                                      .first_pair = arena.span<Index>(count + 1),
                                      .first_query = arena.span<Index>(batch + 1),
                                      .queries = arena.span<Index>(count)});
}

/// The row of each column of a plan, in the arena.
inline std::span<const Index> rows_of_columns(const SequencePlan& plan, Arena& arena) {
  const std::span<Index> rows = arena.span<Index>(plan.columns());
  kernels::column_rows(plan, rows);
  return rows;
}

inline void require_rows(std::string_view op, std::span<const Index> rows, Index batch) {
  for (std::size_t query = 0; query < rows.size(); ++query) {
    if (rows[query] >= 0 && rows[query] < batch) continue;
    raise_error({op, ": query ", query, " belongs to row ", rows[query],
                 ": it must be at least 0 and below ", batch, ", the rows of the plan"});
  }
}

template <class Scalar>
void require_attention(std::string_view op, const Var<Scalar, 2>& queries,
                       std::span<const Index> rows, const Var<Scalar, 2>& keys,
                       const Var<Scalar, 2>& values, const SequencePlan& plan) {
  require_shapes(
      queries.rows() == keys.rows() && queries.columns() == Index(rows.size()) &&
          keys.columns() == plan.columns() && values.columns() == plan.columns(),
      op,
      {{"queries", queries.shape()},
       {"row of each query", Shape<1>{{Index(rows.size())}}},
       {"keys", keys.shape()},
       {"values", values.shape()},
       {"plan [rows x positions]", Shape<2>{{plan.batch(), plan.columns()}}}},
      "queries must be [width x queries] with a row for each, keys [width x positions] and values "
      "[any x positions]");
  require_rows(op, rows, plan.batch());
}

/// Scores key . query / sqrt(width).
template <class Scalar>
struct DotScores {
  Var<Scalar, 2> queries, keys;

  bool has_gradient() const { return any_gradient(queries, keys); }
  /// Products of no rows are zeros, and any finite factor is right.
  Scalar factor() const { return Scalar(1 / std::sqrt(double(std::max<Index>(keys.rows(), 1)))); }

  void forward(const kernels::AttendedPositions& attended, Index row, Scalar* weights) const {
    kernels::pair_products<Scalar>(attended, row, factor(), keys.view(), queries.view(), weights,
                                   kernels::Output::replace);
    kernels::pair_softmax(attended, row, weights);
  }
  /// Scratch of a backward pass.
  struct Backward {
    Scalar* dscores;  ///< [pairs]
  };
  Backward backward(const kernels::AttendedPositions& attended, Arena& arena) const {
    return {arena.allocate<Scalar>(attended.pairs())};
  }
  void row_backward(const kernels::AttendedPositions& attended, Index row, const Scalar* weights,
                    const Scalar* dweights, const Backward& scratch) const {
    kernels::pair_softmax_backward(attended, row, factor(), weights, dweights, scratch.dscores);
    if (queries.has_gradient()) {
      kernels::mix_positions<Scalar>(attended, row, keys.view(), scratch.dscores,
                                     queries.gradient_view(), kernels::Output::accumulate);
    }
    if (keys.has_gradient()) {
      kernels::mix_queries<Scalar>(attended, row, queries.view(), scratch.dscores,
                                   keys.gradient_view());
    }
  }
  void finish(const Backward&) const {}
};

/// Scores v . tanh(query + key).
template <class Scalar>
struct AdditiveScores {
  Var<Scalar, 2> queries, keys;
  Var<Scalar, 1> score;

  bool has_gradient() const { return any_gradient(queries, keys, score); }
  kernels::AttentionKeys<Scalar> by() const { return {keys.view(), score.data()}; }

  void forward(const kernels::AttendedPositions& attended, Index row, Scalar* weights) const {
    kernels::additive_scores_forward<Scalar>(attended, row, by(), queries.view(), weights);
    kernels::pair_softmax(attended, row, weights);
  }
  struct Backward {
    Scalar* dscores;       ///< [pairs]
    View<Scalar> of_rows;  ///< [width x B]: each row's part of the gradient of v
  };
  Backward backward(const kernels::AttendedPositions& attended, Arena& arena) const {
    const Index rows = score.has_gradient() ? attended.columns.tags.batch() : 0;
    return {arena.allocate<Scalar>(attended.pairs()),
            {arena.allocate<Scalar>(keys.rows() * rows), keys.rows(), rows}};
  }
  void row_backward(const kernels::AttendedPositions& attended, Index row, const Scalar* weights,
                    const Scalar* dweights, const Backward& scratch) const {
    kernels::pair_softmax_backward(attended, row, Scalar(1), weights, dweights, scratch.dscores);
    kernels::AdditiveScoresGradients<Scalar> to;
    if (queries.has_gradient()) to.queries = queries.gradient_view();
    if (keys.has_gradient()) to.keys = keys.gradient_view();
    if (score.has_gradient()) to.score_of_row = scratch.of_rows.column(row);
    kernels::additive_scores_backward<Scalar>(attended, row, by(), queries.view(), scratch.dscores,
                                              to);
  }
  void finish(const Backward& scratch) const {
    for (Index row = 0; row < scratch.of_rows.columns; ++row) {
      kernels::add<Scalar>(score.size(), scratch.of_rows.column(row), score.gradient_data());
    }
  }
};

/// Whether two values have one gradient, as the same Var twice.
template <class Scalar>
bool share_gradient(const Var<Scalar, 2>& a, const Var<Scalar, 2>& b) {
  return a.has_gradient() && a.gradient_or_null() == b.gradient_or_null();
}

/// The way back through what was attended to, by the rows of the plan: one after the other where
/// the queries are keys or values too, since a row then adds to columns of others.
template <class Scalar, class Scores>
void attend_backward(const kernels::AttendedPositions& attended, const Scores& scores,
                     const Var<Scalar, 2>& values, const AttendedSequence<Scalar>& y,
                     BackwardContext& back) {
  const bool with_scores = y.weights.has_gradient();
  const auto scratch =
      with_scores ? scores.backward(attended, back.arena) : typename Scores::Backward{};
  const View<const Scalar> dy = y.columns.gradient_view();
  Team alone;
  Team& team = share_gradient(scores.queries, scores.keys) || share_gradient(scores.queries, values)
                   ? alone
                   : back.team;
  team.split(attended.columns.tags.batch(), [&](Index first, Index last) {
    for (Index row = first; row < last; ++row) {
      if (with_scores) {
        kernels::pair_products<Scalar>(attended, row, Scalar(1), values.view(), dy,
                                       y.weights.gradient_data(), kernels::Output::accumulate);
        scores.row_backward(attended, row, y.weights.data(), y.weights.gradient_data(), scratch);
      }
      if (values.has_gradient()) {
        kernels::mix_queries<Scalar>(attended, row, dy, y.weights.data(), values.gradient_view());
      }
    }
  });
  if (with_scores) scores.finish(scratch);
}

template <OpName Name, Context C, class Scores, class Scalar = typename C::scalar_type>
AttendedSequence<Scalar> attend(C& cx, const Scores& scores, std::span<const Index> rows,
                                const Var<Scalar, 2>& values, const SequencePlan& plan) {
  const auto attended = attended_positions(plan, cx.keep(rows), cx.arena());
  const AttendedSequence<Scalar> y{
      cx.template make<2>(Shape<2>{{values.rows(), Index(rows.size())}},
                          scores.has_gradient() || values.has_gradient()),
      cx.template make<1>(Shape<1>{{attended.pairs()}}, scores.has_gradient())};
  cx.team().split(plan.batch(), [&](Index first, Index last) {
    for (Index row = first; row < last; ++row) {
      scores.forward(attended, row, y.weights.data());
      kernels::mix_positions<Scalar>(attended, row, values.view(), y.weights.data(),
                                     y.columns.value_view(), kernels::Output::replace);
    }
  });
  cx.template record<Name>(y.columns, [=](BackwardContext& back) {
    attend_backward<Scalar>(attended, scores, values, y, back);
  });
  return y;
}

}  // namespace detail

/// Each query q of a row gets sum_p w_p value_p over the positions p of that row, with the weights
/// w = softmax(key_p . q / sqrt(A)); of a row without positions it gets zeros. A query alone gets
/// the same bits as among others, so that a decoder may ask step by step.
/// \shape queries [A x M], rows [M] (canonical rows of the plan, in any order), keys [A x N],
/// values [V x N] -> columns [V x M], weights [sum of the lengths of the queries' rows] \throws
/// ShapeError, and Error for a row that the plan does not have \cost 2 (A + V) flops for each
/// position of each query forward, twice that backward \source Vaswani et al. 2017, section 3.2.1
template <Context C, class Scalar = typename C::scalar_type>
AttendedSequence<Scalar> dot_attention(C& cx, const Var<Scalar, 2>& queries,
                                       std::span<const Index> rows, const Var<Scalar, 2>& keys,
                                       const Var<Scalar, 2>& values, KeptPlan plan) {
  detail::require_attention<Scalar>("dot_attention", queries, rows, keys, values, plan);
  return detail::attend<"dot_attention">(cx, detail::DotScores<Scalar>{queries, keys}, rows, values,
                                         plan);
}

/// As `dot_attention`, with the weights softmax(v . tanh(q + key_p)).
/// \shape score v [A], the rest as there
/// \throws ShapeError, and Error for a row that the plan does not have
/// \cost A tanh and 2 V flops for each position of each query forward, A tanh and about three times
/// the flops backward
/// \source Bahdanau et al. 2015, appendix A.1.2
template <Context C, class Scalar = typename C::scalar_type>
AttendedSequence<Scalar> additive_attention(C& cx, const Var<Scalar, 2>& queries,
                                            std::span<const Index> rows, const Var<Scalar, 2>& keys,
                                            const Var<Scalar, 1>& score,
                                            const Var<Scalar, 2>& values, KeptPlan plan) {
  detail::require_attention<Scalar>("additive_attention", queries, rows, keys, values, plan);
  require_shapes(score.size() == keys.rows(), "additive_attention",
                 {{"keys", keys.shape()}, {"score", score.shape()}},
                 "there must be a score for each row of the keys");
  return detail::attend<"additive_attention">(
      cx, detail::AdditiveScores<Scalar>{queries, keys, score}, rows, values, plan);
}

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
