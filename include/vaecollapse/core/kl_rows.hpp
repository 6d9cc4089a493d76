// Which rows of a KL of sequences of latents are no places.
#pragma once

#include <vaecollapse/core/shape.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

/// The first rows of the KL of a sequence of latents: what the number of places costs, then the
/// places of a global z. The places follow.
struct KlRows {
  Index length = 0;  ///< 1, or 0 where the number of places tells nothing
  Index global = 0;

  Index count() const { return length + global; }
};

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
