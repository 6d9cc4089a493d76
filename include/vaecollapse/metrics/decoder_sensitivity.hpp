// How far a decoder's logits move with z. evaluate/sensitivity.hpp computes it.
#pragma once

#include <vector>

#include <vaecollapse/config.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

/// Norms of d logits / dz of one symbol, as root mean squares over symbols.
/// \unit logits (nats) for each unit of z
struct DecoderSensitivity {
  double norm = 0;                    ///< Frobenius
  std::vector<double> per_dimension;  ///< of its columns: their squares add up to that of `norm`
};

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
