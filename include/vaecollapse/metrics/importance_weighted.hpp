// The NLL of x itself, by importance sampling from the posterior.
#pragma once

#include <cmath>
#include <cstddef>
#include <vector>

#include <vaecollapse/core/check.hpp>
#include <vaecollapse/core/finite.hpp>
#include <vaecollapse/core/shape.hpp>
#include <vaecollapse/metrics/estimate.hpp>
#include <vaecollapse/metrics/log_sum_exp.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

/// -log p(x) of one row from log weights log p(x, z_s) - log q(z_s | x), z_s ~ q, that come one
/// after the other. Exceeds the true one in expectation, the less the more samples there are.
/// Keeps a few numbers, whatever their number. \unit nats
/// \source Burda, Grosse & Salakhutdinov 2016, equation 8
class ImportanceWeights {
 public:
  void add(double log_weight) {
    ++count_;
    sum_.add(log_weight);
    sum_of_squares_.add(2 * log_weight);
  }

  Index count() const { return count_; }

  /// -log of the mean weight. \throws Error if there are no weights
  double nll() const {
    check();
    return std::log(static_cast<double>(count_)) - sum_.value();
  }

  /// (sum w)^2 / sum w^2: how many samples the estimate is worth. In 1 .. count(); near 1 a single
  /// sample decides, and the estimate is still far too high.
  /// \throws Error if there are no weights \source Kong 1992
  double effective_samples() const {
    check();
    return std::exp(2 * sum_.value() - sum_of_squares_.value());
  }

 private:
  void check() const {
    if (count_ == 0) raise(Error("ImportanceWeights: there are no weights"));
  }

  Index count_ = 0;
  LogSumExp sum_, sum_of_squares_;
};

/// The same over the rows of a corpus.
struct ImportanceWeightedNll {
  Estimate nll;                  ///< \unit nats per word
  double perplexity = 0;         ///< for each symbol
  double effective_samples = 0;  ///< mean over rows
  Index samples = 0;             ///< for each row
};

/// \param symbols of all rows together, an end counted for each word
/// \throws Error if there are no rows, a row has no weights, or symbols are not positive
inline ImportanceWeightedNll importance_weighted_nll(const std::vector<ImportanceWeights>& rows,
                                                     double symbols) {
  if (!is_positive(symbols)) {
    detail::raise_error(
        {"importance_weighted_nll: symbols are ", symbols, ": they must be more than 0"});
  }
  std::vector<double> nll;
  double effective = 0;
  for (const ImportanceWeights& row : rows) {
    nll.push_back(row.nll());
    effective += row.effective_samples();
  }
  const Estimate mean = mean_of_rows(nll);
  const auto count = static_cast<double>(rows.size());
  return {.nll = mean,
          .perplexity = std::exp(mean.value * count / symbols),
          .effective_samples = effective / count,
          .samples = rows.front().count()};
}

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
