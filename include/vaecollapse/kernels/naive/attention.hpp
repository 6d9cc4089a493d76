// The naive twins of kernels/attention.hpp: one number at a time, as the formulas stand. Tests
// compare the two; nothing else includes this.
#pragma once

#include <cmath>
#include <span>

#include <vaecollapse/core/sequence.hpp>
#include <vaecollapse/core/view.hpp>
#include <vaecollapse/kernels/attention.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI::kernels::naive {

/// The reference of `attention_forward`.
template <class Scalar>
void attention_forward(const AttentionKeys<Scalar>& by, const ColumnTags& columns, Index first,
                       View<const Scalar> query, Scalar* weights) {
  for (Index i = 0; i < query.columns; ++i) {
    Scalar* w = weights + columns.begin(first + i);
    Scalar sum = 0;
    Index j = 0;
    for (const Symbol tag : columns.of(first + i)) {
      Scalar score = 0;
      for (Index a = 0; a < by.width(); ++a) {
        score += by.score[a] * std::tanh(query(a, i) + by.keys(a, tag));
      }
      w[j] = std::exp(score);
      sum += w[j++];
    }
    while (j-- > 0) w[j] /= sum;
  }
}

/// The reference of `attention_backward` and `attention_parameters_backward`, for all columns and
/// from the queries themselves; everything is added to.
template <class Scalar>
void attention_backward(const AttentionKeys<Scalar>& by, const ColumnTags& columns,
                        View<const Scalar> query, const Scalar* weights, const Scalar* dweights,
                        View<Scalar> dquery, Scalar* dscore_vector, View<Scalar> dkeys) {
  for (Index n = 0; n < query.columns; ++n) {
    const std::span<const Symbol> tags = columns.of(n);
    const Index begin = columns.begin(n);
    for (std::size_t j = 0; j < tags.size(); ++j) {
      Scalar dscore = 0;
      for (std::size_t k = 0; k < tags.size(); ++k) {
        const Scalar same = j == k ? Scalar(1) : Scalar(0);
        dscore += dweights[begin + Index(k)] * weights[begin + Index(k)] *
                  (same - weights[begin + Index(j)]);
      }
      for (Index a = 0; a < by.width(); ++a) {
        const Scalar answer = std::tanh(query(a, n) + by.keys(a, tags[j]));
        const Scalar before = dscore * by.score[a] * (1 - answer * answer);
        dscore_vector[a] += dscore * answer;
        dquery(a, n) += before;
        dkeys(a, tags[j]) += before;
      }
    }
  }
}

/// The reference of `tag_mix_forward`, for all columns.
template <class Scalar>
void tag_mix_forward(View<const Scalar> table, const TagMix<Scalar>& mix, View<Scalar> out) {
  for (Index n = 0; n < out.columns; ++n) {
    const std::span<const Symbol> tags = mix.columns.of(n);
    for (std::size_t j = 0; j < tags.size(); ++j) {
      const Scalar weight = mix.weights[mix.columns.begin(n) + Index(j)];
      for (Index i = 0; i < out.rows; ++i) out(i, n) += weight * table(i, tags[j]);
    }
  }
}

/// The reference of both backward kernels of the mix; everything is added to.
template <class Scalar>
void tag_mix_backward(View<const Scalar> table, const TagMix<Scalar>& mix, View<const Scalar> dout,
                      Scalar* dweights, View<Scalar> dtable) {
  for (Index n = 0; n < dout.columns; ++n) {
    const std::span<const Symbol> tags = mix.columns.of(n);
    for (std::size_t j = 0; j < tags.size(); ++j) {
      const Index at = mix.columns.begin(n) + Index(j);
      for (Index i = 0; i < dout.rows; ++i) {
        dweights[at] += table(i, tags[j]) * dout(i, n);
        dtable(i, tags[j]) += mix.weights[at] * dout(i, n);
      }
    }
  }
}

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI::kernels::naive
