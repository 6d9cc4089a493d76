// More training rows: each target also as the source of itself.
#pragma once

#include <cstddef>
#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

#include <vaecollapse/tasks/reinflection/answers.hpp>
#include <vaecollapse/tasks/reinflection/rows.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI::reinflection {

/// Adds, after the rows, a copy of each in which the target is its own source: a form, asked for
/// with the tags it already has. The encoder reads twice as many different words, which teaches it
/// to keep stems it has not met. For training rows only; rows without an answer give none.
/// \param given the first rows, each of which is copied; of the others, answers not copied yet
inline void add_copies_of_targets(std::vector<Example>& rows, std::size_t given) {
  const std::size_t count = rows.size();
  std::unordered_set<std::string> copied;
  rows.reserve(2 * count);
  for (std::size_t i = 0; i < count; ++i) {
    if (!rows[i].has_target) continue;
    const bool is_new = count == given || copied.insert(answer(rows[i])).second;
    if (i >= given && !is_new) continue;
    Example copy = rows[i];
    copy.source = copy.target;
    if (!copy.source_msd.empty()) copy.source_msd = copy.msd;
    rows.push_back(std::move(copy));
  }
}

/// The same of all rows.
inline void add_copies_of_targets(std::vector<Example>& rows) {
  add_copies_of_targets(rows, rows.size());
}

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI::reinflection
