// Gathers the figures of a model on a corpus, and asks for the verdict.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <vaecollapse/core/finite.hpp>
#include <vaecollapse/core/shape.hpp>
#include <vaecollapse/data/batch.hpp>
#include <vaecollapse/data/corpus.hpp>
#include <vaecollapse/diagnose/diagnosis.hpp>
#include <vaecollapse/diagnose/posterior_figures.hpp>
#include <vaecollapse/diagnose/sequences.hpp>
#include <vaecollapse/diagnose/subject.hpp>
#include <vaecollapse/evaluate/ablation.hpp>
#include <vaecollapse/evaluate/codes.hpp>
#include <vaecollapse/evaluate/evaluation.hpp>
#include <vaecollapse/evaluate/importance_weights.hpp>
#include <vaecollapse/evaluate/model_posteriors.hpp>
#include <vaecollapse/evaluate/pair_densities.hpp>
#include <vaecollapse/evaluate/prober.hpp>
#include <vaecollapse/evaluate/probing.hpp>
#include <vaecollapse/evaluate/sensitivity.hpp>
#include <vaecollapse/latent/refinements.hpp>
#include <vaecollapse/metrics/estimate.hpp>
#include <vaecollapse/metrics/latent_rows.hpp>
#include <vaecollapse/metrics/posterior_rows.hpp>
#include <vaecollapse/metrics/sequence_parts.hpp>
#include <vaecollapse/metrics/use_of_z.hpp>
#include <vaecollapse/metrics/verdict.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

