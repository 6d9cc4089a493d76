// The reports that training sends to its listener: plain numbers, which the program prints and
// writes.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <vaecollapse/metrics/early_signs.hpp>
#include <vaecollapse/objective/terms.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

/// After every optimiser step.
struct StepReport {
  std::uint64_t step = 0;   ///< steps made, this one included
  std::uint64_t steps = 0;  ///< steps planned
  std::uint64_t epoch = 0;  ///< from 1
  Index examples = 0;       ///< of this step
  double seconds = 0;       ///< of this step
  double learning_rate = 0;
  double gradient_norm = 0;  ///< before clipping
  Report objective;
};

/// The criterion of a training that is given none; files of its epochs do not name it.
inline constexpr std::string_view usual_criterion = "accuracy";

/// How many draws of z a row an importance-weighted criterion takes that is told no number.
inline constexpr std::uint32_t usual_criterion_samples = 20;

/// After every epoch and its evaluation on dev. What was not measured is not a number.
/// \unit nats per word; accuracy in 0 .. 1
struct EpochReport {
  std::uint64_t epoch = 0;  ///< from 1
  std::uint64_t step = 0;
  double seconds = 0;  ///< of training and evaluation since the run began
  double examples_per_second = 0;
  double train_nll = 0;
  double train_rate = 0;
  double dev_nll = 0;
  double dev_rate = 0;
  double dev_elbo = 0;
  double dev_accuracy = 0;
  double dev_levenshtein = 0;
  double kl_weight = 1;
  double multiplier = 0;
  double train_auxiliary = 0;            ///< auxiliary losses, without their weights
  std::vector<double> kl_per_dimension;  ///< of dev; one entry where the prior allows no more
  EarlySigns signs;
  double gradient_norm = 0;  ///< the mean of the epoch's steps, before clipping
  double gradient_norm_max = 0;
  std::uint64_t loss_spikes = 0;  ///< steps of the epoch whose loss leapt up, see `SpikeCounter`
  /// By what the best epoch is chosen, as a `Criterion` calls it, and its value.
  std::string criterion{usual_criterion};
  double criterion_value = 0;
  bool best = false;  ///< the best so far by that, in the last phase of the training

  bool has_usual_criterion() const { return criterion == usual_criterion; }
};

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
