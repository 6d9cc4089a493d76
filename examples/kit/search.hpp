// How a model's targets are looked for, or drawn.
#pragma once

#include <cstdint>

#include <vaecollapse/core/shape.hpp>
#include <vaecollapse/model/beam.hpp>

namespace kit {

/// How targets are looked for.
struct Search {
  std::uint64_t beam = 1;
  std::uint64_t nbest = 1;  ///< guesses for each row, at most `beam`
  double length_normalisation = 0;
  std::uint64_t slack = 20;  ///< symbols that a target may have beyond twice those of its source
};

/// How a search is told to the library.
inline vaecollapse::DecodeOptions decode_options(const Search& search) {
  using vaecollapse::Index;
  return {.beam = static_cast<Index>(search.beam),
          .nbest = static_cast<Index>(search.nbest),
          .length_normalisation = search.length_normalisation,
          .length_slack = static_cast<Index>(search.slack)};
}

/// How targets are drawn, symbol by symbol.
struct Sampling {
  double temperature = 0;   ///< 0: nothing is drawn, each symbol is the likeliest
  std::uint64_t top_k = 0;  ///< 0: all
  double top_p = 1;
};

}  // namespace kit