namespace detail {

/// The number of symbols of all targets, with an end for each.
template <SymbolRows Rows>
double symbols_with_ends(const Rows& corpus) {
  double symbols = 0;
  for (Row row = 0; row < Row(corpus.size()); ++row) {
    symbols += static_cast<double>(corpus.target(row).size()) + 1;
  }
  return symbols;
}

inline double mean_value(const std::vector<double>& rows) { return mean_of_rows(rows).value; }

template <class Network, class Scalar, SymbolRows Rows>
void find_use(Diagnosis& found, Evaluation<Network, Scalar>& evaluation, const Rows& corpus,
              const PosteriorRows<Scalar>& posteriors) {
  Subject subject(evaluation, corpus);
  const auto samples = posteriors.latents(posteriors.z), means = posteriors.latents(posteriors.mu);
  const RowOutcomes own = subject.outcomes(samples, means, subject.own());
  found.elbo.nll = mean_value(own.nll);
  found.elbo.rate = found.rate();
  found.accuracy = mean_value(own.right);
  found.permuted =
      ablation(own, subject.outcomes(samples, means, permuted_rows(evaluation, corpus)));
  if constexpr (HasPrior<FamilyOf<Network>>) {
    if (has_prior(evaluation.network().posterior())) {
      const auto prior = prior_z(evaluation, corpus);
      found.prior = ablation(own, subject.outcomes(prior, prior, subject.own()));
    }
  }
  if constexpr (has_sequence_latent<FamilyOf<Network>>) {
    found.use_of_places = SequenceUse(evaluation, corpus, posteriors, own)(found.permuted);
    if (found.prior) found.use_of_places->prior_nll_rise = found.prior->nll_rise.value;
  }
  found.noise_cost = found.elbo.nll - mean_value(subject.nll(means, subject.own()));
}

/// The loss of quality with each dimension of z set to 0: of a sequence in all places, and then of
/// the global z.
template <class Network, class Scalar, SymbolRows Rows>
void find_importance(Diagnosis& found, Evaluation<Network, Scalar>& evaluation,
                     const Rows& corpus) {
  Subject probe(evaluation, corpus);
  const PosteriorRows<Scalar> posteriors = posterior_rows(evaluation, corpus);
  const SequenceParts parts = sequence_parts(evaluation.network().posterior());
  const auto samples = posteriors.latents(posteriors.z), means = posteriors.latents(posteriors.mu);
  const RowOutcomes own = probe.outcomes(samples, means, probe.own());
  const auto cost_of = [&](const std::vector<Scalar>& z, const std::vector<Scalar>& mu) {
    return ablation(own,
                    probe.outcomes(posteriors.latents(z), posteriors.latents(mu), probe.own()));
  };
  const Index latent = posteriors.latent, rows = corpus.size();
  for (Index d = 0; d < latent; ++d) {
    found.zeroed.push_back(cost_of(without_dimension(samples, latent, rows, parts, d),
                                   without_dimension(means, latent, rows, parts, d)));
  }
  for (Index d = 0; d < parts.global; ++d) {
    found.use_of_places->zeroed_global.push_back(
        cost_of(without_global_dimension(samples, latent, rows, d),
                without_global_dimension(means, latent, rows, d)));
  }
}

/// The figures that need gradients, over the corpus as one batch.
template <class Network, SymbolRows Rows>
void find_gradients(Diagnosis& found, Probing<Network>& probing, const Rows& corpus) {
  const Batch batch(corpus, rows_in_order(corpus.size()));
  const PosteriorProbe probe = probe_posteriors(probing, batch);
  found.posterior_gap = probe.gap;
  found.kl_price = probe.kl_price;
  found.nll_gradient = probe.nll_gradient;
  found.kl_gradient = probe.kl_gradient;
  DecoderSensitivity sensitivity = decoder_sensitivity(probing, batch);
  found.sensitivity = sensitivity.norm;
  found.sensitivity_per_dimension = std::move(sensitivity.per_dimension);
  if (found.use_of_places) {
    found.use_of_places->global_sensitivity = std::move(sensitivity.per_global_dimension);
  }
}

template <class Network, class Scalar, SymbolRows Rows>
MeansOnGrid means_on_grid(Evaluation<Network, Scalar>& evaluation, const Rows& corpus) {
  const bool is_line = evaluation.network().posterior().latent() == 1;
  const GridPosteriors posteriors =
      model_posteriors(evaluation, corpus, {.limit = 6, .step = is_line ? 0.02 : 0.1});
  const std::vector<Scalar> inference = z_means(evaluation, corpus);
  const PosteriorMeans means{posteriors.mean, {inference.begin(), inference.end()}};
  return {.rows = corpus.size(),
          .spread = means.spread(),
          .edge_mass = posteriors.edge_mass,
          .is_too_coarse = posteriors.effective_points < (is_line ? 2 : 4)};
}

/// The figures of posteriors: by the closed form of Gaussians, or by `log_density`.
template <class Network, class Scalar, SymbolRows Rows>
PosteriorFigures figures_of(Evaluation<Network, Scalar>& evaluation, const Rows& corpus,
                            const PosteriorRows<Scalar>& posteriors) {
  if (is_gaussian(evaluation.network().posterior())) return posterior_figures(posteriors);
  if constexpr (has_sequence_latent<FamilyOf<Network>>) {
    return figures_of_sequences(posteriors, sequence_parts(evaluation.network().posterior()));
  } else {
    return posterior_figures(posteriors, pair_densities(evaluation, corpus, posteriors.z));
  }
}

/// The figures that need log p(z).
template <class Network, SymbolRows Rows>
void find_by_prior(Diagnosis& found, Evaluation<Network>& evaluation, const Rows& corpus,
                   std::uint64_t samples) {
  constexpr std::uint64_t most_on_grid = 32;  // the whole grid is decoded for each
  found.importance_weighted = importance_weighted_nll(
      importance_weights(evaluation, corpus, static_cast<std::uint32_t>(samples)),
      symbols_with_ends(corpus));
  if constexpr (!has_sequence_latent<FamilyOf<Network>>) {
    const auto& family = evaluation.network().posterior();
    if (family.latent() <= 2 && !is_on_sphere(family)) {
      found.means = means_on_grid(evaluation, FirstRows(corpus, most_on_grid));
    }
  }
}

template <class Family>
std::vector<std::string> left_out_of(const Family& family) {
  std::vector<std::string> all;
  if (!is_gaussian(family) && !GaussianPlaces<Family>) {
    all.emplace_back(
        "this posterior family has no mu and logvar: what better posteriors would save, the price "
        "of the KL and the gradients at mu and logvar are left out, and active units are counted "
        "by the means of the posteriors");
  }
  if (!has_prior(family)) {
    all.emplace_back(
        "this posterior family has no prior of its own (log_prior, sample_prior): the "
        "importance-weighted NLL, KL(q(z) || p(z)) and z from the prior are left out");
  }
  if (is_on_sphere(family) && family.latent() <= 2) {
    all.emplace_back(
        "z has length one: the means of the posteriors that the model implies, which are found on "
        "a grid of the plane, are left out");
  }
  if (has_sequence_latent<Family>) {
    all.emplace_back(
        "z is a sequence, which holds more nats than the leave-in estimate of the mutual "
        "information can show, and has no density under the posterior of a word with another "
        "number of places: this estimate and KL(q(z) || p(z)) are left out; in their place stand "
        "the rate, which the mutual information cannot exceed, and the rise of the NLL without z, "
        "which is what the decoder uses; active units are counted over all places");
  }
  return all;
}

inline PermutedFigures figures_of(const Ablation& permuted) {
  return {.nll_rise = permuted.nll_rise, .accuracy_fall = permuted.accuracy_fall};
}

inline Verdict verdict_of(const Diagnosis& found) {
  const auto& use = found.use_of_places;
  return judge(
      {.nll = found.elbo.nll,
       .rate = found.elbo.rate,
       .accuracy = found.accuracy,
       .permuted = figures_of(found.permuted),
       .permuted_in_length = use && use->permuted ? figures_of(*use->permuted) : PermutedFigures{},
       .length_rate = found.places ? found.places->length : std::nullopt,
       .is_sequence = use.has_value(),
       .noise_cost = found.noise_cost,
       .posterior_gap = found.posterior_gap,
       .kl_price = found.kl_price,
       .baseline = found.baseline,
       .row = name_of(found.kind),
       .kind = found.kind});
}

/// Of a model without z: what a row costs, which is exact, and how many are right. All else would
/// be a figure of z.
template <class Network, SymbolRows Rows>
void find_without_latent(Diagnosis& found, Evaluation<Network>& evaluation, const Rows& corpus) {
  Subject subject(evaluation, corpus);
  const LatentView<float> no_z{std::span<const float>()};
  const RowOutcomes own = subject.outcomes(no_z, no_z, subject.own());
  constexpr auto unknown = not_a_number<double>();
  found.information = {{unknown, unknown}, {unknown, unknown}, unknown, {unknown, unknown}};
  found.elbo.nll = mean_value(own.nll);
  found.accuracy = mean_value(own.right);
  found.importance_weighted =
      importance_weighted_nll(importance_weights(evaluation, corpus, 1), symbols_with_ends(corpus));
  found.left_out.emplace_back("the model has no z: every figure of z is left out");
  found.verdict = judge({.nll = found.elbo.nll,
                         .accuracy = found.accuracy,
                         .baseline = found.baseline,
                         .row = name_of(found.kind),
                         .kind = found.kind});
  found.verdict.missing = {"z: the model has none"};
  found.verdict.advice.clear();
}

}  // namespace detail

