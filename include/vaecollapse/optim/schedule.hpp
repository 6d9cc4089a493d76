// Learning-rate schedules: small values that give, for a step, the share of the full learning
// rate. Pure functions of the step and the number of steps planned, so they have no state.
#pragma once

#include <algorithm>
#include <cmath>
#include <concepts>
#include <cstdint>
#include <numbers>
#include <optional>

#include <vaecollapse/config.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

/// `double operator()(std::uint64_t step, std::uint64_t horizon) const`: the factor of the learning
/// rate in step 0 .. horizon.
template <class T>
concept LearningRateSchedule = std::copy_constructible<T> &&
    requires(const T& schedule, std::uint64_t step, std::uint64_t horizon) {
  { schedule(step, horizon) } -> std::convertible_to<double>;
};

/// The full learning rate throughout.
struct ConstantLearningRate {
  double operator()(std::uint64_t, std::uint64_t) const { return 1; }
};

/// The warm-up of a run that is given none: 200 steps, and a tenth of a short run.
constexpr std::uint64_t default_warmup(std::uint64_t horizon) {
  return std::min<std::uint64_t>(200, horizon / 10);
}

/// A linear warm-up times half a cosine down to `floor`, which falls over the last part of the
/// horizon (by default all of it) and reaches the floor at the horizon.
/// \source cosine: Loshchilov & Hutter 2017, without restarts
struct WarmupCosine {
  /// Steps of warm-up: step s has the factor (s + 1) / warmup, so the first is not idle. Empty:
  /// `default_warmup` of the horizon.
  std::optional<std::uint64_t> warmup{};
  /// The share of the horizon over which the rate decays.
  double decay = 1;
  double floor = 0;

  double operator()(std::uint64_t step, std::uint64_t horizon) const {
    return rise(static_cast<double>(step),
                static_cast<double>(warmup.value_or(default_warmup(horizon)))) *
           fall(static_cast<double>(step), static_cast<double>(horizon));
  }

 private:
  static double rise(double step, double length) {
    return step + 1 < length ? (step + 1) / length : 1;
  }

  double fall(double step, double horizon) const {
    const double begin = horizon * (1 - decay);
    if (step <= begin) return 1;
    if (step >= horizon) return floor;
    const double progress = (step - begin) / (horizon - begin);
    return floor + (1 - floor) * 0.5 * (1 + std::cos(std::numbers::pi * progress));
  }
};

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
