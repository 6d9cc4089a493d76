// No dropout: the decoder reads the symbols as they are.
#pragma once

#include <cstdint>
#include <span>

#include <vaecollapse/core/rng.hpp>
#include <vaecollapse/core/sequence.hpp>
#include <vaecollapse/dropout/corruption.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

/// The corruption that leaves every input as it is.
struct NoDropout {
  void apply(const Symbols&, std::span<const std::uint32_t>, const Draws&, Corruption&) const {}
};

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
