// What the tests of dropout share: a ragged batch of words that starts each with a start symbol.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include <vaecollapse/core/rng.hpp>
#include <vaecollapse/core/sequence.hpp>
#include <vaecollapse/dropout/concepts.hpp>
#include <vaecollapse/dropout/corruption.hpp>

namespace dropout_test {

using vaecollapse::Corruption;
using vaecollapse::Draws;
using vaecollapse::Index;
using vaecollapse::SequencePlan;
using vaecollapse::Symbol;
using vaecollapse::Symbols;

/// Rows of given lengths; the symbol at place t is 100 + t, so none is a replacement.
struct Words {
  std::vector<std::uint32_t> rows;
  SequencePlan plan;
  std::vector<Symbol> ids;

  Words(std::vector<std::uint32_t> corpus_rows, const std::vector<Index>& lengths)
      : rows(std::move(corpus_rows)), plan(lengths) {
    ids.resize(static_cast<std::size_t>(plan.columns()));
    for (Index b = 0; b < plan.batch(); ++b) {
      for (Index t = 0; t < plan.length(b); ++t) ids[column(b, t)] = static_cast<Symbol>(100 + t);
    }
  }

  /// `count` corpus rows from 0, each of `length` symbols.
  static Words of_length(std::uint32_t count, Index length) {
    std::vector<std::uint32_t> rows(count);
    for (std::uint32_t row = 0; row < count; ++row) rows[row] = row;
    return {rows, std::vector<Index>(count, length)};
  }

  std::size_t column(Index b, Index t) const { return static_cast<std::size_t>(plan.column(b, t)); }
  Symbols symbols() const { return {&plan, ids}; }

  template <class Dropout>
  Corruption corrupt(const Dropout& dropout, const Draws& draws = Draws(7, 0)) const {
    Corruption out;
    vaecollapse::corrupt(dropout, symbols(), rows, draws, out);
    return out;
  }

  /// What row `b` reads after dropout.
  std::vector<Symbol> row(const Corruption& corruption, Index b) const {
    std::vector<Symbol> result;
    for (Index t = 0; t < plan.length(b); ++t) result.push_back(corruption.ids[column(b, t)]);
    return result;
  }

  bool dropped(const Corruption& corruption, Index b, Index t) const {
    return corruption.ids[column(b, t)] != ids[column(b, t)];
  }
};

/// The mean over rows of the share of positions from `first` on that were dropped, and how many
/// standard errors it lies from `expected`. Positions of one word may depend on each other; words
/// do not, so the error is that of the mean over words.
struct Rate {
  double mean = 0;
  double errors_from_expected = 0;
};

inline Rate measure(const Words& words, const Corruption& corruption, Index first,
                    double expected) {
  const double count = static_cast<double>(words.plan.batch());
  double total = 0, squares = 0;
  for (Index b = 0; b < words.plan.batch(); ++b) {
    double dropped = 0;
    for (Index t = first; t < words.plan.length(b); ++t) dropped += words.dropped(corruption, b, t);
    const double share = dropped / static_cast<double>(words.plan.length(b) - first);
    total += share;
    squares += share * share;
  }
  const double mean = total / count;
  const double deviation = std::sqrt((squares / count - mean * mean) / count);
  return {mean, (mean - expected) / deviation};
}

/// Standard errors beyond which a rate test fails. The draws are fixed by their seed, so a test
/// that passes stays passed; over all seeds each would fail one time in a million (two-sided).
inline constexpr double too_many_errors = 4.9;

}  // namespace dropout_test
