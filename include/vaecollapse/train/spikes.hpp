// Counts the steps whose loss leaps up: a sign of a learning rate near its limit.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>

#include <vaecollapse/core/visit.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

/// A loss is a spike if it lies more than `deviations` standard deviations above the mean of those
/// before; mean and variance are exponential averages over about `memory` steps, and the first
/// `memory` steps only fill them. A spike enters the averages cut down to the limit, so that one
/// does not hide the next, and a loss that stays high is soon no spike any more.
class SpikeCounter {
 public:
  static constexpr double deviations = 6;
  static constexpr std::uint64_t memory = 100;

  /// Whether this loss, which must be finite, is a spike.
  bool add(double loss) {
    const bool is_warm = seen_ >= memory;
    const double limit = mean_ + deviations * std::sqrt(variance_);
    const bool is_spike = is_warm && loss > limit;
    enter(is_spike ? limit : loss);
    count_ += is_spike ? 1 : 0;
    return is_spike;
  }

  /// All spikes so far.
  std::uint64_t count() const { return count_; }

  void visit(Visitor& visitor) {
    visitor("seen", seen_);
    visitor("count", count_);
    visitor("mean", mean_);
    visitor("variance", variance_);
  }

 private:
  /// \source West 1979, with a weight that stops at 1 / memory
  void enter(double loss) {
    seen_ = std::min(seen_ + 1, memory);
    const double weight = 1 / static_cast<double>(seen_);
    const double change = loss - mean_;
    mean_ += weight * change;
    variance_ = (1 - weight) * (variance_ + weight * change * change);
  }

  std::uint64_t seen_ = 0, count_ = 0;
  double mean_ = 0, variance_ = 0;
};

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
