// What a trainer is told, and to whom it reports.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include <vaecollapse/core/rng.hpp>
#include <vaecollapse/core/shape.hpp>
#include <vaecollapse/optim/schedule.hpp>
#include <vaecollapse/train/report.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

/// When the learning rate falls, and how far. Epochs are counted in each phase of the training.
/// \source the training of He et al. 2019 and Li et al. 2019, whose last decay ends the training
struct PlateauOptions {
  std::uint64_t patience = 5;  ///< so many epochs without a better one are a plateau
  double factor = 0.5;         ///< the learning rate is multiplied by it
  std::uint64_t times = 5;     ///< so often; the plateau after that ends the training
  std::uint64_t from = 15;     ///< the first epoch, from 1, at whose end this may happen
};

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
  /// Lowers the learning rate where dev no longer improves; empty: never.
  std::optional<PlateauOptions> plateau{};
  /// Words of dev that are looked at closely after each epoch, for early signs of a collapse; 0:
  /// none. Training does not depend on it.
  Index probe = 32;
  std::string_view row = "word";  ///< what the warnings call a row
  Seed seed{1};
};

/// `void on_step(const StepReport&)` and `void on_epoch(const EpochReport&)`.
template <class L>
concept TrainingListener = requires(L& listener, const StepReport& step, const EpochReport& epoch) {
  listener.on_step(step);
  listener.on_epoch(epoch);
};

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
