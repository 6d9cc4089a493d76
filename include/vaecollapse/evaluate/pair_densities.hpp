// The densities of every row's posterior at every row's sample of z, of any posterior family: what
// the mutual information is made of.
#pragma once

#include <algorithm>
#include <cstddef>
#include <span>
#include <type_traits>
#include <vector>

#include <vaecollapse/core/at.hpp>
#include <vaecollapse/core/shape.hpp>
#include <vaecollapse/data/batch.hpp>
#include <vaecollapse/data/corpus.hpp>
#include <vaecollapse/evaluate/evaluation.hpp>
#include <vaecollapse/latent/refinements.hpp>
#include <vaecollapse/metrics/log_sum_exp.hpp>
#include <vaecollapse/metrics/mutual_information.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

/// log q(z_n | x_n) of every row, and the log of the sum of all other rows' densities at z_n. No
/// posterior is kept longer than its batch. \shape z [Z x rows] \unit nats
/// \cost O(N^2 Z) time, O(N) memory
/// \pre z is a vector: the density of one row's sequence under another's, which has other places,
/// is 0
template <class Network, class Scalar, SymbolRows Rows>
requires(!has_sequence_latent<detail::FamilyOf<Network>>) detail::OwnAndOthers
    pair_densities(Evaluation<Network, Scalar>& evaluation, const Rows& corpus,
                   std::type_identity_t<std::span<const Scalar>> z) {
  const auto& family = evaluation.network().posterior();
  auto& workspace = evaluation.workspace();
  const Index latent = family.latent();
  const auto count = static_cast<std::size_t>(corpus.size());
  detail::OwnAndOthers found{std::vector<double>(count), std::vector<LogSumExp>(count)};
  std::vector<double> densities;
  evaluation.for_each_batch(corpus, [&](const Batch& batch) {
    const auto q = evaluation.network().encode(workspace, batch);
    const auto same = workspace.template make<2>(Shape<2>{{latent, batch.size()}});
    densities.resize(static_cast<std::size_t>(batch.size()));
    for (Row n = 0; n < Row(corpus.size()); ++n) {
      for (Index j = 0; j < batch.size(); ++j) {
        std::copy_n(z.data() + Index{n} * latent, latent, same.value_view().column(j));
      }
      log_densities(workspace, family, q, same, densities);
      for (Index j = 0; j < batch.size(); ++j) {
        if (at(batch.rows(), j) == n) {
          found.own[n] = at(densities, j);
        } else {
          found.others[n].add(at(densities, j));
        }
      }
    }
  });
  return found;
}

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
