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

namespace detail {

/// Calls run(size, from, to) for columns first .. first + count, at once where none has a gap. The
/// views are copies: what a closure holds would be read anew for each column, and such a read may
/// wait for a store to the same place of another page.
template <class Scalar, class Run>
void for_each_column(View<const Scalar> from, View<Scalar> to, Index first, Index count, Run run) {
  const Index rows = to.rows;
  const Scalar* source = from.column(first);
  Scalar* target = to.column(first);
  if (from.leading == rows && to.leading == rows) return run(count * rows, source, target);
  for (; count > 0; --count, source += from.leading, target += to.leading) {
    run(rows, source, target);
  }
}

/// to = from. Short runs by vectors, whose length is no reason for a call.
template <class Scalar>
void copy(Index n, const Scalar* from, Scalar* to) {
  constexpr Index longest = 1 << 11;
  if (n > longest) {
    std::copy_n(from, n, to);
  } else {
    for (const auto chunk : chunks<Scalar>(n)) chunk.store(to, chunk.load(from));
  }
}

}  // namespace detail

/// to = from. \shape equal shapes
template <class Scalar>
void copy(View<const Scalar> from, View<Scalar> to, Team& team) {
  split_whole_columns(team, copy_grain, to.shape(), [=](Index first, Index count) {
    detail::for_each_column(from, to, first, count,
                            [](Index n, const Scalar* source, Scalar* target)
                                VAECOLLAPSE_INLINE_LAMBDA { detail::copy(n, source, target); });
  });
}

/// to += from. \shape equal shapes
template <class Scalar>
void add(View<const Scalar> from, View<Scalar> to, Team& team) {
  split_whole_columns(team, copy_grain, to.shape(), [=](Index first, Index count) {
    detail::for_each_column(from, to, first, count,
                            [](Index n, const Scalar* source, Scalar* target)
                                VAECOLLAPSE_INLINE_LAMBDA { add(n, source, target); });
  });
}

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI::kernels
