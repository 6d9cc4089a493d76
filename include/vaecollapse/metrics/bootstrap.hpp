// Confidence intervals of means over runs and rows.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

#include <vaecollapse/core/check.hpp>
#include <vaecollapse/core/finite.hpp>
#include <vaecollapse/core/rng.hpp>
#include <vaecollapse/core/shape.hpp>
#include <vaecollapse/core/view.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

/// How many resamples, and which interval.
struct BootstrapOptions {
  std::uint32_t replicates = 2000;
  double level = 0.95;
  Seed seed{1};
};

/// A mean and the interval about it.
struct Interval {
  double mean = 0;
  double low = 0;
  double high = 0;
};

namespace detail {

/// The value below which the share `p` of `sorted` lies, interpolated.
inline double quantile(const std::vector<double>& sorted, double p) {
  const double place = p * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<std::size_t>(place);
  const std::size_t above = std::min(below + 1, sorted.size() - 1);
  return std::lerp(sorted[below], sorted[above], place - static_cast<double>(below));
}

}  // namespace detail

/// Means over runs and rows with their percentile intervals: runs and rows are both resampled, each
/// row for all runs at once, because every run answers the same rows. For the difference of two
/// methods, give the differences: then what they share cancels. Made once for many measures: the
/// draws are the same for all.
///
/// With R runs the spread between runs is understated by the factor sqrt((R - 1) / R); of a
/// single run it is not seen at all.
/// \source Efron & Tibshirani 1993, chapter 13; two crossed factors: Owen 2007, "The pigeonhole
/// bootstrap"
class Bootstrap {
 public:
  /// \throws Error if runs or rows are below 1, for a level outside (0, 1) or no replicates
  /// \cost memory O(replicates (runs + rows))
  Bootstrap(Index runs, Index rows, BootstrapOptions options = {})
      : runs_(runs), rows_(rows), options_(options) {
    check();
    for (std::uint32_t replicate = 0; replicate < options.replicates; ++replicate) {
      const Draws draws(options.seed, replicate, Pass::diagnose);
      add_counts(runs, draws, 0, run_counts_);
      add_counts(rows, draws, 1, row_counts_);
    }
  }

  /// \shape values [runs x rows]; one row where a run has but one value
  /// \throws ShapeError \cost O(replicates runs rows)
  Interval operator()(View<const double> values) const {
    if (values.rows != runs_ || values.columns != rows_) {
      raise(ShapeError("Bootstrap", {{"values", values.shape()}},
                       detail::message_of({"there must be ", runs_, " runs x ", rows_, " rows"})));
    }
    std::vector<double> means;
    for (std::uint32_t replicate = 0; replicate < options_.replicates; ++replicate) {
      means.push_back(mean(values, run_counts_.data() + replicate * runs_,
                           row_counts_.data() + replicate * rows_));
    }
    std::sort(means.begin(), means.end());
    const std::vector<std::uint32_t> once(static_cast<std::size_t>(std::max(runs_, rows_)), 1);
    const double tail = (1 - options_.level) / 2;
    return {.mean = mean(values, once.data(), once.data()),
            .low = detail::quantile(means, tail),
            .high = detail::quantile(means, 1 - tail)};
  }

 private:
  void check() const {
    if (runs_ < 1 || rows_ < 1) {
      detail::raise_error({"Bootstrap: runs are ", runs_, ", rows are ", rows_,
                           ": there must be one at least of both"});
    }
    if (!is_positive(options_.level) || options_.level >= 1 || options_.replicates == 0) {
      detail::raise_error({"Bootstrap: level is ", options_.level, ", replicates are ",
                           options_.replicates,
                           ": the level must be in (0, 1), and replicates at least 1"});
    }
  }

  /// Appends how often each of `count` items comes up in as many draws with replacement.
  static void add_counts(Index count, const Draws& draws, std::uint32_t sample,
                         std::vector<std::uint32_t>& counts) {
    const std::size_t begin = counts.size();
    counts.resize(begin + static_cast<std::size_t>(count));
    for (Index i = 0; i < count; ++i) {
      const auto words =
          detail::item_bits(draws, Stream::permutation, static_cast<std::uint64_t>(i), sample);
      ++counts[begin + detail::below(words, static_cast<std::uint64_t>(count))];
    }
  }

  /// The mean of runs and rows, each counted as often as it was drawn.
  static double mean(View<const double> values, const std::uint32_t* run_counts,
                     const std::uint32_t* row_counts) {
    double sum = 0;
    for (Index j = 0; j < values.columns; ++j) {
      double of_row = 0;
      for (Index i = 0; i < values.rows; ++i) of_row += run_counts[i] * values(i, j);
      sum += row_counts[j] * of_row;
    }
    return sum / static_cast<double>(values.rows * values.columns);
  }

  Index runs_, rows_;
  BootstrapOptions options_;
  std::vector<std::uint32_t> run_counts_, row_counts_;  ///< of each replicate
};

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
