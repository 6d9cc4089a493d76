// An average of the weights over the steps of a training, which generalises better than the last.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>

#include <vaecollapse/core/parameters.hpp>
#include <vaecollapse/core/team.hpp>
#include <vaecollapse/core/visit.hpp>
#include <vaecollapse/kernels/optimise.hpp>
#include <vaecollapse/optim/concepts.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

/// average += (1 - d_t) (weights - average) after step t, with d_t = min(decay, t / (t + 9)) and
/// d_1 = 0: so the first steps are soon forgotten, and later ones count for about 1 / (1 - decay)
/// steps. Running statistics are averaged alike. With decay 0 there is no average: the weights
/// stand for themselves. \cost one pass over two buffers; a step allocates nothing
/// \source Polyak & Juditsky 1992, the average; the growing decay is that of TensorFlow's
/// `ExponentialMovingAverage` with `num_updates`
class ExponentialAverage {
 public:
  /// \throws Error for a decay that is not in [0, 1)
  explicit ExponentialAverage(double decay = 0) : decay_(decay) {
    detail::require_option(decay >= 0 && decay < 1, "exponential_average", "decay", decay,
                           "in [0, 1)");
  }

  double decay() const { return decay_; }

  /// The average, for weights of this layout, whose numbers come with the first step; without one,
  /// the weights themselves.
  Parameters<float>& prepare(Parameters<float>& weights) {
    if (decay_ == 0) return weights;
    if (!average_) average_.emplace(weights.layout());
    return *average_;
  }

  /// Takes in the weights after a step. \param step from 1; with step 1 the average begins anew
  /// \pre prepare, with their layout
  void follow(const Parameters<float>& weights, std::uint64_t step, Team& team) {
    if (!average_) return;
    const auto share = static_cast<float>(1 - decay_at(step));
    const float* const from = weights.values().data();
    float* const average = average_->values().data();
    split_by(team, detail::step_tile, average_->size(), [&](Index first, Index count) {
      if (step == 1) {
        std::copy_n(from + first, count, average + first);
      } else {
        kernels::average_step(count, share, from + first, average + first);
      }
    });
  }

  void visit(Visitor& visitor) {
    if (average_) visitor("weights", average_->values());
  }

 private:
  double decay_at(std::uint64_t step) const {
    const auto t = static_cast<double>(step);
    return std::min(decay_, t / (t + 9));
  }

  double decay_;
  std::optional<Parameters<float>> average_;
};

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
