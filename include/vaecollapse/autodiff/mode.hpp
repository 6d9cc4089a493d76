// What a forward pass is for.
#pragma once

#include <vaecollapse/config.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

/// Whether a model learns from a forward pass or is only looked at. It tells nothing about the
/// context: a prober differentiates on a tape in evaluation mode.
enum class Mode { evaluate, train };

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
