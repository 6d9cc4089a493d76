// The places of ragged sequences: sums and means over the places of each row, and vectors that fill
// the first places of each row from top to bottom.
#pragma once

#include <algorithm>

#include <vaecollapse/core/at.hpp>
#include <vaecollapse/core/sequence.hpp>
#include <vaecollapse/core/team.hpp>
#include <vaecollapse/core/view.hpp>
#include <vaecollapse/kernels/chunk.hpp>
#include <vaecollapse/kernels/columns.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI::kernels {

/// The places of each row of a plan from a first one on.
struct PlacesFrom {
  const SequencePlan& plan;
  Index first;

  Index count(Index row) const { return std::max<Index>(plan.length(row) - first, 0); }
};

/// What becomes of the numbers of a row's places.
enum class OverPlaces { sum, mean };

namespace detail {

/// What each place of a row counts for.
template <class Scalar>
Scalar share_of_place(const PlacesFrom& places, Index row, OverPlaces kind) {
  const Index count = places.count(row);
  return kind == OverPlaces::sum || count == 0 ? Scalar(1) : 1 / static_cast<Scalar>(count);
}

/// Rows of which a thread takes several at once: `work_grain` numbers.
inline Index row_grain(const SequencePlan& plan, Index features) {
  return work_grain * plan.batch() / std::max<Index>(features * plan.columns(), 1) + 1;
}

}  // namespace detail

/// y_b = the sum, or the mean, of the columns of row b's places; zeros for a row that has none. The
/// places are added up in their order. \shape x [I x N], y [I x B]
template <class Scalar>
void reduce_places_forward(const PlacesFrom& places, OverPlaces kind, View<const Scalar> x,
                           View<Scalar> y, Team& team) {
  const SequencePlan& plan = places.plan;
  split_by(team, detail::row_grain(plan, x.rows), plan.batch(), [&](Index begin, Index count) {
    for (Index row = begin; row < begin + count; ++row) {
      const auto share = simd::broadcast<Scalar>(detail::share_of_place<Scalar>(places, row, kind));
      for (const auto chunk : chunks<Scalar>(x.rows)) {
        auto total = simd::broadcast<Scalar>(0);
        for (Index step = places.first; step < plan.length(row); ++step) {
          total = total + chunk.load(x.column(plan.column(row, step)));
        }
        chunk.store(y.column(row), share * total);
      }
    }
  });
}

/// dx += dy of the row, or its share of it. \shape dy [I x B], dx [I x N]
template <class Scalar>
void reduce_places_backward(const PlacesFrom& places, OverPlaces kind, View<const Scalar> dy,
                            View<Scalar> dx, Team& team) {
  const SequencePlan& plan = places.plan;
  split_by(team, detail::row_grain(plan, dx.rows), plan.batch(), [&](Index begin, Index count) {
    for (Index row = begin; row < begin + count; ++row) {
      const auto share = detail::share_of_place<Scalar>(places, row, kind);
      for (Index step = places.first; step < plan.length(row); ++step) {
        add_scaled(dx.rows, share, dy.column(row), dx.column(plan.column(row, step)));
      }
    }
  });
}

/// How many columns of so many rows a vector fills: the last may be longer than what is left of it.
constexpr Index filled_columns(Index vector, Index rows) { return (vector + rows - 1) / rows; }

namespace detail {

/// Calls f(row, column, first, count) for the first columns of each row: numbers first .. first +
/// count of the row's vector of `size` are the uppermost of the column. \pre rows are long enough
template <class F>
void for_filled_columns(const SequencePlan& plan, Index rows, Index size, Team& team, F&& f) {
  split_by(team, row_grain(plan, rows), plan.batch(), [&](Index begin, Index count) {
    for (Index row = begin; row < begin + count; ++row) {
      for (Index step = 0; step * rows < size; ++step) {
        f(row, plan.column(row, step), step * rows, std::min(rows, size - step * rows));
      }
    }
  });
}

}  // namespace detail

/// Puts a vector of each row into its first columns, with zeros in what is left of the last.
/// \shape vectors [R x B], columns [I x N] on the plan
template <class Scalar>
void fill_first_columns(const SequencePlan& plan, View<const Scalar> vectors, View<Scalar> columns,
                        Team& team) {
  detail::for_filled_columns(
      plan, columns.rows, vectors.rows, team,
      [&](Index row, Index column, Index first, Index count) {
        std::copy_n(vectors.column(row) + first, count, columns.column(column));
        std::fill_n(columns.column(column) + count, columns.rows - count, Scalar(0));
      });
}
/// vectors += what `fill_first_columns` put there. \shape as there
template <class Scalar>
void add_first_columns(const SequencePlan& plan, View<const Scalar> columns, View<Scalar> vectors,
                       Team& team) {
  detail::for_filled_columns(plan, columns.rows, vectors.rows, team,
                             [&](Index row, Index column, Index first, Index count) {
                               add(count, columns.column(column), vectors.column(row) + first);
                             });
}
/// columns += vectors, each where `fill_first_columns` puts it. \shape as there
template <class Scalar>
void add_to_first_columns(const SequencePlan& plan, View<const Scalar> vectors,
                          View<Scalar> columns, Team& team) {
  detail::for_filled_columns(plan, columns.rows, vectors.rows, team,
                             [&](Index row, Index column, Index first, Index count) {
                               add(count, vectors.column(row) + first, columns.column(column));
                             });
}

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI::kernels
