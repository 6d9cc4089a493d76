// Gathers the figures of a model on a corpus, and asks for the verdict.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <vaecollapse/core/shape.hpp>
#include <vaecollapse/data/batch.hpp>
#include <vaecollapse/data/corpus.hpp>
#include <vaecollapse/diagnose/diagnosis.hpp>
#include <vaecollapse/diagnose/posterior_figures.hpp>
#include <vaecollapse/evaluate/ablation.hpp>
#include <vaecollapse/evaluate/codes.hpp>
#include <vaecollapse/evaluate/decode.hpp>
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
#include <vaecollapse/metrics/use_of_z.hpp>
#include <vaecollapse/metrics/verdict.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

namespace detail {

/// The first rows of a corpus, as a corpus of their own.
template <SymbolRows Rows>
class FirstRows {
 public:
  FirstRows(const Rows& all, std::uint64_t most)
      : all_(all),
        size_(static_cast<Index>(std::min(static_cast<std::uint64_t>(all.size()), most))) {}

  Index size() const { return size_; }
  std::span<const Symbol> source(Row row) const { return all_.source(row); }
  std::span<const Symbol> target(Row row) const { return all_.target(row); }
  std::span<const Symbol> tags(Row row) const { return all_.tags(row); }

 private:
  const Rows& all_;
  Index size_;
};

/// Rows, and how they come out with one z or another.
template <class Network, class Scalar, SymbolRows Rows>
class Subject {
 public:
  Subject(Evaluation<Network, Scalar>& evaluation, const Rows& corpus)
      : evaluation_(evaluation), corpus_(corpus), own_(rows_in_order(corpus.size())) {}

  const Rows& corpus() const { return corpus_; }
  std::span<const Row> own() const { return own_; }

  std::vector<double> nll(const LatentView<Scalar>& z, std::span<const Row> source_of) {
    return nll_rows(evaluation_, corpus_, z, source_of);
  }

  /// NLL by samples of z, guesses by its means.
  RowOutcomes outcomes(const LatentView<Scalar>& samples, const LatentView<Scalar>& means,
                       std::span<const Row> source_of) {
    return {nll(samples, source_of), right(means, source_of)};
  }

 private:
  std::vector<double> right(const LatentView<Scalar>& z, std::span<const Row> source_of) {
    const std::vector<Guesses> guesses = decode_rows(evaluation_, corpus_, z, source_of);
    std::vector<double> right;
    for (std::size_t i = 0; i < guesses.size(); ++i) {
      const std::span<const Symbol> target = corpus_.target(static_cast<Row>(i));
      const bool same = !guesses[i].empty() && std::ranges::equal(guesses[i].front().ids, target);
      right.push_back(same ? 1 : 0);
    }
    return right;
  }

  Evaluation<Network, Scalar>& evaluation_;
  const Rows& corpus_;
  std::vector<Row> own_;
};

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

template <class Scalar>
std::vector<Scalar> with_zeros(std::vector<Scalar> z, std::size_t latent, std::size_t dimension) {
  for (std::size_t i = dimension; i < z.size(); i += latent) z[i] = 0;
  return z;
}

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
  found.noise_cost = found.elbo.nll - mean_value(subject.nll(means, subject.own()));
}

/// The loss of quality with each dimension of z set to 0.
template <class Network, class Scalar, SymbolRows Rows>
void find_importance(Diagnosis& found, Evaluation<Network, Scalar>& evaluation,
                     const Rows& corpus) {
  Subject probe(evaluation, corpus);
  const PosteriorRows<Scalar> posteriors = posterior_rows(evaluation, corpus);
  const auto latent = static_cast<std::size_t>(posteriors.latent);
  const RowOutcomes own = probe.outcomes(posteriors.latents(posteriors.z),
                                         posteriors.latents(posteriors.mu), probe.own());
  for (std::size_t d = 0; d < latent; ++d) {
    const std::vector<Scalar> z = with_zeros(posteriors.z, latent, d);
    const std::vector<Scalar> means = with_zeros(posteriors.mu, latent, d);
    found.zeroed.push_back(ablation(
        own, probe.outcomes(posteriors.latents(z), posteriors.latents(means), probe.own())));
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
    return figures_of_sequences(posteriors);
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
  if (!is_gaussian(family)) {
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
        "z is a sequence, and one word's z has no density under the posterior of a word with "
        "another number of places: the mutual information and KL(q(z) || p(z)) are left out; "
        "active units "
        "are counted over all places");
  }
  return all;
}

inline Verdict verdict_of(const Diagnosis& found) {
  return judge({.nll = found.elbo.nll,
                .rate = found.elbo.rate,
                .accuracy = found.accuracy,
                .permuted = {.nll_rise = found.permuted.nll_rise,
                             .accuracy_fall = found.permuted.accuracy_fall},
                .noise_cost = found.noise_cost,
                .posterior_gap = found.posterior_gap,
                .kl_price = found.kl_price,
                .baseline = found.baseline});
}

}  // namespace detail

/// Looks at a model by a corpus. A row is right if the first guess is its target.
/// \pre two rows at least
template <class Network, SymbolRows Rows>
Diagnosis diagnose(Evaluation<Network>& evaluation, Probing<Network>& probing, const Rows& corpus,
                   const DiagnosisOptions& options = {}) {
  const detail::FirstRows probed(corpus, options.probe_rows);
  const auto& family = evaluation.network().posterior();
  const auto posteriors = posterior_rows(evaluation, corpus);
  Diagnosis found;
  static_cast<PosteriorFigures&>(found) = detail::figures_of(evaluation, corpus, posteriors);
  found.rows = corpus.size();
  found.probe_rows = probed.size();
  found.baseline = options.baseline;
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
