// Eigen, without the warnings of GCC 12 about its own AVX-512 headers.
#pragma once

#include <vaecollapse/config.hpp>

VAECOLLAPSE_BEGIN_QUIET
#include <Eigen/Core>
VAECOLLAPSE_END_QUIET
