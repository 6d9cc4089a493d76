// How a model's words are looked for, or drawn.
#pragma once

#include <cstdint>

namespace reinflection {

/// How words are looked for.
struct Search {
  std::uint64_t beam = 1;
  std::uint64_t nbest = 1;  ///< guesses for each row, at most `beam`
  double length_normalisation = 0;
  std::uint64_t slack = 20;  ///< symbols that a word may have beyond twice those of its source
};

/// How words are drawn, symbol by symbol.
struct Sampling {
  double temperature = 0;   ///< 0: nothing is drawn, each symbol is the likeliest
  std::uint64_t top_k = 0;  ///< 0: all
  double top_p = 1;
};

}  // namespace reinflection
