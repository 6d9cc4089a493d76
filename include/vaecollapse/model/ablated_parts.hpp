// The ways by which a sequence of latents enters a decoder, for ablations.
#pragma once

#include <concepts>

#include <vaecollapse/model/decoder.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

/// What a decoder takes as 0 instead of what z gives.
struct AblatedParts {
  bool mean = false;      ///< the mean over places, wherever it enters
  bool attended = false;  ///< c_t, what it attends to
};

/// `decoder.without(parts)`: the same decoder, of the same parameters, with these parts at 0.
template <class D>
concept AblatesParts = Decoder<D> && requires(const D& decoder, const AblatedParts& parts) {
  { decoder.without(parts) } -> std::same_as<D>;
};

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
