// What rows tell: whether they are rows that are there already, or tell what is to be found out.
#pragma once

#include <algorithm>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include <vaecollapse/core/utf8.hpp>
#include <vaecollapse/tasks/reinflection/msd.hpp>
#include <vaecollapse/tasks/reinflection/rows.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI::reinflection {

/// Target and tags, in whatever order the tags are written.
inline std::string answer(const Example& example) {
  std::vector<std::string> names;
  names.reserve(example.tags.size());
  for (const Tag& tag : example.tags) names.push_back(tag.name());
  std::sort(names.begin(), names.end());
  std::string text = utf8::encode(example.target);
  for (const std::string& name : names) text.append("\t").append(name);
  return text;
}

/// Different rows: those that differ in source, tags or target.
class DistinctRows {
 public:
  DistinctRows() = default;
  explicit DistinctRows(std::span<const Example> rows) {
    for (const Example& row : rows) insert(row);
  }

  /// False for a row that is there.
  bool insert(const Example& row) {
    return rows_.insert(utf8::encode(row.source) + "\t" + answer(row)).second;
  }

 private:
  std::unordered_set<std::string> rows_;
};

/// What dev asks for and the training rows do not tell. With such answers among more training rows,
/// the score of dev would not be that of unseen words.
class HeldOutAnswers {
 public:
  HeldOutAnswers(std::span<const Example> dev, std::span<const Example> train) {
    for (const Example& row : dev) {
      if (!row.has_target) continue;
      answers_.insert(answer(row));
      words_.insert(row.target);
    }
    for (const Example& row : train) {
      words_.erase(row.source);
      words_.erase(row.target);
      if (row.has_target) answers_.erase(answer(row));
    }
  }

  /// Whether the row tells a target and its tags.
  bool are_told_by(const Example& row) const {
    return row.has_target && answers_.contains(answer(row));
  }
  /// Whether the word is a target of dev, and in the training rows neither source nor target.
  bool hold(const std::u32string& word) const { return words_.contains(word); }

 private:
  std::unordered_set<std::string> answers_;
  std::unordered_set<std::u32string> words_;
};

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI::reinflection
