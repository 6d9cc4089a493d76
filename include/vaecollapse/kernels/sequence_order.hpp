// How a recurrent kernel goes through a ragged batch: the steps in the order of a direction, what
// lies before each of them, and which rows a thread takes.
#pragma once

#include <algorithm>
#include <cstddef>

#include <vaecollapse/core/sequence.hpp>
#include <vaecollapse/core/split.hpp>
#include <vaecollapse/core/view.hpp>
#include <vaecollapse/kernels/gemm.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

/// Which end of a sequence a recurrent layer starts from.
enum class Direction { forward, backward };

namespace kernels {

/// The columns first .. first + count of a plan.
struct ColumnRange {
  Index first;
  Index count;
};

/// Steps of a plan in the order in which a direction visits them, and what comes before each.
class SequenceOrder {
 public:
  SequenceOrder(const SequencePlan& plan, Direction direction)
      : plan_(plan), direction_(direction) {}

  /// The step visited i-th.
  Index step(Index i) const { return direction_ == Direction::forward ? i : plan_.steps() - 1 - i; }
  /// When a step is visited: the inverse of `step`, and the same formula.
  Index turn(Index step_of_plan) const { return step(step_of_plan); }
  /// How many columns of the i-th visited step continue a row; those after them start from h_0.
  Index continuing(Index i) const {
    return i == 0 ? 0 : std::min(plan_.active(step(i)), plan_.active(step(i - 1)));
  }

  /// Columns outside of these start from h_0; where rows that are read backwards differ in length,
  /// some of these do too.
  ColumnRange continuing_columns() const {
    if (plan_.steps() == 0) return {0, 0};
    const Index started_first = plan_.active(step(0));
    return {direction_ == Direction::forward ? started_first : 0, plan_.columns() - started_first};
  }

 private:
  const SequencePlan& plan_;
  Direction direction_;
};

/// Divides the places first .. last of a step by where the states before them lie: calls
/// run(begin, end, states) for those that continue a row and for those that start from h_0.
/// \shape h0 [H x B] in the plan's order, h [H x N], states [H x (end - begin)]
template <class Scalar, class Run>
void for_each_before(const SequencePlan& plan, Direction direction, Index step, Index first,
                     Index last, View<const Scalar> h0, View<const Scalar> h, Run&& run) {
  const SequenceOrder order(plan, direction);
  const Index i = order.turn(step);
  const Index border = std::clamp(order.continuing(i), first, last);
  if (first < border) {
    const Index previous = plan.offset(order.step(i - 1)) + first;
    run(first, border, h.middle_columns(previous, border - first));
  }
  if (border < last) run(border, last, h0.middle_columns(border, last - border));
}

namespace detail {

/// Where the slice `part` of `of` begins: the tile before which rows have about that share of all
/// columns.
inline Index row_border(const SequencePlan& plan, Index part, Index of) {
  if (part == of) return plan.batch();
  const Index wanted = plan.columns() * part / of;
  Index columns = 0, first = 0;
  while (columns < wanted) {
    const Index last = std::min(first + tile_columns, plan.batch());
    Index tile = 0;
    for (Index place = first; place < last; ++place) {
      tile += plan.length(plan.order()[static_cast<std::size_t>(place)]);
    }
    if (columns + tile - wanted > wanted - columns) break;
    columns += tile;
    first = last;
  }
  return first;
}

}  // namespace detail

/// Multiply-adds of a thread in a step, from which on it is worth meeting at its end: about a
/// microsecond for one row, and threads meet in 0.2 to 0.5.
inline constexpr Index worth_meeting = 1 << 14;

/// Whether threads take some units of every step each, and meet at its end, and not some rows
/// through all steps: where there are fewer tiles of rows than threads.
inline bool threads_share_steps(Index rows, Index hidden, const Team& team) {
  const Index tiles = (rows + tile_columns - 1) / tile_columns;
  return tiles < team.size() && 3 * hidden * hidden * rows >= worth_meeting * team.size();
}

/// Calls run(first, last) on the team's threads for slices of a plan's places that begin on tiles.
/// Rows stand in order of falling length, so threads take as many columns, not as many rows.
template <class Run>
void split_rows(Team& team, const SequencePlan& plan, Run&& run) {
  const Index parts = team.size();
  team.split(parts, [&](Index first, Index last) {
    run(detail::row_border(plan, first, parts), detail::row_border(plan, last, parts));
  });
}

}  // namespace kernels
}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
