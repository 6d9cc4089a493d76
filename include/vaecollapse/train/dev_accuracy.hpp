// What an epoch's report tells of dev besides the ELBO.
#pragma once

#include <concepts>

#include <vaecollapse/data/corpus.hpp>
#include <vaecollapse/evaluate/decode.hpp>
#include <vaecollapse/evaluate/evaluation.hpp>
#include <vaecollapse/metrics/symbol_scores.hpp>
#include <vaecollapse/train/report.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

/// `void measure(evaluation, dev, epoch) const`: fills in figures of dev in an epoch's report,
/// before its criterion judges.
template <class T, class Network, class Rows>
concept DevMeasure = std::copy_constructible<T> &&
    requires(const T& part, Evaluation<Network>& evaluation, const Rows& dev, EpochReport& epoch) {
  part.measure(evaluation, dev, epoch);
};

/// No figure but those that every epoch has.
struct MeasureNothing {
  template <class Network, SymbolRows Rows>
  void measure(Evaluation<Network>&, const Rows&, EpochReport&) const {}
};

/// Accuracy and mean Levenshtein distance of first guesses, from the mean of the posterior.
struct MeasureAccuracy {
  template <class Network, SymbolRows Rows>
  void measure(Evaluation<Network>& evaluation, const Rows& dev, EpochReport& epoch) const {
    const SymbolScores scores = score_symbols(dev, decode_rows(evaluation, dev));
    epoch.dev_accuracy = scores.accuracy;
    epoch.dev_levenshtein = scores.levenshtein;
  }
};

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
