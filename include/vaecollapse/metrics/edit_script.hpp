// How one word is changed into another.
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

namespace detail {

/// The Levenshtein distances of all beginnings of two words.
class BeginningDistances {
 public:
  BeginningDistances(std::u32string_view a, std::u32string_view b)
      : width_(b.size() + 1), distances_((a.size() + 1) * width_) {
    for (std::size_t i = 0; i <= a.size(); ++i) between(i, 0) = Index(i);
    for (std::size_t j = 0; j <= b.size(); ++j) between(0, j) = Index(j);
    for (std::size_t i = 1; i <= a.size(); ++i) {
      for (std::size_t j = 1; j <= b.size(); ++j) {
        const Index replaced = between(i - 1, j - 1) + (a[i - 1] == b[j - 1] ? 0 : 1);
        between(i, j) = std::min({replaced, between(i - 1, j) + 1, between(i, j - 1) + 1});
      }
    }
  }

  /// Of the first i code points of one word and the first j of the other.
  Index operator()(std::size_t i, std::size_t j) const { return distances_[i * width_ + j]; }

 private:
  Index& between(std::size_t i, std::size_t j) { return distances_[i * width_ + j]; }

  std::size_t width_;
  std::vector<Index> distances_;
};

/// The pieces of an edit script, put together from the end of both words.
class EditPieces {
 public:
  void keep(char32_t point) {
    flush_edits();
    common_.push_back(point);
  }
  void remove(char32_t point) {
    flush(EditPiece::Kind::common, common_);
    removed_.push_back(point);
  }
  void add(char32_t point) {
    flush(EditPiece::Kind::common, common_);
    added_.push_back(point);
  }

  /// The pieces in the order of the words.
  std::vector<EditPiece> take() {
    flush(EditPiece::Kind::common, common_);
    flush_edits();
    std::reverse(pieces_.begin(), pieces_.end());
    return std::move(pieces_);
  }

 private:
  void flush_edits() {
    flush(EditPiece::Kind::added, added_);
    flush(EditPiece::Kind::removed, removed_);
  }
  void flush(EditPiece::Kind kind, std::u32string& text) {
    if (text.empty()) return;
    std::reverse(text.begin(), text.end());
    pieces_.push_back({kind, std::move(text)});
    text.clear();
  }

  std::u32string common_, removed_, added_;  // not flushed yet, backwards
  std::vector<EditPiece> pieces_;
};

}  // namespace detail

/// The pieces of two words in their order, a piece removed before the one that is added in its
/// place. As many code points are common as the Levenshtein distance allows; of several such
/// scripts, one that is alike to the end is taken.
/// \cost O(|a| |b|) time and memory \source Wagner & Fischer 1974
inline std::vector<EditPiece> edit_script(std::u32string_view a, std::u32string_view b) {
  const detail::BeginningDistances distance(a, b);
  detail::EditPieces pieces;
  for (std::size_t i = a.size(), j = b.size(); i > 0 || j > 0;) {
    const bool both = i > 0 && j > 0;
    if (both && a[i - 1] == b[j - 1] && distance(i, j) == distance(i - 1, j - 1)) {
      pieces.keep(a[--i]);
      --j;
    } else if (both && distance(i, j) == distance(i - 1, j - 1) + 1) {
      pieces.remove(a[--i]);
      pieces.add(b[--j]);
    } else if (i > 0 && distance(i, j) == distance(i - 1, j) + 1) {
      pieces.remove(a[--i]);
    } else {
      pieces.add(b[--j]);
    }
  }
  return pieces.take();
}

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
