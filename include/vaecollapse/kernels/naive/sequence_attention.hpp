// The naive twins of kernels/sequence_attention.hpp: one pair at a time, as the formulas stand.
// Tests compare the two; nothing else includes this.
#pragma once

#include <cmath>
#include <cstddef>

#include <vaecollapse/core/at.hpp>
#include <vaecollapse/core/view.hpp>
#include <vaecollapse/kernels/sequence_attention.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI::kernels::naive {

/// Calls f(query, position, pair) for every pair: its query, the column of its position, its
/// number.
template <class F>
void for_each_pair(const AttendedPositions& attended, F&& f) {
  for (Index query = 0; query < attended.columns.columns(); ++query) {
    Index pair = attended.begin(query);
    for (const Symbol position : attended.columns.of(query)) f(query, Index(position), pair++);
  }
}

/// The reference of `pair_products`, added to `pairs`, for all rows.
template <class Scalar>
void pair_products(const AttendedPositions& attended, Scalar factor, View<const Scalar> table,
                   View<const Scalar> queries, Scalar* pairs) {
  for_each_pair(attended, [&](Index query, Index position, Index pair) {
    for (Index i = 0; i < table.rows; ++i) {
      pairs[pair] += factor * table(i, position) * queries(i, query);
    }
  });
}

/// The reference of `mix_positions`, added to `out`, for all rows.
template <class Scalar>
void mix_positions(const AttendedPositions& attended, View<const Scalar> table, const Scalar* pairs,
                   View<Scalar> out) {
  for_each_pair(attended, [&](Index query, Index position, Index pair) {
    for (Index i = 0; i < table.rows; ++i) out(i, query) += pairs[pair] * table(i, position);
  });
}

/// The reference of `mix_queries` for all rows.
template <class Scalar>
void mix_queries(const AttendedPositions& attended, View<const Scalar> queries, const Scalar* pairs,
                 View<Scalar> table) {
  for_each_pair(attended, [&](Index query, Index position, Index pair) {
    for (Index i = 0; i < table.rows; ++i) table(i, position) += pairs[pair] * queries(i, query);
  });
}

/// The reference of `pair_softmax` for all rows.
template <class Scalar>
void pair_softmax(const AttendedPositions& attended, Scalar* pairs) {
  for (Index query = 0; query < attended.columns.columns(); ++query) {
    Scalar sum = 0;
    for (Index pair = attended.begin(query); pair < attended.begin(query + 1); ++pair) {
      pairs[pair] = std::exp(pairs[pair]);
      sum += pairs[pair];
    }
    for (Index pair = attended.begin(query); pair < attended.begin(query + 1); ++pair) {
      pairs[pair] /= sum;
    }
  }
}

/// The reference of `pair_softmax_backward` for all rows, from the Jacobian of softmax.
template <class Scalar>
void pair_softmax_backward(const AttendedPositions& attended, Scalar factor, const Scalar* weights,
                           const Scalar* dweights, Scalar* dscores) {
  for (Index query = 0; query < attended.columns.columns(); ++query) {
    for (Index j = attended.begin(query); j < attended.begin(query + 1); ++j) {
      Scalar sum = 0;
      for (Index k = attended.begin(query); k < attended.begin(query + 1); ++k) {
        const Scalar same = j == k ? Scalar(1) : Scalar(0);
        sum += dweights[k] * weights[k] * (same - weights[j]);
      }
      dscores[j] = factor * sum;
    }
  }
}

/// The reference of `additive_scores_forward` for all rows.
/// \shape keys [A x N], score [A], queries [A x M]
template <class Scalar>
void additive_scores_forward(const AttendedPositions& attended, View<const Scalar> keys,
                             const Scalar* score, View<const Scalar> queries, Scalar* pairs) {
  for_each_pair(attended, [&](Index query, Index position, Index pair) {
    pairs[pair] = 0;
    for (Index i = 0; i < keys.rows; ++i) {
      pairs[pair] += score[i] * std::tanh(queries(i, query) + keys(i, position));
    }
  });
}

/// The reference of `additive_scores_backward` for all rows, added to all.
template <class Scalar>
void additive_scores_backward(const AttendedPositions& attended, View<const Scalar> keys,
                              const Scalar* score, View<const Scalar> queries,
                              const Scalar* dscores, View<Scalar> dqueries, View<Scalar> dkeys,
                              Scalar* dscore) {
  for_each_pair(attended, [&](Index query, Index position, Index pair) {
    for (Index i = 0; i < keys.rows; ++i) {
      const Scalar answer = std::tanh(queries(i, query) + keys(i, position));
      const Scalar d = dscores[pair] * score[i] * (1 - answer * answer);
      dqueries(i, query) += d;
      dkeys(i, position) += d;
      dscore[i] += dscores[pair] * answer;
    }
  });
}

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI::kernels::naive
