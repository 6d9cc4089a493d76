// The step of running statistics, which are parameters that no optimiser moves.
#pragma once

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
  for (const Layout::Entry& entry : parameters.layout().entries()) {
    if (!entry.is_statistic()) continue;
    const std::span<Scalar> values = parameters.values(entry);
    Scalar* const gradients = parameters.gradients().data() + entry.offset;
    const auto momentum = static_cast<Scalar>(*entry.momentum);
    for (std::size_t i = 0; i < values.size(); ++i) {
      values[i] -= momentum * gradients[i];
      gradients[i] = 0;
    }
  }
}

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
