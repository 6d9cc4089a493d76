// The usual training step: one update from the gradient of one batch.
#pragma once

#include <span>

#include <vaecollapse/data/corpus.hpp>
#include <vaecollapse/train/step/concepts.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

/// Gradient of the batch, clipping, optimiser. \cost no allocation once warm
struct PlainStep {
  template <class Context>
  StepResult make(Context& context, std::span<const Row> rows) const {
    context.batch().assign(context.rows(), rows);
    context.differentiate(context.batch());
    return context.update();
  }
};

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
