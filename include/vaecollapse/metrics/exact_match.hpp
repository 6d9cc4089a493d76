// Exact match: the share of words that were guessed exactly.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

#include <vaecollapse/core/check.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

/// Whether the guess is the gold form, code point by code point; nothing is normalised.
inline bool exact_match(std::u32string_view guess, std::u32string_view gold) {
  return guess == gold;
}

/// The share of guesses that match the gold form in their place, in 0 .. 1.
/// \throws Error if there are none, or not as many guesses as golds
inline double accuracy(std::span<const std::u32string> guesses,
                       std::span<const std::u32string> golds) {
  if (guesses.size() != golds.size() || golds.empty()) {
    detail::raise_error({"accuracy: guesses are ", guesses.size(), ", golds are ", golds.size(),
                         ": they must be as many, and one at least"});
  }
  std::size_t right = 0;
  for (std::size_t i = 0; i < golds.size(); ++i) {
    if (exact_match(guesses[i], golds[i])) ++right;
  }
  return static_cast<double>(right) / static_cast<double>(golds.size());
}

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
