// The posteriors of the rows of a corpus, and z drawn from them or from the prior.
#pragma once

#include <cstddef>
#include <utility>
#include <vector>

#include <vaecollapse/core/rng.hpp>
#include <vaecollapse/core/sequence.hpp>
#include <vaecollapse/core/shape.hpp>
#include <vaecollapse/core/view.hpp>
#include <vaecollapse/data/batch.hpp>
#include <vaecollapse/data/corpus.hpp>
#include <vaecollapse/evaluate/evaluation.hpp>
#include <vaecollapse/latent/concepts.hpp>
#include <vaecollapse/latent/refinements.hpp>
#include <vaecollapse/metrics/latent_rows.hpp>
#include <vaecollapse/metrics/posterior_rows.hpp>
#include <vaecollapse/metrics/sequence_parts.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

namespace detail {

/// Where the z of all rows are put: a vector each, or a sequence each.
template <class Scalar, class Network>
auto room_for_latents(const Network& network, Index rows) {
  const auto size = static_cast<std::size_t>(rows);
  if constexpr (has_sequence_latent<FamilyOf<Network>>) {
    return LatentRows<Scalar>{{}, std::vector<PlaceRange>(size)};
  } else {
    return std::vector<Scalar>(static_cast<std::size_t>(network.posterior().latent()) * size);
  }
}

template <class Scalar>
void take(std::vector<Scalar>&& latents, std::vector<Scalar>& numbers, std::vector<PlaceRange>&) {
  numbers = std::move(latents);
}
template <class Scalar>
void take(LatentRows<Scalar>&& latents, std::vector<Scalar>& numbers,
          std::vector<PlaceRange>& places) {
  numbers = std::move(latents.numbers);
  places = std::move(latents.places);
}

}  // namespace detail

/// The posterior of every row.
template <class Network, class Scalar, SymbolRows Rows>
PosteriorRows<Scalar> posterior_rows(Evaluation<Network, Scalar>& evaluation, const Rows& corpus) {
  using Family = detail::FamilyOf<Network>;
  const Draws draws = evaluation.draws(Pass::evaluate);
  const Family& family = evaluation.network().posterior();
  auto& workspace = evaluation.workspace();
  const auto size = static_cast<std::size_t>(corpus.size());
  const bool has_widths = is_gaussian(family), knows_prior = has_prior(family);
  PosteriorRows<Scalar> all;
  all.latent = family.latent();
  all.logvar.resize(has_widths ? static_cast<std::size_t>(family.latent()) * size : 0);
  all.surprisals.resize(knows_prior ? size : 0);
  auto means = detail::room_for_latents<Scalar>(evaluation.network(), corpus.size());
  auto samples = means;
  [[maybe_unused]] decltype(means) widths;
  if constexpr (GaussianPlaces<Family>) widths = means;
  std::vector<double> log_p;
  evaluation.for_each_batch(corpus, [&](const Batch& batch) {
    const auto q = evaluation.network().encode(workspace, batch);
    const auto z = family.sample(workspace, q, draws, batch.rows());
    detail::scatter(family.mean(q), batch, means);
    if constexpr (GaussianFamily<Family>) {
      if (has_widths) detail::scatter(q.logvar, batch, all.logvar);
    }
    if constexpr (GaussianPlaces<Family>) detail::scatter(q.logvars, batch, widths);
    detail::scatter(z, batch, samples);
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
  if constexpr (GaussianPlaces<Family>) detail::take(std::move(widths), all.logvar, all.places);
  detail::take(std::move(means), all.mu, all.places);
  detail::take(std::move(samples), all.z, all.places);
  return all;
}

/// The z of evaluation, the posterior's mean, of every row.
/// \return [Z x rows], or `LatentRows` of a family of sequences
template <class Network, class Scalar, SymbolRows Rows>
auto z_means(Evaluation<Network, Scalar>& evaluation, const Rows& corpus) {
  const auto& family = evaluation.network().posterior();
  auto z = detail::room_for_latents<Scalar>(evaluation.network(), corpus.size());
  evaluation.for_each_batch(corpus, [&](const Batch& batch) {
    const auto q = evaluation.network().encode(evaluation.workspace(), batch);
    detail::scatter(family.mean(q), batch, z);
  });
  return z;
}

/// What stands before the places of a family's sequences; of a family of vectors there is nothing.
template <class Family>
SequenceParts sequence_parts(const Family& family) {
  SequenceParts parts;
  if constexpr (HasKlRows<Family>) {
    parts.length_rows = family.kl_rows().length;
    parts.global_columns = family.kl_rows().global;
  }
  if constexpr (requires { family.global(); }) parts.global = family.global();
  return parts;
}

namespace detail {

/// With as many places as the row's own posterior has.
template <class Network, class Scalar, SymbolRows Rows>
LatentRows<Scalar> prior_sequences(Evaluation<Network, Scalar>& evaluation, const Rows& corpus) {
  const auto& family = evaluation.network().posterior();
  auto& workspace = evaluation.workspace();
  auto all = room_for_latents<Scalar>(evaluation.network(), corpus.size());
  evaluation.for_each_batch(corpus, [&](const Batch& batch) {
    const auto own = family.mean(evaluation.network().encode(workspace, batch));
    const Sequence<Scalar> z{workspace.template make<2>(own.columns.shape()), own.plan};
    family.sample_prior(workspace, evaluation.draws(Pass::evaluate), batch.rows(), z);
    scatter(z, batch, all);
  });
  return all;
}

}  // namespace detail

/// A draw of z from the prior for every row.
/// \return [Z x rows], or `LatentRows` of a family of sequences: then each row has as many places
/// as its own posterior \throws Error for an erased family without a prior
template <class Network, class Scalar, SymbolRows Rows>
requires HasPrior<detail::FamilyOf<Network>>
auto prior_z(Evaluation<Network, Scalar>& evaluation, const Rows& corpus) {
  if constexpr (has_sequence_latent<detail::FamilyOf<Network>>) {
    return detail::prior_sequences(evaluation, corpus);
  } else {
    const Scope scope(evaluation.workspace());
    const auto& family = evaluation.network().posterior();
    std::vector<Scalar> z(static_cast<std::size_t>(family.latent() * corpus.size()));
    const std::vector<Row> rows = detail::rows_in_order(corpus.size());
    family.sample_prior(evaluation.workspace(), evaluation.draws(Pass::evaluate), rows,
                        View<Scalar>(z.data(), family.latent(), corpus.size()));
    return z;
  }
}

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
