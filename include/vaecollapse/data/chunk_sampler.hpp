// Batches from a corpus of which one part at a time is in memory.
#pragma once

#include <algorithm>
#include <concepts>
#include <cstdint>
#include <span>
#include <vector>

#include <vaecollapse/core/at.hpp>
#include <vaecollapse/core/rng.hpp>
#include <vaecollapse/core/shape.hpp>
#include <vaecollapse/data/corpus.hpp>
#include <vaecollapse/data/sampler.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

/// Rows in chunks, numbered through: chunk c holds the rows from `first_row(c)` to `first_row(c +
/// 1)`. Those of one chunk, `chunk()`, are in memory: `load(c)` changes it.
template <class Rows>
concept ChunkedRows = SymbolRows<Rows> && requires(Rows& rows, const Rows& constant, Index chunk) {
  { constant.chunks() } -> std::convertible_to<Index>;
  { constant.first_row(chunk) } -> std::convertible_to<Index>;
  { constant.chunk() } -> std::convertible_to<Index>;
  rows.load(chunk);
};

/// Batches for training from one chunk after the other, each of which it divides as a `Sampler`
/// does a corpus: with one chunk the batches are those of a `Sampler`. It is a part that a trainer
/// is given; the trainer reads the same corpus, which it takes for a constant one. The order is a
/// function of (seed, epoch), of the rows and of the size of a chunk, wherever an epoch begins. The
/// corpus must outlive the sampler, and belongs to one only.
template <ChunkedRows Rows>
class ChunkSampler {
 public:
  /// Loads each chunk once if lengths shall be equal. \throws Error as `Sampler` and `Rows::load`
  ChunkSampler(Rows& corpus, Seed seed, SamplerOptions options = {})
      : corpus_(&corpus), seed_(seed), options_(options) {
    detail::require_sizes(options);
    first_batch_.push_back(0);
    for (Index chunk = 0; chunk < corpus.chunks(); ++chunk) {
      first_batch_.push_back(first_batch_.back() + batches_of_chunk(chunk));
    }
  }

  /// The batches of an epoch; the rows of a batch are in memory until another is asked for.
  class Epoch {
   public:
    Epoch(ChunkSampler& sampler, std::uint64_t number) : sampler_(&sampler), number_(number) {}

    Index size() const { return sampler_->batches(); }
    /// \throws Error as `Rows::load`
    std::span<const Row> operator[](Index i) const { return sampler_->rows(number_, i); }

   private:
    ChunkSampler* sampler_;
    std::uint64_t number_;
  };

  /// Valid as long as the sampler stays in its place.
  Epoch epoch(std::uint64_t number) & { return Epoch(*this, number); }

  /// Batches in an epoch.
  Index batches() const { return first_batch_.back(); }

 private:
  Index size_of(Index chunk) const {
    return Index(corpus_->first_row(chunk + 1)) - Index(corpus_->first_row(chunk));
  }

  Index batches_of_chunk(Index chunk) {
    if (!options_.equal_lengths) return detail::batches_of(size_of(chunk), options_.batch);
    load(0, chunk);
    return batches_.size();
  }

  void load(std::uint64_t epoch, Index chunk) {
    loaded_ = -1;  // until all has gone well
    if (corpus_->chunk() != chunk) corpus_->load(chunk);
    const auto first = static_cast<Row>(corpus_->first_row(chunk));
    batches_.shuffle(*corpus_, first, size_of(chunk), Draws(seed_, epoch), options_);
    loaded_ = chunk;
    loaded_epoch_ = epoch;
  }

  std::span<const Row> rows(std::uint64_t epoch, Index i) {
    const auto after = std::upper_bound(first_batch_.begin(), first_batch_.end(), i);
    const Index chunk = Index(after - first_batch_.begin()) - 1;
    const bool is_there = chunk == loaded_ && epoch == loaded_epoch_ && chunk == corpus_->chunk();
    if (!is_there) load(epoch, chunk);
    return batches_[i - at(first_batch_, chunk)];
  }

  Rows* corpus_;
  Seed seed_;
  SamplerOptions options_;
  std::vector<Index> first_batch_;  ///< of each chunk in an epoch, and the number of all
  Batches batches_;                 ///< those of the chunk
  Index loaded_ = -1;               ///< whose batches these are; -1: of none
  std::uint64_t loaded_epoch_ = 0;
};

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
