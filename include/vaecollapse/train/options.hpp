// What a trainer is told, and to whom it reports.
#pragma once

#include <cstdint>

#include <vaecollapse/core/rng.hpp>
#include <vaecollapse/core/shape.hpp>
#include <vaecollapse/optim/schedule.hpp>
#include <vaecollapse/train/report.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

/// The length of a training and the shape of its steps.
struct TrainOptions {
  std::uint64_t epochs = 30;
  Index batch = 64;
  /// Batches whose rows are sorted by length together. Ragged batches have no padding to save, and
  /// with words of all lengths in each batch an objective of the batch's mean rate lets long words
  /// have more nats than short ones: so by default rows are not sorted.
  Index pool = 1;
  double learning_rate = 2e-3;
  /// Unless a part of the trainer is another learning-rate schedule.
  WarmupCosine schedule{};
  /// The greatest norm of the gradient; larger ones are scaled down to it. Unless a part of the
  /// trainer is another clipping.
  double clip = 1;
  /// Stops after so many epochs without a better one; 0 never does.
  std::uint64_t patience = 0;
  /// Words of dev that are looked at closely after each epoch, for early signs of a collapse; 0:
  /// none. Training does not depend on it.
  Index probe = 32;
  Seed seed{1};
};

/// `void on_step(const StepReport&)` and `void on_epoch(const EpochReport&)`.
template <class L>
concept TrainingListener = requires(L& listener, const StepReport& step, const EpochReport& epoch) {
  listener.on_step(step);
  listener.on_epoch(epoch);
};

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
