// Rows that follow from others: forms of one word, and rows read backward.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include <vaecollapse/core/utf8.hpp>
#include <vaecollapse/tasks/reinflection/msd.hpp>
#include <vaecollapse/tasks/reinflection/rows.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI::reinflection {

namespace detail {

/// The rows of each source that have an answer, in the order of the sources' first rows; of rows
/// that are alike the first.
inline std::vector<std::vector<std::size_t>> rows_by_source(std::span<const Example> rows) {
  std::unordered_map<std::u32string_view, std::size_t> place;
  std::unordered_set<std::string> seen;
  std::vector<std::vector<std::size_t>> groups;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const Example& row = rows[i];
    if (!row.has_target) continue;
    if (!seen.insert(question(row) + "\t" + utf8::encode(row.target)).second) continue;
    const auto [found, is_new] = place.try_emplace(row.source, groups.size());
    if (is_new) groups.emplace_back();
    groups[found->second].push_back(i);
  }
  return groups;
}

}  // namespace detail

/// The rows that follow from two rows of one source: both targets are forms of the same word, so
/// the one with the tags of the other has the other for its target. n different rows of a source
/// give n (n - 1). From rows of task 1, whose sources are lemmas, all pairs of a lemma's forms.
/// \cost as many rows as it gives
inline std::vector<Example> implied_rows(std::span<const Example> rows) {
  std::vector<Example> implied;
  for (const std::vector<std::size_t>& group : detail::rows_by_source(rows)) {
    for (const std::size_t from : group) {
      for (const std::size_t to : group) {
        if (from == to) continue;
        Example row = rows[to];
        row.source = rows[from].target;
        if (!row.source_msd.empty()) row.source_msd = rows[from].msd;
        implied.push_back(std::move(row));
      }
    }
  }
  return implied;
}

/// A row of task 2 read backward: from its target to its source, whose tags it tells.
/// \pre an answer, and source tags that have been read with this syntax
inline Example reversed(const Example& row, const TagSyntax& syntax) {
  Example back = row;
  std::swap(back.source, back.target);
  std::swap(back.source_msd, back.msd);
  back.tags = parse_msd(back.msd, syntax);
  return back;
}

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI::reinflection
