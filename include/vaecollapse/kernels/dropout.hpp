// What dropout multiplies the units of columns with.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>

#include <vaecollapse/core/at.hpp>
#include <vaecollapse/core/rng.hpp>
#include <vaecollapse/core/view.hpp>
#include <vaecollapse/kernels/elementwise.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI::kernels {

/// Which units are dropped: unit i of a column with probability `rate`, by the draw at (row, i).
struct ColumnDropout {
  double rate;
  Draws draws;
  Stream stream;
  std::span<const std::uint32_t> rows;  ///< [N]: the corpus row of each column; empty: its number

  std::uint32_t row(Index column) const {
    return rows.empty() ? static_cast<std::uint32_t>(column) : at(rows, column);
  }
};

namespace detail {

/// The factors of the units of a column, from random words: those below `first_kept` drop.
template <class Scalar>
struct FactorsOfWords {
  std::uint32_t first_kept;
  Scalar kept;

  /// `bernoulli(word, rate)` is `word < first`.
  explicit FactorsOfWords(double rate) {
    const double first = std::ceil(rate * 0x1p32 - 0.5);
    const bool drops_all = first > 4294967295.0;
    first_kept = drops_all ? 0 : static_cast<std::uint32_t>(std::max(0.0, first));
    kept = drops_all ? Scalar(0) : static_cast<Scalar>(1 / (1 - rate));
  }
  Scalar operator()(std::uint32_t word) const { return word < first_kept ? Scalar(0) : kept; }
};

/// Fills a column. In batches: the compiler makes vectors of draws of many blocks.
template <class Scalar>
void fill_factors(const ColumnDropout& dropout, std::uint32_t row, Index units, Scalar* factors) {
  constexpr Index batch = 64;
  const FactorsOfWords<Scalar> factor(dropout.rate);
  PhiloxBlock words[batch];
  Scalar numbers[4 * batch];
  for (Index first = 0; first < units; first += 4 * batch) {
    const Index blocks = std::min(batch, (units - first + 3) / 4);
    dropout.draws.fill(dropout.stream, row, 0, 0, static_cast<std::uint32_t>(first / 4),
                       std::span(words, static_cast<std::size_t>(blocks)));
    for (Index k = 0; k < blocks; ++k) {
      for (Index i = 0; i < 4; ++i) numbers[4 * k + i] = factor(at(words[k], i));
    }
    std::copy_n(numbers, std::min(4 * blocks, units - first), factors + first);
  }
}

}  // namespace detail

/// 0 for a unit that is dropped, 1 / (1 - rate) for the others.
/// \shape factors [I x N] \cost a block of draws for four units
template <class Scalar>
void dropout_factors(const ColumnDropout& dropout, View<Scalar> factors, Team& team) {
  constexpr Index cheaper = 8;  // so many elements of other kernels take as long
  const Index grain = std::max<Index>(1, column_grain(factors.rows) / cheaper);
  split_by(team, grain, factors.columns, [&](Index first, Index count) {
    for (Index j = first; j < first + count; ++j) {
      detail::fill_factors(dropout, dropout.row(j), factors.rows, factors.column(j));
    }
  });
}

namespace naive {

/// The reference: the factor of unit i of column j.
inline double dropout_factor(const ColumnDropout& dropout, Index i, Index j) {
  const double draw =
      dropout.draws.uniform(dropout.stream, dropout.row(j), 0, 0, static_cast<std::uint32_t>(i));
  return draw < dropout.rate ? 0 : 1 / (1 - dropout.rate);
}

}  // namespace naive

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI::kernels
