// How sure a mean over runs and rows is.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include <vaecollapse/core/check.hpp>
#include <vaecollapse/core/rng.hpp>
#include <vaecollapse/core/view.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

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

/// How often each of `count` items comes up in as many draws with replacement.
inline std::vector<double> resample(Index count, const Draws& draws, std::uint32_t sample) {
  std::vector<double> times(static_cast<std::size_t>(count));
  for (Index i = 0; i < count; ++i) {
    const auto words = draws.bits(Stream::permutation, static_cast<std::uint32_t>(i), sample, 0, 0);
    ++times[below(words, static_cast<std::uint64_t>(count))];
  }
  return times;
}

/// The mean of runs and rows, each counted as often as it was drawn.
inline double weighted_mean(View<const double> values, const std::vector<double>& runs,
                            const std::vector<double>& rows) {
  double sum = 0;
  for (Index j = 0; j < values.columns; ++j) {
    const double row_times = rows[static_cast<std::size_t>(j)];
    if (row_times == 0) continue;
    double of_row = 0;
    for (Index i = 0; i < values.rows; ++i) {
      of_row += runs[static_cast<std::size_t>(i)] * values(i, j);
    }
    sum += row_times * of_row;
  }
  return sum / static_cast<double>(values.rows * values.columns);
}

}  // namespace detail

/// The mean of all values and its percentile interval: runs and rows are both resampled, each row
/// for all runs at once, because every run answers the same rows. For the difference of two
/// methods, give the differences: then what they share cancels.
///
/// With R runs the spread between runs is understated by the factor sqrt((R - 1) / R); of a
/// single run it is not seen at all.
/// \shape values [runs x rows]; one row where a run has but one value
/// \throws Error if there are no values, or for a level outside (0, 1) or no replicates
/// \cost O(replicates runs rows)
/// \source Efron & Tibshirani 1993, chapter 13; two crossed factors: Owen 2007, "The pigeonhole
/// bootstrap"
inline Interval bootstrap(View<const double> values, BootstrapOptions options = {}) {
  if (values.rows < 1 || values.columns < 1) {
    raise(Error("bootstrap: values are " + std::to_string(values.rows) + " runs x " +
                std::to_string(values.columns) + " rows: there must be one at least"));
  }
  if (!(options.level > 0 && options.level < 1) || options.replicates == 0) {
    raise(Error("bootstrap: level is " + std::to_string(options.level) + ", replicates are " +
                std::to_string(options.replicates) +
                ": the level must be in (0, 1), and replicates at least 1"));
  }
  std::vector<double> means(options.replicates);
  for (std::uint32_t r = 0; r < options.replicates; ++r) {
    const Draws draws(options.seed, r, Pass::diagnose);
    means[r] = detail::weighted_mean(values, detail::resample(values.rows, draws, 0),
                                     detail::resample(values.columns, draws, 1));
  }
  std::sort(means.begin(), means.end());
  const std::vector<double> once_each_run(static_cast<std::size_t>(values.rows), 1.0);
  const std::vector<double> once_each_row(static_cast<std::size_t>(values.columns), 1.0);
  const double tail = (1 - options.level) / 2;
  return {.mean = detail::weighted_mean(values, once_each_run, once_each_row),
          .low = detail::quantile(means, tail),
          .high = detail::quantile(means, 1 - tail)};
}

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
