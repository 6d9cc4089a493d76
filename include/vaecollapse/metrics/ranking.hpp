// The place of the right form in a list of guesses.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include <vaecollapse/config.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

/// 1 / (place of the gold form among the guesses, from 1, best first); 0 if it is not among them.
/// Its mean is the MRR.
inline double reciprocal_rank(std::span<const std::u32string> guesses, std::u32string_view gold) {
  for (std::size_t i = 0; i < guesses.size(); ++i) {
    if (guesses[i] == gold) return 1.0 / static_cast<double>(i + 1);
  }
  return 0.0;
}

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
