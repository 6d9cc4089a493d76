// The posteriors of the rows of a corpus, and z drawn from them or from the prior.
#pragma once

#include <cstddef>
#include <vector>

#include <vaecollapse/core/rng.hpp>
#include <vaecollapse/core/shape.hpp>
#include <vaecollapse/core/view.hpp>
#include <vaecollapse/data/batch.hpp>
#include <vaecollapse/data/corpus.hpp>
#include <vaecollapse/evaluate/evaluation.hpp>
#include <vaecollapse/latent/refinements.hpp>
#include <vaecollapse/metrics/posterior_rows.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

/// The posterior of every row.
template <class Network, class Scalar, SymbolRows Rows>
PosteriorRows<Scalar> posterior_rows(Evaluation<Network, Scalar>& evaluation, const Rows& corpus) {
  using Family = detail::FamilyOf<Network>;
  const Draws draws = evaluation.draws(Pass::evaluate);
  const Family& family = evaluation.network().posterior();
  auto& workspace = evaluation.workspace();
  const auto size = static_cast<std::size_t>(corpus.size());
  const std::size_t numbers = static_cast<std::size_t>(family.latent()) * size;
  const bool has_widths = is_gaussian(family), knows_prior = has_prior(family);
  PosteriorRows<Scalar> all{.latent = family.latent(),
                            .mu = std::vector<Scalar>(numbers),
                            .logvar = std::vector<Scalar>(has_widths ? numbers : 0),
                            .z = std::vector<Scalar>(numbers),
                            .surprisals = std::vector<double>(knows_prior ? size : 0),
                            .kl = {}};
  std::vector<double> log_p;
  evaluation.for_each_batch(corpus, [&](const Batch& batch) {
    const auto q = evaluation.network().encode(workspace, batch);
    const auto z = family.sample(workspace, q, draws, batch.rows());
    detail::scatter(family.mean(q), batch, all.mu);
    if constexpr (GaussianFamily<Family>) {
      if (has_widths) detail::scatter(q.logvar, batch, all.logvar);
    }
    detail::scatter(z, batch, all.z);
    if constexpr (HasPrior<Family>) {
      if (knows_prior) {
        log_p.resize(static_cast<std::size_t>(batch.size()));
        log_priors(workspace, family, z, log_p);
        for (std::size_t j = 0; j < log_p.size(); ++j) all.surprisals[batch.rows()[j]] = -log_p[j];
      }
    }
    detail::add_columns(family.kl(workspace, q, z).view(), all.kl);
  });
  for (double& group : all.kl) group /= static_cast<double>(size);
  return all;
}

/// The z of evaluation, the posterior's mean, of every row. \shape [Z x rows]
template <class Network, class Scalar, SymbolRows Rows>
std::vector<Scalar> z_means(Evaluation<Network, Scalar>& evaluation, const Rows& corpus) {
  const auto& family = evaluation.network().posterior();
  std::vector<Scalar> z(static_cast<std::size_t>(family.latent() * corpus.size()));
  evaluation.for_each_batch(corpus, [&](const Batch& batch) {
    const auto q = evaluation.network().encode(evaluation.workspace(), batch);
    detail::scatter(family.mean(q), batch, z);
  });
  return z;
}

/// A draw of z from the prior for every row. \shape [Z x rows]
/// \throws Error for an erased family without a prior
template <class Network, class Scalar, SymbolRows Rows>
requires HasPrior<detail::FamilyOf<Network>> std::vector<Scalar> prior_z(
    Evaluation<Network, Scalar>& evaluation, const Rows& corpus) {
  const Scope scope(evaluation.workspace());
  const auto& family = evaluation.network().posterior();
  std::vector<Scalar> z(static_cast<std::size_t>(family.latent() * corpus.size()));
  const std::vector<Row> rows = detail::rows_in_order(corpus.size());
  family.sample_prior(evaluation.workspace(), evaluation.draws(Pass::evaluate), rows,
                      View<Scalar>(z.data(), family.latent(), corpus.size()));
  return z;
}

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
