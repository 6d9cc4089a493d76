// The true ELBO of a corpus.
#pragma once

#include <cstddef>
#include <vector>

#include <vaecollapse/core/at.hpp>
#include <vaecollapse/core/rng.hpp>
#include <vaecollapse/core/view.hpp>
#include <vaecollapse/data/batch.hpp>
#include <vaecollapse/data/corpus.hpp>
#include <vaecollapse/evaluate/evaluation.hpp>
#include <vaecollapse/metrics/elbo_terms.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

/// The ELBO of every row with one sample of z, drawn from the posterior. `mean()` sums by corpus
/// row, so that the bits do not depend on how the corpus is cut.
template <class Network, class Scalar, SymbolRows Rows>
ElboRows elbo_rows(Evaluation<Network, Scalar>& evaluation, const Rows& corpus) {
  const Draws draws = evaluation.draws(Pass::evaluate);
  const auto size = static_cast<std::size_t>(corpus.size());
  ElboRows rows{std::vector<double>(size), std::vector<double>(size), {}, {}};
  evaluation.for_each_batch(corpus, [&](const Batch& batch) {
    const auto terms =
        evaluation.network().terms(evaluation.workspace(), batch, draws, batch.inputs());
    const View<const Scalar> kl = terms.kl.view();
    for (Index j = 0; j < batch.size(); ++j) {
      const Row row = at(batch.rows(), j);
      rows.nll[row] = static_cast<double>(terms.nll.data()[j]);
      for (Index d = 0; d < kl.rows; ++d) rows.rate[row] += static_cast<double>(kl(d, j));
      if (terms.leading.length > 0) {
        rows.length_rate.resize(size);
        rows.length_rate[row] = static_cast<double>(kl(0, j));
      }
    }
    detail::add_columns(kl, rows.kl_per_dimension);
  });
  for (double& dimension : rows.kl_per_dimension) dimension /= static_cast<double>(size);
  return rows;
}

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