/// Looks at a model by a corpus. A row is right if the first guess is its target.
/// \pre two rows at least
template <class Network, SymbolRows Rows>
Diagnosis diagnose(Evaluation<Network>& evaluation, Probing<Network>& probing, const Rows& corpus,
                   const DiagnosisOptions& options = {}) {
  const detail::FirstRows probed(corpus, options.probe_rows);
  const auto& family = evaluation.network().posterior();
  Diagnosis found;
  found.rows = corpus.size();
  found.probe_rows = probed.size();
  found.baseline = options.baseline;
  found.kind = options.kind;
  if constexpr (HasPrior<detail::FamilyOf<Network>> &&
                !has_sequence_latent<detail::FamilyOf<Network>>) {
    if (family.latent() == 0) {
      detail::find_without_latent(found, evaluation, corpus);
      return found;
    }
  }
  const auto posteriors = posterior_rows(evaluation, corpus);
  static_cast<PosteriorFigures&>(found) = detail::figures_of(evaluation, corpus, posteriors);
  detail::find_use(found, evaluation, corpus, posteriors);
  if constexpr (HasPrior<detail::FamilyOf<Network>>) {
    if (has_prior(family)) detail::find_by_prior(found, evaluation, corpus, options.samples);
  }
  detail::find_importance(found, evaluation, probed);
  detail::find_gradients(found, probing, probed);
  found.left_out = detail::left_out_of(family);
  found.verdict = detail::verdict_of(found);
  return found;
}

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
