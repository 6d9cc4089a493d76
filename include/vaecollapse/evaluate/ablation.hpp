// Figures of rows that are given the z of other rows: if these are as good as with their own z,
// the decoder does not use z.
#pragma once

#include <cstddef>
#include <span>
#include <type_traits>
#include <vector>

#include <vaecollapse/core/rng.hpp>
#include <vaecollapse/data/batch.hpp>
#include <vaecollapse/data/corpus.hpp>
#include <vaecollapse/evaluate/codes.hpp>
#include <vaecollapse/evaluate/decode.hpp>
#include <vaecollapse/evaluate/evaluation.hpp>
#include <vaecollapse/metrics/latent_rows.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

/// The NLL of every row, from the z of row source_of[row]; a sequence of latents is given with all
/// of its places. \unit nats per word
template <class Network, class Scalar, SymbolRows Rows>
std::vector<double> nll_rows(Evaluation<Network, Scalar>& evaluation, const Rows& corpus,
                             const std::type_identity_t<LatentView<Scalar>>& z,
                             std::span<const Row> source_of) {
  std::vector<double> all(static_cast<std::size_t>(corpus.size()));
  evaluation.for_each_batch(corpus, [&](const Batch& batch) {
    const auto given = detail::gather(evaluation, z, batch, source_of);
    const auto some =
        evaluation.network().reconstruct(evaluation.workspace(), given, batch, batch.inputs());
    for (std::size_t j = 0; j < batch.rows().size(); ++j) {
      all[batch.rows()[j]] = static_cast<double>(some.data()[j]);
    }
  });
  return all;
}

/// Whose z each row is given instead of its own: a derangement of the whole corpus.
template <class Network, class Scalar, SymbolRows Rows>
std::vector<Row> permuted_rows(const Evaluation<Network, Scalar>& evaluation, const Rows& corpus) {
  std::vector<Row> other(static_cast<std::size_t>(corpus.size()));
  derangement(evaluation.draws(Pass::evaluate), Stream::permutation, std::span<Row>(other));
  return other;
}

/// The guesses of every row from the mean of another row's posterior.
template <class Network, class Scalar, SymbolRows Rows>
std::vector<Guesses> decode_with_permuted_z(Evaluation<Network, Scalar>& evaluation,
                                            const Rows& corpus, const DecodeOptions& options = {}) {
  const auto z = z_means(evaluation, corpus);
  return decode_rows(evaluation, corpus, LatentView<Scalar>(z), permuted_rows(evaluation, corpus),
                     options);
}

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
