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

/// Longest first, so that the rows that a batch holds have nearly the same lengths; rows of equal
/// lengths in their corpus order, so that the result does not depend on the order before.
template <SymbolRows Rows>
void sort_by_length(const Rows& corpus, std::span<Row> rows) {
  const auto key = [&](Row row) {
    return std::tuple(corpus.target(row).size(), corpus.source(row).size());
  };
  std::sort(rows.begin(), rows.end(), [&](Row a, Row b) {
    const auto left = key(a), right = key(b);
    return left != right ? left > right : a < b;
  });
}

}  // namespace detail

/// A corpus cut into batches: `for (const std::span<const Row> rows : batches)`. Every row is in
/// one batch.
class Batches {
 public:
  /// The whole corpus, longest words first, for evaluation: fastest so, and what is drawn and
  /// found for a row is known by the row, not by its place. \throws Error for a batch below 1
  template <SymbolRows Rows>
  static Batches by_length(const Rows& corpus, Index batch) {
    detail::require_positive("batch", batch);
    Batches batches(corpus.size());
    detail::sort_by_length(corpus, batches.rows_);
    batches.cut(batch);
    return batches;
  }

  // The batches point into `rows_`: a vector that is moved keeps its memory, one copied does not.
  Batches(Batches&&) = default;
  Batches& operator=(Batches&&) = default;

  Index size() const { return Index(batches_.size()); }
  std::span<const Row> operator[](Index i) const& { return at(batches_, i); }
  std::span<const Row> operator[](Index) const&& = delete;  // give the Batches a name
  auto begin() const { return batches_.begin(); }
  auto end() const { return batches_.end(); }

 private:
  template <SymbolRows>
  friend class Sampler;

  explicit Batches(Index rows) : rows_(static_cast<std::size_t>(rows)) { restore_order(); }

  void restore_order() { std::iota(rows_.begin(), rows_.end(), Row{0}); }

  void cut(Index batch) {
    batches_.clear();
    std::span<const Row> rest = rows_;
    while (!rest.empty()) {
      const std::size_t size = std::min(rest.size(), static_cast<std::size_t>(batch));
      batches_.push_back(rest.first(size));
      rest = rest.subspan(size);
    }
  }

  std::vector<Row> rows_;
  std::vector<std::span<const Row>> batches_;
};

/// How an epoch is divided into batches.
struct SamplerOptions {
  Index batch = 64;  ///< examples in a batch; the last one of an epoch may be smaller
  Index pool = 20;   ///< batches whose rows are sorted by length together
};

/// Batches for training: rows are shuffled, sorted by length inside pools of a few batches, cut,
/// and the batches shuffled. Words in a batch are of much the same length, and yet every epoch
/// has other batches. The order is a function of (seed, epoch) and of the corpus alone: it can be
/// resumed at any epoch. The corpus must outlive the sampler, and may not change.
template <SymbolRows Rows = Corpus>
class Sampler {
 public:
  /// \throws Error for a batch or a pool below 1, or if there is no number for their product
  Sampler(const Rows& corpus, Seed seed, SamplerOptions options = {})
      : corpus_(&corpus), seed_(seed), options_(options), batches_(corpus.size()) {
    detail::require_positive("batch", options.batch);
    detail::require_positive("pool", options.pool);
    if (options.pool > std::numeric_limits<Index>::max() / options.batch) {
      detail::raise_error({"sampler: batch is ", options.batch, " and pool is ", options.pool,
                           ": their product must be below 2^63"});
    }
  }
  Sampler(const Rows&&, Seed, SamplerOptions = {}) = delete;  // give the corpus a name

  /// The batches of an epoch, valid until the next call. Every row is in one of them. Allocates
  /// nothing after the first. \cost O(N log N)
  const Batches& epoch(std::uint64_t epoch) & {
    const Draws draws(seed_, epoch);
    batches_.restore_order();
    shuffle(std::span(batches_.rows_), draws, Stream::batch_order, 0);
    sort_pools();
    batches_.cut(options_.batch);
    shuffle(std::span(batches_.batches_), draws, Stream::batch_order, 1);
    return batches_;
  }
  Batches epoch(std::uint64_t number) && {
    epoch(number);
    return std::move(batches_);
  }

  /// Batches in an epoch.
  Index batches() const {
    const Index rows = corpus_->size();
    return rows / options_.batch + (rows % options_.batch == 0 ? 0 : 1);
  }

 private:
  void sort_pools() {
    std::span<Row> rest = batches_.rows_;
    const auto pool = static_cast<std::size_t>(options_.batch * options_.pool);
    while (!rest.empty()) {
      const std::size_t size = std::min(rest.size(), pool);
      detail::sort_by_length(*corpus_, rest.first(size));
      rest = rest.subspan(size);
    }
  }

  const Rows* corpus_;
  Seed seed_;
  SamplerOptions options_;
  Batches batches_;
};

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
