// The step of running statistics, which are parameters that no optimiser moves.
#pragma once

#include <cstddef>
#include <span>

#include <vaecollapse/core/layout.hpp>
#include <vaecollapse/core/parameters.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

/// Moves every statistic towards what the ops of a training step have found, and sets its gradient
/// to zero: value -= momentum * gradient, where the gradient is the running value less that of the
/// batch. Once a step, between the backward pass and the optimiser's step, which an optimiser that
/// knows of no statistics then need not leave out.
template <class Scalar>
void update_statistics(Parameters<Scalar>& parameters) {
  const Layout& layout = parameters.layout();
  for (std::size_t i = 0; i < layout.entries().size(); ++i) {
    if (!layout.is_statistic(i)) continue;
    const Layout::Entry& entry = layout.entries()[i];
    const std::span<Scalar> values = parameters.values(entry);
    Scalar* const gradients = parameters.gradients().data() + entry.offset;
    const auto momentum = static_cast<Scalar>(*layout.momentum(i));
    for (std::size_t k = 0; k < values.size(); ++k) {
      values[k] -= momentum * gradients[k];
      gradients[k] = 0;
    }
  }
}

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
