// The rows of a diagnosis, and how they come out with one z or another.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include <vaecollapse/core/sequence.hpp>
#include <vaecollapse/core/shape.hpp>
#include <vaecollapse/data/batch.hpp>
#include <vaecollapse/data/corpus.hpp>
#include <vaecollapse/evaluate/ablation.hpp>
#include <vaecollapse/evaluate/decode.hpp>
#include <vaecollapse/evaluate/evaluation.hpp>
#include <vaecollapse/metrics/latent_rows.hpp>
#include <vaecollapse/metrics/use_of_z.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI::detail {

/// The first rows of a corpus, as a corpus of their own.
template <SymbolRows Rows>
class FirstRows {
 public:
  FirstRows(const Rows& all, std::uint64_t most)
      : all_(all),
        size_(static_cast<Index>(std::min(static_cast<std::uint64_t>(all.size()), most))) {}

  Index size() const { return size_; }
  std::span<const Symbol> source(Row row) const { return all_.source(row); }
  std::span<const Symbol> target(Row row) const { return all_.target(row); }
  std::span<const Symbol> tags(Row row) const { return all_.tags(row); }

 private:
  const Rows& all_;
  Index size_;
};

/// Rows, and how they come out with one z or another.
template <class Network, class Scalar, SymbolRows Rows>
class Subject {
 public:
  Subject(Evaluation<Network, Scalar>& evaluation, const Rows& corpus)
      : evaluation_(evaluation), corpus_(corpus), own_(rows_in_order(corpus.size())) {}

  const Rows& corpus() const { return corpus_; }
  std::span<const Row> own() const { return own_; }

  std::vector<double> nll(const LatentView<Scalar>& z, std::span<const Row> source_of) {
    return nll_rows(evaluation_, corpus_, z, source_of);
  }

  /// NLL by samples of z, guesses by its means.
  RowOutcomes outcomes(const LatentView<Scalar>& samples, const LatentView<Scalar>& means,
                       std::span<const Row> source_of) {
    return {nll(samples, source_of), right(means, source_of)};
  }

 private:
  std::vector<double> right(const LatentView<Scalar>& z, std::span<const Row> source_of) {
    const std::vector<Guesses> guesses = decode_rows(evaluation_, corpus_, z, source_of);
    std::vector<double> right;
    for (std::size_t i = 0; i < guesses.size(); ++i) {
      const std::span<const Symbol> target = corpus_.target(static_cast<Row>(i));
      const bool same = !guesses[i].empty() && std::ranges::equal(guesses[i].front().ids, target);
      right.push_back(same ? 1 : 0);
    }
    return right;
  }

  Evaluation<Network, Scalar>& evaluation_;
  const Rows& corpus_;
  std::vector<Row> own_;
};

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI::detail
