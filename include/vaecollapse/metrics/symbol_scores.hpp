// How good first guesses are, and which of two models or epochs is the better by them.
#pragma once

#include <vaecollapse/config.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

/// Share of first guesses equal to the target, and their mean Levenshtein distance from it,
/// compared as symbols; an unknown character of the target never matches.
struct SymbolScores {
  double accuracy = 0;
  double levenshtein = 0;
};

/// By accuracy; where it is equal, by the lower Levenshtein distance. Where both are equal the
/// earlier stays the best.
constexpr bool is_better(const SymbolScores& one, const SymbolScores& best) {
  return one.accuracy > best.accuracy ||
         (one.accuracy == best.accuracy && one.levenshtein < best.levenshtein);
}

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
