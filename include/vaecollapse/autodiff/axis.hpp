// The axes of a matrix.
#pragma once

#include <vaecollapse/config.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

/// What an op runs over in a matrix [I x N], and what its result no longer has: `rows` over the I
/// rows of each column, which leaves a number for each column, [N]; `columns` over the N columns,
/// which leaves one for each row, [I].
enum class Axis { rows, columns };

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
