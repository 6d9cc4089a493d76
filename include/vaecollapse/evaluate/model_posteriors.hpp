// The posteriors that a model of one or two latent dimensions implies, over a grid.
#pragma once

#include <algorithm>
#include <cstddef>
#include <span>
#include <vector>

#include <vaecollapse/core/check.hpp>
#include <vaecollapse/core/shape.hpp>
#include <vaecollapse/data/corpus.hpp>
#include <vaecollapse/evaluate/ablation.hpp>
#include <vaecollapse/evaluate/codes.hpp>
#include <vaecollapse/evaluate/evaluation.hpp>
#include <vaecollapse/latent/refinements.hpp>
#include <vaecollapse/metrics/posterior_trajectory.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

namespace detail {

/// log p(z) of one z. \unit nats
template <class Network, class Scalar>
double log_prior_at(Evaluation<Network, Scalar>& evaluation, std::span<const Scalar> numbers) {
  auto& workspace = evaluation.workspace();
  const Scope scope(workspace);
  const auto z =
      workspace.template make<2>(Shape<2>{{static_cast<Index>(numbers.size()), Index{1}}});
  std::copy(numbers.begin(), numbers.end(), z.value_view().column(0));
  double log_p = 0;
  log_priors(workspace, evaluation.network().posterior(), z, std::span<double>(&log_p, 1));
  return log_p;
}

}  // namespace detail

/// The posterior of every row that the model implies, for z of one or two dimensions.
/// \cost an NLL of the corpus for each point of the grid
/// \throws Error as `grid_posteriors`, for an erased family without a prior, and for z of length
/// one, which has no density on a grid
template <class Network, class Scalar, SymbolRows Rows>
requires HasPrior<detail::FamilyOf<Network>> GridPosteriors model_posteriors(
    Evaluation<Network, Scalar>& evaluation, const Rows& corpus, const LatentGrid& grid) {
  const Index latent = evaluation.network().posterior().latent();
  if (is_on_sphere(evaluation.network().posterior())) {
    raise(Error("model_posteriors: each z has length one, and has no density on a grid of z"));
  }
  const std::vector<Row> only(static_cast<std::size_t>(corpus.size()), Row{0});
  std::vector<Scalar> numbers(static_cast<std::size_t>(latent));
  return grid_posteriors(
      grid, latent, corpus.size(), [&](std::span<const double> z, std::span<double> out) {
        std::transform(z.begin(), z.end(), numbers.begin(),
                       [](double value) { return static_cast<Scalar>(value); });
        const std::span<const Scalar> point(numbers);
        const double log_p = detail::log_prior_at(evaluation, point);
        const std::vector<double> nll = nll_rows(evaluation, corpus, point, only);
        std::transform(nll.begin(), nll.end(), out.begin(),
                       [&](double of_row) { return log_p - of_row; });
      });
}

/// The means of these posteriors beside those of the encoder's: a point of each row's trajectory.
template <class Network, class Scalar, SymbolRows Rows>
PosteriorMeans posterior_means(Evaluation<Network, Scalar>& evaluation, const Rows& corpus,
                               const LatentGrid& grid = {}) {
  const std::vector<Scalar> inference = z_means(evaluation, corpus);
  return {model_posteriors(evaluation, corpus, grid).mean, {inference.begin(), inference.end()}};
}

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
