// More training rows: each target also as the source of itself.
#pragma once

#include <cstddef>
#include <utility>
#include <vector>

#include <vaecollapse/tasks/reinflection/rows.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI::reinflection {

/// Adds, after the rows, a copy of each in which the target is its own source: a form, asked for
/// with the tags it already has. The encoder reads twice as many different words, which teaches it
/// to keep stems it has not met. For training rows only; rows without an answer give none.
inline void add_copies_of_targets(std::vector<Example>& rows) {
  const std::size_t given = rows.size();
  rows.reserve(2 * given);
  for (std::size_t i = 0; i < given; ++i) {
    if (!rows[i].has_target) continue;
    Example copy = rows[i];
    copy.source = copy.target;
    if (!copy.source_msd.empty()) copy.source_msd = copy.msd;
    rows.push_back(std::move(copy));
  }
}

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI::reinflection
