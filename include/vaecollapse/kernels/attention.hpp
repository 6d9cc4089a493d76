// Additive attention over the tags of a row: at every step of a GRU its state asks, each tag
// present answers, and their embeddings are mixed by the softmax of the answers.
//
//   s_nj = v . tanh(W_h h_{n-1} + k_j)     alpha_n = softmax over the row's tags of s_n
//
// The keys k_j = W_e e_j + b and the projections p_j = W_c e_j are computed once; what depends on
// the state runs inside the sequence loop, through the hooks of the GRU's kernels, each thread on
// its own columns. Sums over columns are computed after the loop from what was saved.
#pragma once

#include <algorithm>
#include <span>

#include <vaecollapse/core/at.hpp>
#include <vaecollapse/core/sequence.hpp>
#include <vaecollapse/kernels/chunk.hpp>
#include <vaecollapse/kernels/gemm.hpp>
#include <vaecollapse/kernels/sequence_order.hpp>
#include <vaecollapse/kernels/softmax_cross_entropy.hpp>
#include <vaecollapse/simd/math.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI::kernels {

/// The tags that columns may attend to: those of each column's row. A number for each is stored
/// without padding: those of column n at first[n] .. first[n + 1], in the order of the row's tags.
struct ColumnTags {
  TagSets tags;                  ///< of B rows
  std::span<const Index> rows;   ///< [N]: the row of each column
  std::span<const Index> first;  ///< [N + 1]

  Index columns() const { return Index(rows.size()); }
  /// How many numbers there are in all.
  Index size() const { return first.back(); }
  Index begin(Index column) const { return at(first, column); }
  std::span<const Symbol> of(Index column) const { return tags.of(at(rows, column)); }
};

/// The tags of columns that belong to these rows. \shape rows [N], first [N + 1], which is filled
inline ColumnTags column_tags(const TagSets& tags, std::span<const Index> rows,
                              std::span<Index> first) {
  first[0] = 0;
  for (std::size_t n = 0; n < rows.size(); ++n) {
    first[n + 1] = first[n] + Index(tags.of(rows[n]).size());
  }
  return {tags, rows, first};
}

/// Fills in the row of each column of a plan. \shape rows [N]
inline void column_rows(const SequencePlan& plan, std::span<Index> rows) {
  for (Index step = 0; step < plan.steps(); ++step) {
    std::copy_n(plan.order().data(), plan.active(step), rows.data() + plan.offset(step));
  }
}

/// A weight for each tag of each column: how a table's columns are mixed.
template <class Scalar>
struct TagMix {
  ColumnTags columns;
  const Scalar* weights = nullptr;  ///< [columns.size()]
};

/// Column i of `out` gains the mix of the table's columns that belongs to column first + i.
/// \shape table [K x M], out [K x n]
/// \cost 2 K flops a tag
template <class Scalar>
void tag_mix_forward(View<const Scalar> table, const TagMix<Scalar>& mix, Index first,
                     View<Scalar> out) {
  for (Index i = 0; i < out.columns; ++i) {
    const Scalar* weight = mix.weights + mix.columns.begin(first + i);
    for (const Symbol tag : mix.columns.of(first + i)) {
      add_scaled(out.rows, *weight++, table.column(tag), out.column(i));
    }
  }
}

/// Carries the gradient of the mixed columns to the weights. \shape as forward
template <class Scalar>
void tag_mix_weights_backward(View<const Scalar> table, const ColumnTags& columns, Index first,
                              View<const Scalar> dout, Scalar* dweights) {
  for (Index i = 0; i < dout.columns; ++i) {
    Scalar* gradient = dweights + columns.begin(first + i);
    for (const Symbol tag : columns.of(first + i)) {
      *gradient++ += dot(dout.rows, table.column(tag), dout.column(i));
    }
  }
}

/// Carries the gradient of all mixed columns to the table.
/// \shape dout [K x N], dtable [K x M]
template <class Scalar>
void tag_mix_table_backward(const TagMix<Scalar>& mix, View<const Scalar> dout,
                            View<Scalar> dtable) {
  for (Index n = 0; n < dout.columns; ++n) {
    const Scalar* weight = mix.weights + mix.columns.begin(n);
    for (const Symbol tag : mix.columns.of(n)) {
      add_scaled(dout.rows, *weight++, dout.column(n), dtable.column(tag));
    }
  }
}

