// The order of the rows of a corpus that changes from epoch to epoch.
#pragma once

#include <cstdint>
#include <utility>

#include <vaecollapse/core/check.hpp>
#include <vaecollapse/core/rng.hpp>
#include <vaecollapse/core/shape.hpp>
#include <vaecollapse/data/corpus.hpp>
#include <vaecollapse/data/sampler.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

/// Batches for training, as a `Sampler` cuts them, from rows of which some are others in each
/// epoch. It is a part that a trainer is given; the trainer reads the same corpus, which it takes
/// for a constant one. An epoch's rows and their order are functions of (seed, epoch). The corpus
/// must outlive the sampler, and belongs to one only.
template <EpochRows Rows>
class EpochSampler {
 public:
  /// Makes the rows of epoch 0. \throws Error as `Sampler`, and for batches of equal lengths, of
  /// which another epoch might have more
  EpochSampler(Rows& corpus, Seed seed, SamplerOptions options = {})
      : corpus_(&corpus), rows_(begun(corpus).size()), sampler_(corpus, seed, options) {
    if (!options.equal_lengths) return;
    raise(
        Error("epoch sampler: equal_lengths is set: rows that change have no fixed number of "
              "batches of equal lengths"));
  }

  /// Makes the rows of an epoch and gives its batches, valid until the next call.
  /// \throws Error if there are more or fewer rows than before \cost O(N log N)
  const Batches& epoch(std::uint64_t epoch) & {
    corpus_->begin_epoch(epoch);
    const Index rows = corpus_->size();
    if (rows != rows_) {
      detail::raise_error({"epoch sampler: epoch ", epoch, ", counted from 0, has ", rows,
                           " rows, the first has ", rows_, ": all must have as many"});
    }
    return sampler_.epoch(epoch);
  }

  /// Batches in an epoch.
  Index batches() const { return sampler_.batches(); }

 private:
  static const Rows& begun(Rows& corpus) {
    corpus.begin_epoch(0);
    return corpus;
  }

  Rows* corpus_;
  Index rows_;
  Sampler<Rows> sampler_;
};

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
