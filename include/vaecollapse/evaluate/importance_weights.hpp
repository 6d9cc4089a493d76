// Importance weights of the rows of a corpus, for the NLL of x itself.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include <vaecollapse/core/at.hpp>
#include <vaecollapse/core/check.hpp>
#include <vaecollapse/core/rng.hpp>
#include <vaecollapse/data/batch.hpp>
#include <vaecollapse/data/corpus.hpp>
#include <vaecollapse/evaluate/evaluation.hpp>
#include <vaecollapse/latent/refinements.hpp>
#include <vaecollapse/metrics/importance_weighted.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

namespace detail {

inline void require_samples(std::uint32_t samples) {
  if (samples > 0 && samples <= Draws::samples) return;
  detail::raise_error({"importance_weights: samples are ", samples,
                       ": there must be 1 at least and ", Draws::samples, " at most"});
}

}  // namespace detail

/// The importance weights of every row, of as many samples from its posterior; of a model without
/// z, whose weights are all alike, of one. \cost memory for one sample of a batch, however many
/// there are \throws Error for none of them, for more than `Draws::samples`, and for an erased
/// family without a prior
template <class Network, class Scalar, SymbolRows Rows>
requires HasPrior<detail::FamilyOf<Network>> std::vector<ImportanceWeights> importance_weights(
    Evaluation<Network, Scalar>& evaluation, const Rows& corpus, std::uint32_t samples) {
  detail::require_samples(samples);
  const Draws draws = evaluation.draws(Pass::diagnose);
  const Network& network = evaluation.network();
  const auto& family = network.posterior();
  if (family.latent() == 0) samples = 1;
  auto& workspace = evaluation.workspace();
  std::vector<ImportanceWeights> all(static_cast<std::size_t>(corpus.size()));
  std::vector<double> log_p, log_q;
  evaluation.for_each_batch(corpus, [&](const Batch& batch) {
    const auto encoded = network.infer(workspace, batch);
    log_p.resize(static_cast<std::size_t>(batch.size()));
    log_q.resize(log_p.size());
    for (std::uint32_t s = 0; s < samples; ++s) {
      const Scope scope(workspace);
      const auto z = family.sample(workspace, encoded.q, draws, batch.rows(), s);
      const auto given = network.conditioning(workspace, z, batch, encoded);
      const auto nll = network.nll(workspace, given, batch, batch.inputs(), {});
      log_priors(workspace, family, z, log_p);
      log_densities(workspace, family, encoded.q, z, log_q);
      for (Index j = 0; j < batch.size(); ++j) {
        const double log_joint = at(log_p, j) - static_cast<double>(nll.data()[j]);
        all[at(batch.rows(), j)].add(log_joint - at(log_q, j));
      }
    }
  });
  return all;
}

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
