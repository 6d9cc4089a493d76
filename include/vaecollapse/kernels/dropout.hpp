// What dropout multiplies the units of columns with.
#pragma once

#include <algorithm>
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

/// 0 for a unit that is dropped, 1 / (1 - rate) for the others.
/// \shape factors [I x N] \cost a block of draws for four units
template <class Scalar>
void dropout_factors(const ColumnDropout& dropout, View<Scalar> factors, Team& team) {
  const auto kept = static_cast<Scalar>(1 / (1 - dropout.rate));
  constexpr Index cheaper = 8;  // so many elements of other kernels take as long
  const Index grain = std::max<Index>(1, column_grain(factors.rows) / cheaper);
  split_by(team, grain, factors.columns, [&](Index first, Index count) {
    for (Index j = first; j < first + count; ++j) {
      const std::uint32_t row = dropout.row(j);
      for (Index i = 0; i < factors.rows; i += 4) {
        const PhiloxBlock words =
            dropout.draws.bits(dropout.stream, row, 0, 0, static_cast<std::uint32_t>(i / 4));
        for (Index k = 0; k < std::min<Index>(4, factors.rows - i); ++k) {
          factors(i + k, j) = bernoulli(at(words, k), dropout.rate) ? Scalar(0) : kept;
        }
      }
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
