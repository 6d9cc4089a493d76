// The criterion by which a training keeps the best of its epochs.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include <vaecollapse/core/check.hpp>
#include <vaecollapse/core/finite.hpp>
#include <vaecollapse/core/rng.hpp>
#include <vaecollapse/data/corpus.hpp>
#include <vaecollapse/evaluate/evaluation.hpp>
#include <vaecollapse/evaluate/importance_weights.hpp>
#include <vaecollapse/train/dev_accuracy.hpp>
#include <vaecollapse/train/report.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

/// What an epoch is worth by a criterion.
struct Score {
  double value = 0;      ///< as reports show it
  double tie_break = 0;  ///< decides where values are equal, if the criterion uses it
};

/// `std::string_view name() const`, which reports show; `Score judge(evaluation, dev, epoch) const`
/// of the model at an epoch's end; `bool is_better(one, best) const`. `epoch` holds NLL, rate and
/// ELBO of dev; the criterion may fill in what else it measures. A value that is not a number is
/// never the best.
template <class T, class Network, class Rows>
concept Criterion = std::copy_constructible<T> &&
    requires(const T& criterion, Evaluation<Network>& evaluation, const Rows& dev,
             EpochReport& epoch, const Score& score) {
  { criterion.name() } -> std::convertible_to<std::string_view>;
  { criterion.judge(evaluation, dev, epoch) } -> std::same_as<Score>;
  { criterion.is_better(score, score) } -> std::convertible_to<bool>;
};

/// The name under which a checkpoint has the tie break of the best epoch; `tie_break` unless the
/// criterion has a `tie_break()` of its own.
template <class T>
std::string_view name_of_tie_break(const T& criterion) {
  if constexpr (requires { criterion.tie_break(); }) {
    return criterion.tie_break();
  } else {
    return "tie_break";
  }
}

/// The share of dev rows whose first guess, from the mean of the posterior, is right; where it is
/// equal, the lower mean Levenshtein distance.
struct DevAccuracy {
  std::string_view name() const { return "accuracy"; }
  std::string_view tie_break() const { return "levenshtein"; }
  template <class Network, SymbolRows Rows>
  Score judge(Evaluation<Network>& evaluation, const Rows& dev, EpochReport& epoch) const {
    if (is_nan(epoch.dev_accuracy)) MeasureAccuracy().measure(evaluation, dev, epoch);
    return {epoch.dev_accuracy, epoch.dev_levenshtein};
  }
  bool is_better(const Score& one, const Score& best) const {
    return vaecollapse::is_better(SymbolScores{one.value, one.tie_break},
                                  SymbolScores{best.value, best.tie_break});
  }
};

/// The ELBO of dev at beta 1, whatever the objective pays for the KL. \unit nats per word
struct DevElbo {
  std::string_view name() const { return "elbo"; }
  template <class Network, SymbolRows Rows>
  Score judge(Evaluation<Network>&, const Rows&, EpochReport& epoch) const {
    return {.value = epoch.dev_elbo};
  }
  bool is_better(const Score& one, const Score& best) const { return one.value > best.value; }
};

/// The importance-weighted NLL of dev, `samples` draws of z a row; the lower the better.
/// \unit nats per word \cost a decoder's pass over dev for each sample
class DevImportanceWeightedNll {
 public:
  /// \throws Error for no samples, and for more than draws can tell apart
  explicit DevImportanceWeightedNll(std::uint32_t samples = usual_criterion_samples)
      : samples_(samples) {
    detail::require_samples(samples);
  }

  std::uint32_t samples() const { return samples_; }
  std::string_view name() const { return "iwnll"; }
  template <class Network, SymbolRows Rows>
  Score judge(Evaluation<Network>& evaluation, const Rows& dev, EpochReport&) const {
    static_assert(HasPrior<detail::FamilyOf<Network>>,
                  "the importance-weighted NLL needs a posterior family with a prior of its own: "
                  "`log_prior` and `sample_prior`; see docs/how_to/custom_posterior.md");
    double sum = 0;
    for (const ImportanceWeights& row : importance_weights(evaluation, dev, samples_)) {
      sum += row.nll();
    }
    return {.value = sum / static_cast<double>(dev.size())};
  }
  bool is_better(const Score& one, const Score& best) const { return one.value < best.value; }

 private:
  std::uint32_t samples_;
};

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
