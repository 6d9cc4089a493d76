// Figures that need posteriors alone, of a model or stored ones, and no network.
#pragma once

#include <numeric>
#include <optional>
#include <span>
#include <vector>

#include <vaecollapse/core/finite.hpp>
#include <vaecollapse/core/shape.hpp>
#include <vaecollapse/metrics/active_units.hpp>
#include <vaecollapse/metrics/estimate.hpp>
#include <vaecollapse/metrics/mutual_information.hpp>
#include <vaecollapse/metrics/posterior_rows.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

/// \unit nats per word
struct PosteriorFigures {
  std::vector<double> kl_per_dimension;  ///< one entry where the prior allows no more
  Index active_units = 0;                ///< by the variance of the means
  Index active_units_less_one = 0;       ///< by the other divisor
  MutualInformation information;
  std::optional<Estimate> marginal_kl{};  ///< that of `information`, where there is a prior

  double rate() const {
    return std::accumulate(kl_per_dimension.begin(), kl_per_dimension.end(), 0.0);
  }
};

namespace detail {

/// Zeros where there is no prior: then what is made of them is not to be used.
template <class Scalar>
std::vector<double> surprisals_of(const PosteriorRows<Scalar>& posteriors) {
  if (!posteriors.surprisals.empty()) return posteriors.surprisals;
  return std::vector<double>(static_cast<std::size_t>(posteriors.rows()));
}

template <class Scalar>
PosteriorFigures figures_with(const PosteriorRows<Scalar>& posteriors,
                              MutualInformation information) {
  const View<const Scalar> mu = posteriors.view(posteriors.mu);
  ActiveUnits units;
  ActiveUnits less_one(0.01, VarianceDivisor::rows_less_one);
  units.add(mu);
  less_one.add(mu);
  const bool has_prior = !posteriors.surprisals.empty();
  if (!has_prior) information.marginal_kl = {not_a_number<double>(), not_a_number<double>()};
  return {.kl_per_dimension = posteriors.kl,
          .active_units = units.count(),
          .active_units_less_one = less_one.count(),
          .information = information,
          .marginal_kl = has_prior ? std::optional(information.marginal_kl) : std::nullopt};
}

}  // namespace detail

/// Of sequences of latents, which have no mutual information: one row's sequence has no density
/// under the posterior of another, which has another number of places. It is not a number.
template <class Scalar>
PosteriorFigures figures_of_sequences(const PosteriorRows<Scalar>& posteriors) {
  constexpr auto unknown = not_a_number<double>();
  PosteriorFigures found = detail::figures_with(
      posteriors, {{unknown, unknown}, {unknown, unknown}, unknown, {unknown, unknown}});
  found.marginal_kl.reset();
  return found;
}

/// Of Gaussians. \throws Error for less than two rows
template <class Scalar>
PosteriorFigures posterior_figures(const PosteriorRows<Scalar>& posteriors) {
  return detail::figures_with(
      posteriors,
      mutual_information(posteriors.view(posteriors.mu), posteriors.view(posteriors.logvar),
                         posteriors.view(posteriors.z), detail::surprisals_of(posteriors)));
}

/// Of posteriors of any family. \param density at the samples of these rows
/// \throws Error for less than two rows
template <class Scalar>
PosteriorFigures posterior_figures(const PosteriorRows<Scalar>& posteriors,
                                   const detail::OwnAndOthers& density) {
  detail::require_two_rows(density.own.size());
  return detail::figures_with(posteriors,
                              detail::information_of(density, detail::surprisals_of(posteriors)));
}

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
