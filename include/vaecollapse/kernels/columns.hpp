// Whole columns at once: how they are divided among threads, copied and added up.
#pragma once

#include <algorithm>

#include <vaecollapse/core/team.hpp>
#include <vaecollapse/core/view.hpp>
#include <vaecollapse/kernels/chunk.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI::kernels {

/// The grain of numbers of which each takes some arithmetic: a thread's microsecond.
inline constexpr Index work_grain = 1 << 12;

/// Calls run(first, count) on the team's threads for slices of whole columns, each of `grain`
/// numbers or a column more.
template <class Run>
void split_whole_columns(Team& team, Index grain, const Shape<2>& shape, Run&& run) {
  split_by(team, grain / std::max<Index>(shape[0], 1) + 1, shape[1], run);
}

/// to = from. \shape equal shapes
template <class Scalar>
void copy(View<const Scalar> from, View<Scalar> to, Team& team) {
  split_whole_columns(team, copy_grain, to.shape(), [&](Index first, Index count) {
    if (from.leading == from.rows && to.leading == to.rows) {
      std::copy_n(from.column(first), count * to.rows, to.column(first));
      return;
    }
    for (Index j = first; j < first + count; ++j) {
      std::copy_n(from.column(j), to.rows, to.column(j));
    }
  });
}

/// to += from. \shape equal shapes
template <class Scalar>
void add(View<const Scalar> from, View<Scalar> to, Team& team) {
  split_whole_columns(team, copy_grain, to.shape(), [&](Index first, Index count) {
    if (from.leading == from.rows && to.leading == to.rows) {
      add(count * to.rows, from.column(first), to.column(first));
      return;
    }
    for (Index j = first; j < first + count; ++j) add(to.rows, from.column(j), to.column(j));
  });
}

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI::kernels
