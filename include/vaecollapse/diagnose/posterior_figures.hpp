// Figures that need posteriors alone, of a model or stored ones, and no network.
#pragma once

#include <numeric>
#include <vector>

#include <vaecollapse/core/shape.hpp>
#include <vaecollapse/metrics/active_units.hpp>
#include <vaecollapse/metrics/mutual_information.hpp>
#include <vaecollapse/metrics/posterior_rows.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

/// \unit nats per word
struct PosteriorFigures {
  std::vector<double> kl_per_dimension;  ///< one entry where the prior allows no more
  Index active_units = 0;
  Index active_units_less_one = 0;  ///< by the other divisor
  MutualInformation information;

  double rate() const {
    return std::accumulate(kl_per_dimension.begin(), kl_per_dimension.end(), 0.0);
  }
};

/// \throws Error for less than two rows
template <class Scalar>
PosteriorFigures posterior_figures(const PosteriorRows<Scalar>& posteriors) {
  const View<const Scalar> mu = posteriors.view(posteriors.mu);
  ActiveUnits units;
  ActiveUnits less_one(0.01, VarianceDivisor::rows_less_one);
  units.add(mu);
  less_one.add(mu);
  return {.kl_per_dimension = posteriors.kl,
          .active_units = units.count(),
          .active_units_less_one = less_one.count(),
          .information = mutual_information(mu, posteriors.view(posteriors.logvar),
                                            posteriors.view(posteriors.z), posteriors.surprisals)};
}

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
