// What one phase of a training is, as numbers and names.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <vaecollapse/config.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

/// One phase of a `PhasedPlan`. Ranges of parameters are prefixes of their names.
struct TrainingPhase {
  /// How many epochs it has; 0 for the last phase alone, which has all that are left.
  std::uint64_t epochs = 0;
  std::vector<std::string> anew{};    ///< drawn anew when the phase begins
  std::vector<std::string> frozen{};  ///< everything else moves
  std::vector<std::string> moving{};  ///< everything else is frozen; empty: there is no such limit
};

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
