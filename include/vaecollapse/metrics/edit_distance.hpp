// The Levenshtein distance between words.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string_view>
#include <vector>

#include <vaecollapse/core/check.hpp>
#include <vaecollapse/core/shape.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

/// Counts the code points to insert, delete or replace to change one word into another; each costs
/// 1. Owns one row of the table, so a warm one allocates nothing.
/// \source Levenshtein 1966; computed as by Wagner & Fischer 1974, keeping one row
class EditDistance {
 public:
  /// \cost O(|a| |b|) time, O(|b|) memory
  Index operator()(std::u32string_view a, std::u32string_view b) {
    // Not resize: GCC 12 warns of it at -O3 where this is inlined.
    row_.assign(b.size() + 1, Index{0});
    for (std::size_t j = 0; j <= b.size(); ++j) row_[j] = Index(j);
    for (std::size_t i = 0; i < a.size(); ++i) {
      Index diagonal = row_[0];
      row_[0] = Index(i) + 1;
      for (std::size_t j = 0; j < b.size(); ++j) {
        const Index replaced = diagonal + (a[i] == b[j] ? 0 : 1);
        diagonal = row_[j + 1];
        row_[j + 1] = std::min({replaced, row_[j] + 1, row_[j + 1] + 1});
      }
    }
    return row_.back();
  }

  /// The distance divided by the length of the gold form; may exceed 1.
  /// \throws Error for an empty gold form
  double normalised(std::u32string_view guess, std::u32string_view gold) {
    if (gold.empty()) raise(Error("EditDistance::normalised: the gold form is empty"));
    return static_cast<double>((*this)(guess, gold)) / static_cast<double>(gold.size());
  }

 private:
  std::vector<Index> row_;
};

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
