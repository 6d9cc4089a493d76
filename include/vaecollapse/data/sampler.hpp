// The order of the rows of a corpus: bucketed by length and shuffled for training, sorted by
// length for evaluation.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <numeric>
#include <span>
#include <tuple>
#include <utility>
#include <vector>

#include <vaecollapse/core/at.hpp>
#include <vaecollapse/core/check.hpp>
#include <vaecollapse/core/rng.hpp>
#include <vaecollapse/core/shape.hpp>
#include <vaecollapse/data/corpus.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

namespace detail {

inline void require_positive(const char* name, Index value) {
  if (value < 1) {
    detail::raise_error({"sampler: ", name, " is ", value, ": it must be at least 1"});
  }
}

/// The lengths of a row.
template <SymbolRows Rows>
std::tuple<std::size_t, std::size_t> lengths_of(const Rows& corpus, Row row) {
  return {corpus.target(row).size(), corpus.source(row).size()};
}

/// Longest first, so that the rows that a batch holds have nearly the same lengths; rows of equal
/// lengths in their corpus order, so that the result does not depend on the order before.
template <SymbolRows Rows>
void sort_by_length(const Rows& corpus, std::span<Row> rows) {
  std::sort(rows.begin(), rows.end(), [&](Row a, Row b) {
    const auto left = lengths_of(corpus, a), right = lengths_of(corpus, b);
    return left != right ? left > right : a < b;
  });
}

}  // namespace detail

/// How an epoch is divided into batches.
struct SamplerOptions {
  Index batch = 64;  ///< examples in a batch; the last one of an epoch may be smaller
  Index pool = 20;   ///< batches whose rows are sorted by length together
  /// A batch holds rows of one length, target and source alike: it is smaller where there are not
  /// enough of them, and there are no pools.
  bool equal_lengths = false;
};

namespace detail {

/// \throws Error for a batch or a pool below 1, or if there is no number for their product
inline void require_sizes(const SamplerOptions& options) {
  require_positive("batch", options.batch);
  require_positive("pool", options.pool);
  if (options.pool > std::numeric_limits<Index>::max() / options.batch) {
    detail::raise_error({"sampler: batch is ", options.batch, " and pool is ", options.pool,
                         ": their product must be below 2^63"});
  }
}

/// How many batches so many rows make.
inline Index batches_of(Index rows, Index batch) {
  return rows / batch + (rows % batch == 0 ? 0 : 1);
}

}  // namespace detail

/// A corpus cut into batches: `for (const std::span<const Row> rows : batches)`. Every row is in
/// one batch.
class Batches {
 public:
  /// None.
  Batches() = default;

  /// The whole corpus, longest words first, for evaluation: fastest so, and what is drawn and
  /// found for a row is known by the row, not by its place. \throws Error for a batch below 1
  template <SymbolRows Rows>
  static Batches by_length(const Rows& corpus, Index batch) {
    detail::require_positive("batch", batch);
    Batches batches;
    batches.take(0, corpus.size());
    detail::sort_by_length(corpus, batches.rows_);
    batches.cut(batches.rows_, batch);
    return batches;
  }

  // The batches point into `rows_`: a vector that is moved keeps its memory, one copied does not.
  Batches(Batches&&) = default;
  Batches& operator=(Batches&&) = default;

  /// The rows `first` .. `first + count` for training, in an order that is drawn at the stream
  /// `batch_order`, where `first` tells them from other rows that are ordered by the same draws.
  /// Asks for memory only where there are more rows or batches than before. \cost O(n log n)
  template <SymbolRows Rows>
  void shuffle(const Rows& corpus, Row first, Index count, const Draws& draws,
               const SamplerOptions& options) {
    take(first, count);
    if (options.equal_lengths) {
      cut_equal(corpus, first, draws, options);
    } else {
      vaecollapse::shuffle(std::span(rows_), draws, Stream::batch_order, 0, first);
      sort_pools(corpus, options);
      cut(rows_, options.batch);
    }
    vaecollapse::shuffle(std::span(batches_), draws, Stream::batch_order, 1, first);
  }

  Index size() const { return Index(batches_.size()); }
  std::span<const Row> operator[](Index i) const& { return at(batches_, i); }
  std::span<const Row> operator[](Index) const&& = delete;  // give the Batches a name
  auto begin() const { return batches_.begin(); }
  auto end() const { return batches_.end(); }

 private:
  void take(Row first, Index count) {
    rows_.resize(static_cast<std::size_t>(count));
    std::iota(rows_.begin(), rows_.end(), first);
    batches_.clear();
  }

  template <SymbolRows Rows>
  void sort_pools(const Rows& corpus, const SamplerOptions& options) {
    std::span<Row> rest = rows_;
    const auto pool = static_cast<std::size_t>(options.batch * options.pool);
    while (!rest.empty()) {
      const std::size_t size = std::min(rest.size(), pool);
      detail::sort_by_length(corpus, rest.first(size));
      rest = rest.subspan(size);
    }
  }

  template <SymbolRows Rows>
  void cut_equal(const Rows& corpus, Row first, const Draws& draws, const SamplerOptions& options) {
    detail::sort_by_length(corpus, rows_);
    for (std::size_t begin = 0, end = 0; begin < rows_.size(); begin = end) {
      const auto lengths = detail::lengths_of(corpus, rows_[begin]);
      while (end < rows_.size() && detail::lengths_of(corpus, rows_[end]) == lengths) ++end;
      const std::span<Row> rows = std::span(rows_).subspan(begin, end - begin);
      vaecollapse::shuffle(rows, draws, Stream::batch_order, 0, first + begin);
      cut(rows, options.batch);
    }
  }

  void cut(std::span<const Row> rest, Index batch) {
    while (!rest.empty()) {
      const std::size_t size = std::min(rest.size(), static_cast<std::size_t>(batch));
      batches_.push_back(rest.first(size));
      rest = rest.subspan(size);
    }
  }

  std::vector<Row> rows_;
  std::vector<std::span<const Row>> batches_;
};

/// Batches for training: rows are shuffled, sorted by length inside pools of a few batches, cut,
/// and the batches shuffled. Words in a batch are of much the same length, or of one if the options
/// ask for it, and yet every epoch has other batches. The order is a function of (seed, epoch) and
/// of the corpus alone: it can be resumed at any epoch. The corpus must outlive the sampler, and
/// may not change.
template <SymbolRows Rows = Corpus>
class Sampler {
 public:
  /// \throws Error for a batch or a pool below 1, or if there is no number for their product
  Sampler(const Rows& corpus, Seed seed, SamplerOptions options = {})
      : corpus_(&corpus), seed_(seed), options_(options) {
    detail::require_sizes(options);
    if (options.equal_lengths) equal_batches_ = epoch(0).size();
  }
  Sampler(const Rows&&, Seed, SamplerOptions = {}) = delete;  // give the corpus a name

  /// The batches of an epoch, valid until the next call. Every row is in one of them. Allocates
  /// nothing after the first. \cost O(N log N)
  const Batches& epoch(std::uint64_t epoch) & {
    batches_.shuffle(*corpus_, 0, corpus_->size(), Draws(seed_, epoch), options_);
    return batches_;
  }
  Batches epoch(std::uint64_t number) && {
    epoch(number);
    return std::move(batches_);
  }

  /// Batches in an epoch.
  Index batches() const {
    return options_.equal_lengths ? equal_batches_
                                  : detail::batches_of(corpus_->size(), options_.batch);
  }

 private:
  const Rows* corpus_;
  Seed seed_;
  SamplerOptions options_;
  Batches batches_;
  Index equal_batches_ = 0;
};

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