/// What answers a query: a key for each tag, and the vector v that gives a score to the answer.
template <class Scalar>
struct AttentionKeys {
  View<const Scalar> keys;        ///< [A x M]
  const Scalar* score = nullptr;  ///< v [A]

  Index width() const { return keys.rows; }
  /// A part of the answers' units.
  AttentionKeys units(Index first, Index count) const {
    return {keys.middle_rows(first, count), score + first};
  }
};

namespace detail {

/// v . tanh(query + key); the tanh are kept where `saved` is not null.
template <class Scalar>
Scalar attention_score(Index width, const Scalar* query, const Scalar* key, const Scalar* score,
                       Scalar* saved) {
  auto sum = simd::broadcast<Scalar>(0);
  for (const auto units : chunks<Scalar>(width)) {
    const auto answer = simd::tanh(units.load(query) + units.load(key));
    if (saved != nullptr) units.store(saved, answer);
    sum = simd::fma(units.load(score), answer, sum);
  }
  return simd::reduce_add(sum);
}

/// Softmax of n numbers in place; of none, nothing.
template <class Scalar>
void softmax(Index n, Scalar* x) {
  const auto shift = simd::broadcast<Scalar>(maximum(n, x));
  for (const auto chunk : chunks<Scalar>(n)) {
    chunk.store(x, simd::exp(chunk.load(x) - shift));
  }
  Scalar sum = 0;
  for (Index j = 0; j < n; ++j) sum += x[j];
  for (Index j = 0; j < n; ++j) x[j] /= sum;
}

}  // namespace detail

/// The weights of the tags of columns first, first + 1, ... : a softmax over the tags of each
/// column's row, so absent tags take no part, and a row without tags has no weights.
/// \shape query [A x n]; weights, by `columns`; activations [A x columns.size()] receives the tanh
/// for the backward pass, or is empty
/// \cost A tanh a tag
/// \source Bahdanau et al. 2015, appendix A.1.2, with tags in place of source positions
template <class Scalar>
void attention_forward(const AttentionKeys<Scalar>& by, const ColumnTags& columns, Index first,
                       View<const Scalar> query, Scalar* weights, View<Scalar> activations) {
  for (Index i = 0; i < query.columns; ++i) {
    const Index begin = columns.begin(first + i);
    const std::span<const Symbol> tags = columns.of(first + i);
    for (std::size_t j = 0; j < tags.size(); ++j) {
      const Index at = begin + Index(j);
      Scalar* saved = activations.data != nullptr ? activations.column(at) : nullptr;
      weights[at] = detail::attention_score(by.width(), query.column(i), by.keys.column(tags[j]),
                                            by.score, saved);
    }
    detail::softmax(Index(tags.size()), weights + begin);
  }
}

/// From the gradients of the weights to those of the scores and the queries.
/// \shape dweights and dscores, by `columns`, may be the same memory; dquery [A x n] is replaced
template <class Scalar>
void attention_backward(const AttentionKeys<Scalar>& by, const ColumnTags& columns, Index first,
                        const Scalar* weights, View<const Scalar> activations,
                        const Scalar* dweights, Scalar* dscores, View<Scalar> dquery) {
  const auto one = simd::broadcast<Scalar>(1);
  for (Index i = 0; i < dquery.columns; ++i) {
    const Index begin = columns.begin(first + i), end = columns.begin(first + i + 1);
    Scalar mean = 0;
    for (Index at = begin; at < end; ++at) mean += weights[at] * dweights[at];
    for (Index at = begin; at < end; ++at) dscores[at] = weights[at] * (dweights[at] - mean);
    for (const auto units : chunks<Scalar>(by.width())) {
      auto sum = simd::broadcast<Scalar>(0);
      for (Index at = begin; at < end; ++at) {
        const auto answer = units.load(activations.column(at));
        const auto slope = simd::fnma(answer, answer, one);
        sum = simd::fma(simd::broadcast<Scalar>(dscores[at]), slope, sum);
      }
      units.store(dquery.column(i), units.load(by.score) * sum);
    }
  }
}

