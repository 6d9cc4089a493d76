// The built-in corpus: sentences of a made-up language.
#pragma once

#include <cstdint>

#include <vaecollapse/tasks/text/lines.hpp>

namespace text_vae {

/// How many sentences of each kind, and of which language.
struct BuiltInSizes {
  std::uint64_t train = 10000;
  std::uint64_t dev = 1000;
  std::uint64_t test = 1000;
  std::uint64_t seed = 1;
};

/// Different sentences of one language. Dev and test are never among the training sentences of the
/// usual sizes, on which a run without files trains.
struct BuiltInCorpus {
  vaecollapse::text::Lines train, dev, test;
};

/// \cost 4 Mflop a sentence
BuiltInCorpus make_built_in(const BuiltInSizes& sizes);

}  // namespace text_vae
