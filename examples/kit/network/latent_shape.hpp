// What the numbers of a row's z are.
#pragma once

#include <vaecollapse/core/shape.hpp>
#include <vaecollapse/metrics/sequence_parts.hpp>

namespace kit {

/// A vector of `dimensions` numbers; or a sequence of such columns, and what stands before its
/// places.
struct LatentShape {
  vaecollapse::Index dimensions = 0;
  bool is_sequence = false;
  vaecollapse::SequenceParts parts{};
};

}  // namespace kit
