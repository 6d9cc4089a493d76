// How a recurrent kernel goes through a ragged batch: the steps in the order of a direction, what
// lies before each of them, and which rows a thread takes.
#pragma once

#include <algorithm>

#include <vaecollapse/core/at.hpp>
#include <vaecollapse/core/sequence.hpp>
#include <vaecollapse/core/team.hpp>
#include <vaecollapse/core/view.hpp>
#include <vaecollapse/kernels/gemm.hpp>
#include <vaecollapse/kernels/tile.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

/// Which end of a sequence a recurrent layer starts from.
enum class Direction { forward, backward };

/// The other end.
constexpr Direction opposite(Direction direction) {
  return direction == Direction::forward ? Direction::backward : Direction::forward;
}

namespace kernels {

/// Threads' slices of rows begin on half tiles, which take little more than half of a tile's time:
/// of 24 rows, two threads take 12 each, not 16 and 8. The sums over rows of the passes back rely
/// on it; where tiles are smaller, unoptimised, slices begin there all the same, so that sums have
/// the same bits.
inline constexpr Index border_rows = simd::vector_registers == 32 ? 4 : 2;
static_assert(tile_columns <= 2 * border_rows);

namespace detail {

/// Rows whose gate gradients add up to one column of sums: slices of threads begin on these, so
/// that no two threads add to the same sums, and their bits do not depend on the number of threads.
inline constexpr Index summed_rows = border_rows;

}  // namespace detail

/// Columns of sums that the passes back make for so many rows.
constexpr Index gate_sums(Index batch) {
  return (batch + detail::summed_rows - 1) / detail::summed_rows;
}

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
/// run(begin, end, previous) for those that continue a row, whose states before lie in the columns
/// from `previous` on, and for those that start from h_0, with -1.
template <class Run>
void for_each_before(const SequencePlan& plan, Direction direction, Index step, Index first,
                     Index last, Run&& run) {
  const SequenceOrder order(plan, direction);
  const Index i = order.turn(step);
  const Index border = std::clamp(order.continuing(i), first, last);
  if (first < border) run(first, border, plan.offset(order.step(i - 1)) + first);
  if (border < last) run(border, last, Index{-1});
}

/// The same with the states themselves: run(begin, end, states).
/// \shape h0 [H x B] in the plan's order, h [H x N], states [H x (end - begin)]
template <class Scalar, class Run>
void for_each_before(const SequencePlan& plan, Direction direction, Index step, Index first,
                     Index last, View<const Scalar> h0, View<const Scalar> h, Run&& run) {
  for_each_before(plan, direction, step, first, last, [&](Index begin, Index end, Index previous) {
    run(begin, end,
        previous < 0 ? h0.middle_columns(begin, end - begin)
                     : h.middle_columns(previous, end - begin));
  });
}

namespace detail {

/// Where the slice `part` of `of` begins: the half tile before which rows have about that share of
/// all columns.
inline Index row_border(const SequencePlan& plan, Index part, Index of) {
  if (part == of) return plan.batch();
  const Index wanted = plan.columns() * part / of;
  Index columns = 0, first = 0;
  while (columns < wanted) {
    const Index last = std::min(first + border_rows, plan.batch());
    Index more = 0;
    for (Index place = first; place < last; ++place) {
      more += plan.length(at(plan.order(), place));
    }
    if (columns + more - wanted > wanted - columns) break;
    columns += more;
    first = last;
  }
  return first;
}

/// What the products of so many columns take, in columns of full tiles: a last tile that is not
/// full takes one more.
constexpr Index time_of_columns(Index columns) {
  return columns + (columns % tile_columns != 0 ? 1 : 0);
}

/// What it takes threads to meet at the end of a step and to read each other's states, as
/// multiply-adds of vectors in that time. Taken as 0.6 microseconds; it is 0.4 where cores are near
/// each other, and up to 1.5 where they are not.
inline constexpr Index meeting = 1 << 12;

}  // namespace detail

/// Whether threads take some units of every step each, and meet at its end, and not some rows
/// through all steps: where that is faster by an eighth or more, by the products of the thread that
/// has most, as with few rows of many units. Units are counted in panels of the pass back, which
/// are the coarser ones; a unit has so many gates.
template <class Scalar>
bool threads_share_steps(Index rows, Index hidden, const Team& team, int gates = 3) {
  const Index threads = team.size();
  const Index panels = PackedPanels<Scalar>(nullptr, hidden, 0).panels();
  if (threads == 1 || panels < 2) return false;
  const Index most_rows =
      std::min(rows, detail::round_up((rows + threads - 1) / threads, border_rows));
  const Index most_panels = (panels + threads - 1) / threads;
  const double column =
      gates * static_cast<double>(hidden) *
      static_cast<double>((hidden + simd::lanes<Scalar> - 1) / simd::lanes<Scalar>);
  const auto time = [&](Index columns) {
    return static_cast<double>(detail::time_of_columns(columns)) * column;
  };
  const double share = static_cast<double>(most_panels) / static_cast<double>(panels);
  return 8 * (time(rows) * share + detail::meeting) <= 7 * time(most_rows);
}

/// Calls run(first, last) on the team's threads for slices of a plan's places that begin on half
/// tiles. Rows stand in order of falling length, so threads take as many columns, not as many rows.
template <class Run>
void split_rows(Team& team, const SequencePlan& plan, Run&& run) {
  const Index parts = team.size();
  team.split(parts, [&](Index first, Index last) {
    run(detail::row_border(plan, first, parts), detail::row_border(plan, last, parts));
  });
}

/// Goes through the steps of a plan in the order of a direction: for rows first .. last of each it
/// calls before(step, first, last), recurrent.units(step, first, last, panels) and
/// after(step, first, last). Each thread takes some rows through all steps, so there is no barrier
/// in the loop; where steps are shared, each takes some panels of all rows of a step, and what
/// comes before and after is the caller's.
template <class Recurrent, class Before, class After>
void for_each_step(const SequencePlan& plan, Direction direction, const Recurrent& recurrent,
                   Index panels, bool shared, Team& team, const Before& before,
                   const After& after) {
  const SequenceOrder order(plan, direction);
  if (shared) {
    for (Index i = 0; i < plan.steps(); ++i) {
      const Index step = order.step(i), end = plan.active(step);
      before(step, Index{0}, end);
      team.split(panels, [&](Index first, Index last) {
        recurrent.units(step, Index{0}, end, {first, last});
      });
      after(step, Index{0}, end);
    }
    return;
  }
  split_rows(team, plan, [&](Index first, Index last) {
    for (Index i = 0; i < plan.steps(); ++i) {
      const Index step = order.step(i), end = std::min(last, plan.active(step));
      if (first >= end) continue;
      before(step, first, end);
      recurrent.units(step, first, end, {Index{0}, panels});
      after(step, first, end);
    }
  });
}

}  // namespace kernels
}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
