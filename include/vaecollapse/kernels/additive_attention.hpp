// The additive scores of attention to a ragged sequence: pair(q, p) = v . tanh(query_q + key_p) for
// the queries of one row at once. The way back computes each tanh again: that takes less time than
// to write all of them to memory and to read them.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <span>

#include <vaecollapse/core/at.hpp>
#include <vaecollapse/core/view.hpp>
#include <vaecollapse/kernels/attention.hpp>
#include <vaecollapse/kernels/chunk.hpp>
#include <vaecollapse/kernels/sequence_attention.hpp>
#include <vaecollapse/simd/math.hpp>

VAECOLLAPSE_BEGIN_QUIET

namespace vaecollapse::inline VAECOLLAPSE_ABI::kernels {

/// pair(q, p) = v . tanh(query_q + key_p) for the queries of a row. A query alone gets the same
/// bits as among others. \shape queries [A x M], pairs [attended.pairs()] \cost A tanh a pair
template <class Scalar>
void additive_scores_forward(const AttendedPositions& attended, Index row,
                             const AttentionKeys<Scalar>& by, View<const Scalar> queries,
                             Scalar* pairs) {
  const auto positions = attended.of_row(row);
  for (const Index query : attended.queries_of(row)) {
    Scalar* pair = pairs + attended.begin(query);
    for (const Symbol position : positions) {
      *pair++ = detail::attention_score<Scalar>(by.width(), queries.column(query),
                                                by.keys.column(position), by.score, nullptr);
    }
  }
}

/// What a row's scores add to the gradients. Views without memory are left out.
template <class Scalar>
struct AdditiveScoresGradients {
  View<Scalar> queries;            ///< [A x M], gains
  View<Scalar> keys;               ///< [A x N], gains
  Scalar* score_of_row = nullptr;  ///< [A]: the row's part of the gradient of v; written
};

namespace detail {

/// `additive_scores_backward` for some units and for positions first .. first + count of the row,
/// at most `most`; returns the part of v.
template <class Scalar>
class AdditiveScoresBlock {
 public:
  static constexpr Index most = 32;

  AdditiveScoresBlock(const Chunk<Scalar>& units, const AttentionKeys<Scalar>& by,
                      std::span<const Symbol> positions)
      : units_(units), by_(by), positions_(positions) {
    for (std::size_t p = 0; p < positions.size(); ++p) {
      keys_[p] = units.load(by.keys.column(positions[p]));
      dkeys_[p] = simd::broadcast<Scalar>(0);
    }
  }

  /// \shape dscores: of the query, from the block's first position on
  VAECOLLAPSE_INLINE void add(const Scalar* query, const Scalar* dscores, Scalar* dquery) {
    const auto x = units_.load(query);
    auto dx = simd::broadcast<Scalar>(0);
    for (std::size_t p = 0; p < positions_.size(); ++p) {
      const auto answer = simd::tanh<Scalar>(x + keys_[p]);
      const auto d = simd::broadcast<Scalar>(dscores[p]);
      const auto weighed = d * answer;
      const auto sloped = simd::fnma(weighed, answer, d);
      dscore_ = dscore_ + weighed;
      dx = dx + sloped;
      dkeys_[p] = dkeys_[p] + sloped;
    }
    if (dquery != nullptr) units_.add_product(dquery, units_.load(by_.score), dx);
  }

  void finish(const AdditiveScoresGradients<Scalar>& to) const {
    if (to.score_of_row != nullptr) units_.add(to.score_of_row, dscore_);
    if (to.keys.data == nullptr) return;
    const auto score = units_.load(by_.score);
    for (std::size_t p = 0; p < positions_.size(); ++p) {
      units_.add_product(to.keys.column(positions_[p]), score, dkeys_[p]);
    }
  }

 private:
  Chunk<Scalar> units_;
  const AttentionKeys<Scalar>& by_;
  std::span<const Symbol> positions_;
  std::array<simd::Pack<Scalar>, most> keys_, dkeys_;
  simd::Pack<Scalar> dscore_ = simd::broadcast<Scalar>(0);
};

}  // namespace detail

/// The way back of a row's scores to queries, keys and v.
/// \shape queries [A x M], dscores [attended.pairs()] \cost A tanh a pair
template <class Scalar>
void additive_scores_backward(const AttendedPositions& attended, Index row,
                              const AttentionKeys<Scalar>& by, View<const Scalar> queries,
                              const Scalar* dscores, const AdditiveScoresGradients<Scalar>& to) {
  using Block = detail::AdditiveScoresBlock<Scalar>;
  const auto positions = attended.of_row(row);
  const auto count = Index(positions.size());
  if (to.score_of_row != nullptr) std::fill_n(to.score_of_row, by.width(), Scalar(0));
  for (const auto units : chunks<Scalar>(by.width())) {
    for (Index first = 0; first < count; first += Block::most) {
      const auto some =
          positions.subspan(std::size_t(first), std::size_t(std::min(Block::most, count - first)));
      Block block(units, by, some);
      for (const Index query : attended.queries_of(row)) {
        block.add(queries.column(query), dscores + attended.begin(query) + first,
                  to.queries.data == nullptr ? nullptr : to.queries.column(query));
      }
      block.finish(to);
    }
  }
}

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI::kernels

VAECOLLAPSE_END_QUIET
