// What rows cost a model that knows no context: the least that a model of them must beat.
#pragma once

#include <cmath>
#include <cstddef>
#include <vector>

#include <vaecollapse/core/check.hpp>
#include <vaecollapse/core/sequence.hpp>
#include <vaecollapse/data/corpus.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

/// The mean cost of a row's target and its end, each symbol being predicted by its share of all
/// symbols of these rows: the entropy of their unigrams. No unigrams of other rows cost less.
/// \unit nats per row \throws Error if there are no rows
template <SymbolRows Rows>
double unigram_nll(const Rows& corpus) {
  if (corpus.size() == 0) raise(Error("unigram_nll: there are no rows"));
  std::vector<double> counts;
  double symbols = 0;
  for (Row row = 0; row < Row(corpus.size()); ++row) {
    for (const Symbol symbol : corpus.target(row)) {
      const auto id = static_cast<std::size_t>(symbol);
      if (id >= counts.size()) counts.resize(id + 1);
      counts[id] += 1;
      symbols += 1;
    }
  }
  const auto rows = static_cast<double>(corpus.size());
  counts.push_back(rows);  // the ends
  symbols += rows;
  double nats = 0;
  for (const double count : counts) nats += count > 0 ? count * std::log(symbols / count) : 0;
  return nats / rows;
}

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
