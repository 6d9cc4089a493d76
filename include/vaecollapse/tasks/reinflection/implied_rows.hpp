// Rows that follow from others: forms of one word, and rows read backward.
#pragma once

#include <algorithm>
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

namespace detail {

/// Forms of one word, and the rows that ask for some of them.
struct LinkedForms {
  std::vector<std::u32string_view> forms;  ///< each once, in the order of the rows
  std::vector<std::string_view> msds;      ///< of each form, as far as a row tells it
  std::vector<std::size_t> answers;        ///< rows, of those that are alike the first
};

/// Which forms rows link, directly or through others: a forest whose roots stand for words.
class Links {
 public:
  explicit Links(std::span<const Example> rows) {
    for (const Example& row : rows) {
      if (row.has_target) join(number(row.source), number(row.target));
    }
  }

  /// The first form that is linked to this one. \pre a row with an answer has it
  std::size_t word_of(std::u32string_view form) { return root(numbers_.at(form)); }

 private:
  std::size_t number(std::u32string_view form) {
    const auto [found, is_new] = numbers_.try_emplace(form, parents_.size());
    if (is_new) parents_.push_back(found->second);
    return found->second;
  }
  std::size_t root(std::size_t form) {
    while (parents_[form] != form) form = parents_[form] = parents_[parents_[form]];
    return form;
  }
  void join(std::size_t a, std::size_t b) {
    const std::size_t first = root(a), second = root(b);
    parents_[std::max(first, second)] = std::min(first, second);
  }

  std::unordered_map<std::u32string_view, std::size_t> numbers_;
  std::vector<std::size_t> parents_;
};

/// The words of rows, in the order of their first rows.
inline std::vector<LinkedForms> linked_forms(std::span<const Example> rows) {
  Links links(rows);
  std::unordered_map<std::size_t, std::size_t> place;
  std::unordered_set<std::u32string_view> forms;
  std::unordered_set<std::string> answers;
  std::vector<LinkedForms> words;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const Example& row = rows[i];
    if (!row.has_target) continue;
    const auto [found, is_new] = place.try_emplace(links.word_of(row.source), words.size());
    if (is_new) words.emplace_back();
    LinkedForms& word = words[found->second];
    const auto add = [&](std::u32string_view form, std::string_view msd) {
      if (!forms.insert(form).second) return;
      word.forms.push_back(form);
      word.msds.push_back(msd);
    };
    add(row.source, row.source_msd);
    add(row.target, row.msd);
    if (answers.insert(row.msd + "\t" + utf8::encode(row.target)).second) word.answers.push_back(i);
  }
  return words;
}

}  // namespace detail

/// The rows that follow where all forms that rows link, directly or through others, are of one
/// word: from each of its forms to each that a row asks for, with that row's tags. Rows of one
/// source are linked, and so are rows one of which asks for the other's source; forms that two
/// words share link these, too. Rows that are there already come again.
/// \cost as many rows as it gives
inline std::vector<Example> rows_of_linked_forms(std::span<const Example> rows) {
  std::vector<Example> implied;
  for (const detail::LinkedForms& word : detail::linked_forms(rows)) {
    for (const std::size_t answer : word.answers) {
      for (std::size_t from = 0; from < word.forms.size(); ++from) {
        if (word.forms[from] == rows[answer].target) continue;
        Example row = rows[answer];
        row.source = word.forms[from];
        if (!row.source_msd.empty()) row.source_msd = word.msds[from];
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
