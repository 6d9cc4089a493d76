// What the steps of an epoch come to.
#pragma once

#include <algorithm>
#include <cstdint>

#include <vaecollapse/core/visit.hpp>
#include <vaecollapse/train/report.hpp>
#include <vaecollapse/train/spikes.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI::detail {

/// The sums over the steps of the running epoch.
class EpochSums {
 public:
  void add(const StepReport& report, SpikeCounter& spikes) {
    const auto examples = static_cast<double>(report.examples);
    nll_ += report.objective.nll * examples;
    rate_ += report.objective.rate * examples;
    auxiliary_ += report.objective.auxiliary * examples;
    examples_ += examples;
    gradient_norm_ += report.gradient_norm * examples;
    gradient_norm_max_ = std::max(gradient_norm_max_, report.gradient_norm);
    if (spikes.add(report.objective.loss)) ++spikes_;
    seconds_ += report.seconds;
  }

  /// Fills in the figures of training.
  void put_into(EpochReport& report) const {
    report.examples_per_second = examples_ / std::max(seconds_, 1e-9);
    report.train_nll = nll_ / examples_;
    report.train_rate = rate_ / examples_;
    report.train_auxiliary = auxiliary_ / examples_;
    report.gradient_norm = gradient_norm_ / examples_;
    report.gradient_norm_max = gradient_norm_max_;
    report.loss_spikes = spikes_;
  }

  void visit(Visitor& visitor) {
    visitor("epoch_nll", nll_);
    visitor("epoch_rate", rate_);
    visitor("epoch_auxiliary", auxiliary_);
    visitor("epoch_examples", examples_);
    visitor("epoch_gradient_norm", gradient_norm_);
    visitor("epoch_gradient_norm_max", gradient_norm_max_);
    visitor("epoch_spikes", spikes_);
    visitor("epoch_seconds", seconds_);
  }

 private:
  double nll_ = 0, rate_ = 0, auxiliary_ = 0, examples_ = 0, seconds_ = 0;
  double gradient_norm_ = 0, gradient_norm_max_ = 0;
  std::uint64_t spikes_ = 0;
};

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI::detail
