// How well the inflector does on somebody else's paradigms: rows of task 1.
#pragma once

#include <cstddef>
#include <map>
#include <set>
#include <span>
#include <string>
#include <vector>

#include <vaecollapse/core/utf8.hpp>
#include <vaecollapse/tasks/reinflection/rows.hpp>

#include "kit/counted.hpp"
#include "turkish/features.hpp"
#include "turkish/inflector.hpp"
#include "turkish/nouns.hpp"

namespace reinflection::turkish {

/// Counts over the noun rows of one group of nouns, pooled.
struct Tally {
  std::size_t nouns = 0;
  std::size_t rows = 0;
  std::size_t right = 0;

  double accuracy() const {
    return rows == 0 ? 0.0 : static_cast<double>(right) / static_cast<double>(rows);
  }
};

/// A row that the inflector got wrong.
struct Miss {
  vaecollapse::reinflection::Example row;
  std::u32string guess;
};

/// The score on a file: its nouns that are in our table, inflected with their marks, and its
/// other nouns, inflected by the rules alone.
struct Score {
  Tally in_table;
  Tally by_rules;
  std::vector<Miss> misses;  ///< on nouns of the table
};

/// Scores the noun rows of `rows` (task 1: lemma, MSD, form); rows of other words are skipped, and
/// noun rows with features unknown to us count as wrong.
inline Score score_against(std::span<const vaecollapse::reinflection::Example> rows) {
  std::map<std::u32string, Noun> table;
  for (const Noun& noun : everyday_nouns()) table.emplace(headword(noun), noun);
  Score score;
  std::set<std::u32string> met;
  for (const vaecollapse::reinflection::Example& row : rows) {
    if (row.tags.empty() || row.tags.front().name() != "pos=N") continue;
    const auto entry = table.find(row.source);
    const bool known = entry != table.end();
    Tally& tally = known ? score.in_table : score.by_rules;
    if (met.insert(row.source).second) ++tally.nouns;
    ++tally.rows;
    const auto features = read_features(row.msd);
    const Noun noun = known ? entry->second : Noun{.stem = row.source};
    const std::u32string guess = features ? inflect(noun, *features) : std::u32string();
    if (guess == row.target) {
      ++tally.right;
    } else if (known) {
      score.misses.push_back({row, guess});
    }
  }
  return score;
}

/// The score in words, one line for each group of nouns, then one for each miss.
inline std::string to_text(const Score& score) {
  const auto line = [](const Tally& tally, const std::string& which) {
    return std::to_string(tally.right) + " of " + kit::counted(tally.rows, "row") + " right, " +
           kit::counted(tally.nouns, "noun") + " " + which + "\n";
  };
  std::string text = line(score.in_table, "of our table");
  text += line(score.by_rules, "by the rules alone");
  for (const Miss& miss : score.misses) {
    text += vaecollapse::utf8::encode(miss.row.source) + "\t" + miss.row.msd + "\t" +
            vaecollapse::utf8::encode(miss.row.target) + ", not our " +
            vaecollapse::utf8::encode(miss.guess) + "\n";
  }
  return text;
}

}  // namespace reinflection::turkish
