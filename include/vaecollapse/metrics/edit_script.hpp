// How one word is made into another.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <vaecollapse/core/shape.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

/// A piece of two words: what both have, what only the first has, or what only the second has.
struct EditPiece {
  enum class Kind { common, removed, added };
  Kind kind;
  std::u32string text;

  friend bool operator==(const EditPiece&, const EditPiece&) = default;
};

/// The pieces of two words in their order, a piece removed before the one that is added in its
/// place. As many code points are common as the Levenshtein distance allows; of several such
/// scripts, one that is alike to the end is taken.
/// \cost O(|a| |b|) time and memory \source Wagner & Fischer 1974
inline std::vector<EditPiece> edit_script(std::u32string_view a, std::u32string_view b) {
  const std::size_t width = b.size() + 1;
  std::vector<Index> cost((a.size() + 1) * width);
  const auto at = [&](std::size_t i, std::size_t j) -> Index& { return cost[i * width + j]; };
  for (std::size_t i = 0; i <= a.size(); ++i) at(i, 0) = Index(i);
  for (std::size_t j = 0; j <= b.size(); ++j) at(0, j) = Index(j);
  for (std::size_t i = 1; i <= a.size(); ++i) {
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const Index replaced = at(i - 1, j - 1) + (a[i - 1] == b[j - 1] ? 0 : 1);
      at(i, j) = std::min({replaced, at(i - 1, j) + 1, at(i, j - 1) + 1});
    }
  }
  // Backwards: pieces and their texts are turned round at the end.
  std::u32string common, removed, added;
  std::vector<EditPiece> pieces;
  const auto flush = [&pieces](EditPiece::Kind kind, std::u32string& text) {
    if (text.empty()) return;
    std::reverse(text.begin(), text.end());
    pieces.push_back({kind, std::move(text)});
    text.clear();
  };
  const auto flush_edits = [&] {
    flush(EditPiece::Kind::added, added);
    flush(EditPiece::Kind::removed, removed);
  };
  for (std::size_t i = a.size(), j = b.size(); i > 0 || j > 0;) {
    const bool both = i > 0 && j > 0;
    if (both && a[i - 1] == b[j - 1] && at(i, j) == at(i - 1, j - 1)) {
      flush_edits();
      common.push_back(a[--i]);
      --j;
      continue;
    }
    flush(EditPiece::Kind::common, common);
    const bool replaces = both && at(i, j) == at(i - 1, j - 1) + 1;
    if (replaces || (i > 0 && at(i, j) == at(i - 1, j) + 1)) {
      removed.push_back(a[--i]);
      if (replaces) added.push_back(b[--j]);
    } else {
      added.push_back(b[--j]);
    }
  }
  flush(EditPiece::Kind::common, common);
  flush_edits();
  std::reverse(pieces.begin(), pieces.end());
  return pieces;
}

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
