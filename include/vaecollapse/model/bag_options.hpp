// The options of the bag of characters, apart from its layer: code that only reads options needs no
// tape.
#pragma once

#include <vaecollapse/config.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

/// What the bag of a word holds for each character: how often it stands there, that number divided
/// by the word's length, or 1 if it stands there at all.
enum class BagEntries { counts, shares, presence };

/// The bag of characters as a second task.
struct BagOptions {
  /// Of the auxiliary loss; gamma in the article.
  double weight = 1;
  BagEntries entries = BagEntries::counts;
};

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
