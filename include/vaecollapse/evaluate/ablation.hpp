// Figures of rows that are given the z of other rows: if these are as good as with their own z,
// the decoder does not use z.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <type_traits>
#include <vector>

#include <vaecollapse/core/rng.hpp>
#include <vaecollapse/core/shape.hpp>
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

/// Whose sequence each row is given by a permutation within the rows of equally many places.
struct EqualPlaces {
  std::vector<Row> source_of;  ///< of every row; a row that is alone keeps its own
  std::vector<Row> rows;       ///< those that are given another's, in order

  Index alone() const { return static_cast<Index>(source_of.size() - rows.size()); }
};

/// A random cycle through the rows of each number of places, so that what the number itself shows
/// stays the row's own.
template <class Network, class Scalar>
EqualPlaces permuted_in_equal_places(const Evaluation<Network, Scalar>& evaluation,
                                     std::span<const PlaceRange> places) {
  std::vector<Row> order = detail::rows_in_order(static_cast<Index>(places.size()));
  constexpr std::uint32_t beside_the_derangement = 1;
  shuffle(std::span<Row>(order), evaluation.draws(Pass::evaluate), Stream::permutation,
          beside_the_derangement);
  std::stable_sort(order.begin(), order.end(),
                   [&](Row a, Row b) { return places[a].count < places[b].count; });
  EqualPlaces found{std::vector<Row>(order.size()), {}};
  for (std::size_t first = 0, last = 0; first < order.size(); first = last) {
    while (last < order.size() && places[order[last]].count == places[order[first]].count) ++last;
    for (std::size_t i = first; i < last; ++i) {
      found.source_of[order[i]] = order[i + 1 < last ? i + 1 : first];
      if (last - first > 1) found.rows.push_back(order[i]);
    }
  }
  std::sort(found.rows.begin(), found.rows.end());
  return found;
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
