// What a model of sentences comes to on a corpus: ELBO and likelihood, perplexities, and what z
// holds.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numeric>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include <vaecollapse/core/sequence.hpp>
#include <vaecollapse/core/shape.hpp>
#include <vaecollapse/core/view.hpp>
#include <vaecollapse/data/corpus.hpp>
#include <vaecollapse/evaluate/ablation.hpp>
#include <vaecollapse/evaluate/codes.hpp>
#include <vaecollapse/evaluate/elbo.hpp>
#include <vaecollapse/evaluate/evaluation.hpp>
#include <vaecollapse/evaluate/importance_weights.hpp>
#include <vaecollapse/evaluate/pair_densities.hpp>
#include <vaecollapse/latent/concepts.hpp>
#include <vaecollapse/latent/refinements.hpp>
#include <vaecollapse/metrics/active_units.hpp>
#include <vaecollapse/metrics/elbo_terms.hpp>
#include <vaecollapse/metrics/estimate.hpp>
#include <vaecollapse/metrics/importance_weighted.hpp>
#include <vaecollapse/metrics/mutual_information.hpp>
#include <vaecollapse/metrics/posterior_rows.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

/// The precision of the figures.
struct SentenceOptions {
  std::uint32_t samples = 50;     ///< of z, for the importance-weighted NLL of each sentence
  Index information_rows = 8192;  ///< that the mutual information is of, at most: it costs N^2
};

/// The cost of each sentence. \unit nats
struct SentenceCosts {
  std::vector<double> nll;           ///< given one z of its posterior
  std::vector<double> rate;          ///< 0 of a model without z
  std::vector<double> iw_nll;        ///< of the sentence itself; exact without z
  std::vector<double> nll_permuted;  ///< given the z of another; empty where there is no other z
};

/// What a model of sentences comes to on a corpus. Perplexities are for each word, the ends of
/// sentences counted as words. Means and what is made of them throw Error if there are no
/// sentences. \unit nats per sentence
struct SentenceFigures {
  SentenceCosts costs;
  Index words = 0;                                 ///< of all sentences, without their ends
  std::uint32_t samples = 0;                       ///< that `costs.iw_nll` is by; 0: it is exact
  double effective_samples = 0;                    ///< of these, the mean over sentences
  std::optional<MutualInformation> information{};  ///< where there are two z
  std::optional<Index>
      active_units{};  ///< by the variance of means over N - 1; where there are two

  Index sentences() const { return static_cast<Index>(costs.nll.size()); }
  ElboTerms elbo() const { return {mean_of_rows(costs.nll).value, mean_of_rows(costs.rate).value}; }
  Estimate iw_nll() const { return mean_of_rows(costs.iw_nll); }

  /// Bounds the perplexity of the model from above in expectation; exact without z.
  double perplexity() const { return perplexity_of(iw_nll().value); }
  /// The looser bound by the ELBO.
  double perplexity_elbo() const { return perplexity_of(-elbo().elbo()); }

  /// \param nats per sentence
  double perplexity_of(double nats) const {
    const auto count = static_cast<double>(sentences());
    return std::exp(nats * count / (static_cast<double>(words) + count));
  }
};

namespace detail {

/// As many rows of a corpus as may be, which lie evenly among all.
template <SymbolRows Rows>
class SpreadRows {
 public:
  SpreadRows(const Rows& all, Index most) : all_(all), size_(std::min(all.size(), most)) {}

  Index size() const { return size_; }
  std::span<const Symbol> source(Row row) const { return all_.source(place(row)); }
  std::span<const Symbol> target(Row row) const { return all_.target(place(row)); }
  std::span<const Symbol> tags(Row row) const { return all_.tags(place(row)); }

 private:
  Row place(Row row) const { return static_cast<Row>(Index{row} * all_.size() / size_); }

  const Rows& all_;
  Index size_;
};

template <class Network, class Scalar, SymbolRows Rows>
MutualInformation information_of_rows(Evaluation<Network, Scalar>& evaluation, const Rows& corpus,
                                      const PosteriorRows<Scalar>& posteriors) {
  if (is_gaussian(evaluation.network().posterior())) {
    return mutual_information(posteriors.view(posteriors.mu), posteriors.view(posteriors.logvar),
                              posteriors.view(posteriors.z), posteriors.surprisals);
  }
  return information_of(pair_densities(evaluation, corpus, posteriors.z), posteriors.surprisals);
}

/// What takes the z of two sentences at least.
template <class Network, class Scalar, SymbolRows Rows>
void find_use_of_z(SentenceFigures& found, Evaluation<Network, Scalar>& evaluation,
                   const Rows& corpus, const SentenceOptions& options) {
  const PosteriorRows<Scalar> posteriors = posterior_rows(evaluation, corpus);
  ActiveUnits units(0.01, VarianceDivisor::rows_less_one);
  units.add(posteriors.view(posteriors.mu));
  found.active_units = units.count();
  found.costs.nll_permuted = nll_rows(evaluation, corpus, posteriors.latents(posteriors.z),
                                      permuted_rows(evaluation, corpus));
  const SpreadRows some(corpus, std::max(options.information_rows, Index{2}));
  found.information = some.size() == corpus.size()
                          ? information_of_rows(evaluation, corpus, posteriors)
                          : information_of_rows(evaluation, some, posterior_rows(evaluation, some));
}

}  // namespace detail

/// The figures of a model with one z a sentence, or with none: `posterior().latent()` is then 0.
/// \throws Error as `importance_weights`
/// \cost an encoding and as many decodings of the corpus as there are samples, and three more; that
/// of the mutual information, O(R^2 Z) for R rows
template <class Network, class Scalar, SymbolRows Rows>
requires HasPrior<detail::FamilyOf<Network>> SentenceFigures
sentence_figures(Evaluation<Network, Scalar>& evaluation, const Rows& corpus,
                 const SentenceOptions& options = {}) {
  SentenceFigures found;
  for (Row row = 0; row < Row(corpus.size()); ++row) {
    found.words += static_cast<Index>(corpus.target(row).size());
  }
  ElboRows elbo = elbo_rows(evaluation, corpus);
  found.costs.nll = std::move(elbo.nll);
  found.costs.rate = std::move(elbo.rate);
  if (evaluation.network().posterior().latent() == 0) {
    found.costs.iw_nll = found.costs.nll;
    return found;
  }
  found.samples = options.samples;
  for (const ImportanceWeights& row : importance_weights(evaluation, corpus, options.samples)) {
    found.costs.iw_nll.push_back(row.nll());
    found.effective_samples += row.effective_samples() / static_cast<double>(corpus.size());
  }
  if (corpus.size() >= 2) detail::find_use_of_z(found, evaluation, corpus, options);
  return found;
}

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
