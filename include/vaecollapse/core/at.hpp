// Subscripts by the library's signed indices.
#pragma once

#include <cstddef>

#include <vaecollapse/core/check.hpp>
#include <vaecollapse/core/shape.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

/// Element i of a span, vector, array or string. \pre 0 <= i < range.size()
template <class Range>
constexpr decltype(auto) at(Range&& range, Index i) {
  VAECOLLAPSE_ASSERT(i >= 0 && i < static_cast<Index>(range.size()));
  return range[static_cast<std::size_t>(i)];
}

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
