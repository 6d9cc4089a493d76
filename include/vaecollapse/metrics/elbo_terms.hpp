// The two terms of the ELBO, distortion (NLL) and rate, of rows and their means.
#pragma once

#include <numeric>
#include <vector>

#include <vaecollapse/config.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

/// The terms of the ELBO, weight 1, no multiplier. \unit nats per word
struct ElboTerms {
  double nll = 0;
  double rate = 0;
  double elbo() const { return -(nll + rate); }
};

/// The same for each row of a corpus.
struct ElboRows {
  std::vector<double> nll;
  std::vector<double> rate;
  std::vector<double>
      kl_per_dimension;  ///< means over rows; one entry where the prior allows no more
  /// The share of the rate that is the number of places of a sequence, where that is paid for.
  std::vector<double> length_rate{};

  /// \pre there are rows
  ElboTerms mean() const { return {mean(nll), mean(rate)}; }

 private:
  static double mean(const std::vector<double>& values) {
    return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
  }
};

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
