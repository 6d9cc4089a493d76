// Mathematical constants that several folders share.
#pragma once

#include <vaecollapse/config.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

/// log(2 pi): twice the constant in the negative log density of a normal variable.
inline constexpr double log_2pi = 1.8378770664093454836;

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
