// The initial weights of layers: PyTorch's defaults, so that published settings mean the same here.
#pragma once

#include <cmath>

#include <vaecollapse/core/layout.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI::init {

/// Uniform on (-1/sqrt(fan_in), 1/sqrt(fan_in)): linear layers, and the GRU with fan_in = hidden.
inline Init by_fan_in(Index fan_in) {
  return Init::uniform(1.0 / std::sqrt(static_cast<double>(fan_in)));
}

/// N(0, 1): embeddings.
inline Init embedding() { return Init::normal(1.0); }

/// Every number is `value`: gains that start at 1, or the bias of a gate that starts open.
inline Init constant(double value) { return Init::constant(value); }

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI::init
