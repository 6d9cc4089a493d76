// Figures that need posteriors alone, of a model or stored ones, and no network.
#pragma once

#include <cstddef>
#include <numeric>
#include <optional>
#include <span>
#include <vector>

#include <vaecollapse/core/finite.hpp>
#include <vaecollapse/core/shape.hpp>
#include <vaecollapse/metrics/active_units.hpp>
#include <vaecollapse/metrics/estimate.hpp>
#include <vaecollapse/metrics/kl_of_places.hpp>
#include <vaecollapse/metrics/mutual_information.hpp>
#include <vaecollapse/metrics/posterior_rows.hpp>
#include <vaecollapse/metrics/sequence_parts.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

/// Of the global z of a sequence of latents. \unit nats per word
struct GlobalFigures {
  std::vector<double> kl_per_dimension;  ///< empty where the family does not tell
  Index active_units = 0;                ///< by the variance of the means
};

/// \unit nats per word
struct PosteriorFigures {
  /// One entry where the prior allows no more. Of a sequence of latents it is the sum over a row's
  /// places, and empty where the family does not tell.
  std::vector<double> kl_per_dimension;
  Index active_units = 0;           ///< by the variance of the means, of a sequence over all places
  Index active_units_less_one = 0;  ///< by the other divisor
  MutualInformation information;
  std::optional<Estimate> marginal_kl{};  ///< that of `information`, where there is a prior
  std::optional<KlOfPlaces> places{};     ///< of a sequence of latents
  std::optional<GlobalFigures> global{};  ///< where there is a global z

  double rate() const {
    if (places) return places->rate();
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

/// The mean over rows of each dimension's KL from N(0, I), all columns of a row added.
/// \shape mu, logvar [Z x any]
inline std::vector<double> kl_of_dimensions(std::span<const double> mu,
                                            std::span<const double> logvar, Index latent,
                                            Index rows) {
  std::vector<double> kl(static_cast<std::size_t>(latent), 0.0);
  for (std::size_t i = 0; i < mu.size(); ++i) {
    kl[i % kl.size()] += kl_of_normal(mu[i], logvar[i]) / static_cast<double>(rows);
  }
  return kl;
}

template <class Scalar>
std::vector<double> in_double(const std::vector<Scalar>& values) {
  return {values.begin(), values.end()};
}

template <class Scalar>
GlobalFigures global_figures(const PosteriorRows<Scalar>& posteriors, const SequenceParts& parts) {
  const auto of = [&](const std::vector<Scalar>& values) {
    return in_double(
        global_vectors(posteriors.latents(values), posteriors.latent, posteriors.rows(), parts));
  };
  const std::vector<double> mu = of(posteriors.mu);
  GlobalFigures found;
  if (!posteriors.logvar.empty()) {
    found.kl_per_dimension =
        kl_of_dimensions(mu, of(posteriors.logvar), parts.global, posteriors.rows());
  }
  ActiveUnits units;
  units.add(View<const double>(mu.data(), parts.global, posteriors.rows()));
  found.active_units = units.count();
  return found;
}

}  // namespace detail

/// Of sequences of latents. They have no mutual information of this kind, which is not a number:
/// one row's sequence has no density under the posterior of another, which has another number of
/// places.
template <class Scalar>
PosteriorFigures figures_of_sequences(const PosteriorRows<Scalar>& posteriors,
                                      const SequenceParts& parts = {}) {
  constexpr auto unknown = not_a_number<double>();
  const auto of_places = [&](const std::vector<Scalar>& values) {
    return detail::in_double(
        columns_of_places(posteriors.latents(values), posteriors.latent, posteriors.rows(), parts));
  };
  const std::vector<double> mu = of_places(posteriors.mu);
  PosteriorFigures found;
  found.information = {{unknown, unknown}, {unknown, unknown}, unknown, {unknown, unknown}};
  found.places = kl_of_places(posteriors.kl, parts, posteriors.places);
  if (!posteriors.logvar.empty()) {
    found.kl_per_dimension = detail::kl_of_dimensions(mu, of_places(posteriors.logvar),
                                                      posteriors.latent, posteriors.rows());
  }
  const auto active = [&](VarianceDivisor divisor) {
    ActiveUnits units(0.01, divisor);
    units.add(View<const double>(mu.data(), posteriors.latent,
                                 static_cast<Index>(mu.size()) / posteriors.latent));
    return units.count();
  };
  found.active_units = active(VarianceDivisor::rows);
  found.active_units_less_one = active(VarianceDivisor::rows_less_one);
  if (parts.global > 0) found.global = detail::global_figures(posteriors, parts);
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
