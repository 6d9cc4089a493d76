// What dropout multiplies the units of columns with.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>

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

/// The factor of a unit from its random word: words below `first_kept` drop.
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

/// Calls f(first, count, factors) for the units of a column in batches, whose draws the compiler
/// can make vectors of.
template <class Scalar, class F>
void for_each_factors(const Draws& draws, Stream stream, std::uint32_t row, std::uint32_t position,
                      FactorsOfWords<Scalar> factor, Index units, F&& f) {
  constexpr Index batch = 64;
  PhiloxBlock words[batch];
  Scalar factors[4 * batch];
  for (Index first = 0; first < units; first += 4 * batch) {
    const Index blocks = std::min(batch, (units - first + 3) / 4);
    draws.fill(stream, row, 0, position, static_cast<std::uint32_t>(first / 4),
               std::span(words, static_cast<std::size_t>(blocks)));
    for (Index k = 0; k < blocks; ++k) {
      for (Index i = 0; i < 4; ++i) factors[4 * k + i] = factor(at(words[k], i));
    }
    f(first, std::min(4 * blocks, units - first), std::as_const(factors));
  }
}

}  // namespace detail

/// 0 for a unit that is dropped, 1 / (1 - rate) for the others.
/// \shape factors [I x N] \cost a block of draws for four units
template <class Scalar>
void dropout_factors(const ColumnDropout& dropout, View<Scalar> factors, Team& team) {
  constexpr Index cheaper = 8;  // so many elements of other kernels take as long
  const Index grain = std::max<Index>(1, column_grain(factors.rows) / cheaper);
  const detail::FactorsOfWords<Scalar> factor(dropout.rate);
  split_by(team, grain, factors.columns, [&](Index begin, Index columns) {
    for (Index j = begin; j < begin + columns; ++j) {
      detail::for_each_factors(dropout.draws, dropout.stream, dropout.row(j), 0, factor,
                               factors.rows, [&](Index first, Index count, const Scalar* some) {
                                 std::copy_n(some, count, factors.column(j) + first);
                               });
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
