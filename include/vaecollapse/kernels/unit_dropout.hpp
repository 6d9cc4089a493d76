// Dropping units of a sequence's columns, each by a coin of its own. Coins are addressed: the
// backward pass tosses the same ones again, and no mask lies in memory.
#pragma once

#include <cstdint>
#include <span>

#include <vaecollapse/core/at.hpp>
#include <vaecollapse/core/rng.hpp>
#include <vaecollapse/core/sequence.hpp>
#include <vaecollapse/core/team.hpp>
#include <vaecollapse/core/view.hpp>
#include <vaecollapse/kernels/dropout.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI::kernels {

/// Unit i of symbol t of a row is dropped with probability `rate`, by the draw at (corpus row, t,
/// i); what stays is divided by 1 - rate. A rate of 0 drops nothing. With `is_per_row`, the units
/// that the first symbol of a row loses are lost by all of its symbols.
/// \source per row: Gal & Ghahramani 2016, "variational" dropout
struct UnitDropout {
  /// As many units as draws can tell apart in sequences of that length.
  static constexpr Index most_units(Index longest) {
    return longest <= Index{Draws::far} ? Index{Draws::units} : Index{Draws::near_units};
  }

  double rate = 0;
  Stream stream = Stream::embedding_dropout;
  Draws draws{Seed(0), 0};
  std::span<const std::uint32_t> rows{};  ///< [B]: the corpus row of each row of the plan
  bool is_per_row = false;

  /// The position whose draws are those of symbol t.
  std::uint32_t position(Index t) const { return is_per_row ? 0 : static_cast<std::uint32_t>(t); }
};

namespace detail {

/// f(out, x, factor) for every unit; rows of the plan are shared among the threads.
template <class Scalar, class F>
void drop_units(const UnitDropout& dropout, const SequencePlan& plan, View<const Scalar> x,
                View<Scalar> out, Team& team, F f) {
  const FactorsOfWords<Scalar> factor(dropout.rate);
  team.split(plan.batch(), [&](Index first_row, Index last_row) {
    for (Index row = first_row; row < last_row; ++row) {
      for (Index t = 0; t < plan.length(row); ++t) {
        const Index column = plan.column(row, t);
        for_each_factors(dropout.draws, dropout.stream, at(dropout.rows, row), dropout.position(t),
                         factor, x.rows, [&](Index first, Index count, const Scalar* factors) {
                           const Scalar* from = x.column(column) + first;
                           Scalar* to = out.column(column) + first;
                           for (Index i = 0; i < count; ++i) f(to[i], from[i], factors[i]);
                         });
      }
    }
  });
}

}  // namespace detail

/// y = x with units dropped. \shape x, y [E x N] on the plan
template <class Scalar>
void unit_dropout_forward(const UnitDropout& dropout, const SequencePlan& plan,
                          View<const Scalar> x, View<Scalar> y, Team& team) {
  detail::drop_units(dropout, plan, x, y, team,
                     [](Scalar& to, Scalar from, Scalar factor) { to = from * factor; });
}

/// dx += dy with the same units dropped.
template <class Scalar>
void unit_dropout_backward(const UnitDropout& dropout, const SequencePlan& plan,
                           View<const Scalar> dy, View<Scalar> dx, Team& team) {
  detail::drop_units(dropout, plan, dy, dx, team,
                     [](Scalar& to, Scalar from, Scalar factor) { to += from * factor; });
}

namespace naive {

/// The reference of both: the factor of unit i of symbol t of a row of the plan.
inline double unit_dropout_factor(const UnitDropout& dropout, Index row, Index t, Index i) {
  const double draw = dropout.draws.uniform(dropout.stream, at(dropout.rows, row), 0,
                                            dropout.is_per_row ? 0 : static_cast<std::uint32_t>(t),
                                            static_cast<std::uint32_t>(i));
  return draw < dropout.rate ? 0 : 1 / (1 - dropout.rate);
}

}  // namespace naive

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI::kernels
