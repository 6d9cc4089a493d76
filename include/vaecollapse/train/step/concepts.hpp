// What a training step must offer: it makes one decoder step of a training.
#pragma once

#include <concepts>
#include <cstdint>
#include <span>

#include <vaecollapse/core/shape.hpp>
#include <vaecollapse/data/corpus.hpp>
#include <vaecollapse/objective/terms.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

/// The outcome of an update: `StepContext::update` gives it, and a training step hands it on.
struct StepResult {
  /// Of all parts: the loss is their sum by weights, all else their mean by weights.
  Report objective;
  double gradient_norm = 0;  ///< before clipping
  Index examples = 0;        ///< of all parts
};

/// `StepResult make(context, rows)`: one decoder step on a batch of the rows `context.rows()`. It
/// differentiates one part or more and ends with `context.update()`; controllers learn afterwards,
/// from the result. State, if any, is in `visit`.
template <class T, class Context>
concept TrainingStep = std::move_constructible<T> &&
    requires(T& step, Context& context, std::span<const Row> rows) {
  { step.make(context, rows) } -> std::same_as<StepResult>;
};

/// `std::uint64_t updates_per_step() const`: the most updates that a step, or a plan before it,
/// makes. Each has draws of its own, so their number has a limit.
template <class T>
concept SaysUpdates = requires(const T& part) {
  { part.updates_per_step() } -> std::convertible_to<std::uint64_t>;
};

/// The most updates in a decoder step, `usual` where the part does not say.
template <class T>
std::uint64_t updates_per_step(const T& part, std::uint64_t usual) {
  if constexpr (SaysUpdates<T>) {
    return part.updates_per_step();
  } else {
    return usual;
  }
}

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