/// Adds the contributions of all columns to the gradients of v [A] and of the keys [A x M].
template <class Scalar>
void attention_parameters_backward(const AttentionKeys<Scalar>& by, const ColumnTags& columns,
                                   View<const Scalar> activations, const Scalar* dscores,
                                   Scalar* dscore_vector, View<Scalar> dkeys) {
  const auto one = simd::broadcast<Scalar>(1);
  for (Index n = 0; n < columns.columns(); ++n) {
    Index at = columns.begin(n);
    for (const Symbol tag : columns.of(n)) {
      const auto d = simd::broadcast<Scalar>(dscores[at]);
      for (const auto units : chunks<Scalar>(by.width())) {
        const auto answer = units.load(activations.column(at));
        units.add_product(dscore_vector, d, answer);
        const auto slope = simd::fnma(answer, answer, one);
        units.add_product(dkeys.column(tag), d * units.load(by.score), slope);
      }
      ++at;
    }
  }
}

/// The hook of `gru_sequence_forward`: finds the weights of a step's tags from the states before
/// it, and computes the mix of the tags' projections, an input of the gates.
template <class Scalar>
struct AttentionBeforeStep {
  const SequencePlan* plan;  ///< N columns of B rows
  Direction direction;
  PackedPanels<Scalar> query_weights;  ///< W_h [H x A], `pack_transposed`
  AttentionKeys<Scalar> by;
  ColumnTags columns;
  View<const Scalar> projections;  ///< [3H x M]
  View<const Scalar> h0;           ///< [H x B] in the plan's order
  View<const Scalar> h;            ///< [H x N]
  View<Scalar> query;              ///< scratch [A x B]
  Scalar* weights;                 ///< [columns.size()], written
  View<Scalar> activations;        ///< [A x columns.size()], written; or empty
  View<Scalar> mixed;              ///< [3H x B], written: the mix of the rows of a step

  void operator()(Index step, Index first, Index last) const {
    for_each_before<Scalar>(*plan, direction, step, first, last, h0, h,
                            [&](Index begin, Index end, View<const Scalar> states) {
                              gemm_columns(query_weights, as_is(states),
                                           query.middle_columns(begin, end - begin),
                                           Output::replace, Index{0}, end - begin);
                            });
    const Index column = plan->offset(step) + first, count = last - first;
    attention_forward<Scalar>(by, columns, column, query.middle_columns(first, count), weights,
                              activations);
    const View<Scalar> out = mixed.middle_columns(first, count);
    std::fill_n(out.data, out.rows * out.columns, Scalar(0));
    tag_mix_forward<Scalar>(projections, {columns, weights}, column, out);
  }
};

/// The hook of `gru_sequence_backward`: carries the gradients of a step's gates through the mix
/// and the weights to the states before it.
template <class Scalar>
struct AttentionAfterStep {
  const SequencePlan* plan;            ///< N columns of B rows
  PackedPanels<Scalar> query_weights;  ///< W_h [H x A], `pack`
  AttentionKeys<Scalar> by;
  TagMix<Scalar> mix;
  View<const Scalar> projections;  ///< [3H x M]
  View<const Scalar> activations;  ///< [A x columns.size()]
  View<const Scalar> dinputs;      ///< [3H x N]
  Scalar* dweights;                ///< [mix.columns.size()], gains this step's part
  Scalar* dscores;                 ///< [mix.columns.size()], written
  View<Scalar> dquery;             ///< [A x N], written
  View<Scalar> state;              ///< [H x B] in the plan's order, gains dh_{n-1}

  void operator()(Index step, Index first, Index last) const {
    const Index column = plan->offset(step) + first, count = last - first;
    tag_mix_weights_backward<Scalar>(projections, mix.columns, column,
                                     dinputs.middle_columns(column, count), dweights);
    const View<Scalar> d = dquery.middle_columns(column, count);
    attention_backward<Scalar>(by, mix.columns, column, mix.weights, activations, dweights, dscores,
                               d);
    gemm_columns(query_weights, as_is(View<const Scalar>(d)), state.middle_columns(first, count),
                 Output::accumulate, Index{0}, count);
  }
};

/// Adds to the gradient of W_h [H x A] the product of the states before each column and the
/// queries' gradients. Scratch: packed_size(H, N).
template <class Scalar>
void attention_query_backward(std::span<const Scalar* const> previous, View<const Scalar> dquery,
                              View<Scalar> dweights, Scalar* scratch, Team& team) {
  const auto states = pack_by_columns<Scalar>(
      dweights.rows, dquery.columns, [&](Index n) { return at(previous, n); }, scratch, team);
  gemm(states, transposed(dquery), dweights, Output::accumulate, team);
}

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI::kernels
