// Which weights a training evaluates and keeps: those of the last step, or an average.
#pragma once

#include <concepts>
#include <cstdint>

#include <vaecollapse/core/parameters.hpp>
#include <vaecollapse/core/team.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

/// `Parameters<float>& prepare(weights)`, called once, gives the object that will hold the weights
/// that are evaluated on dev, that the criterion judges and a session keeps as the model. `void
/// follow(weights, step, team)` fills it after every decoder step, `step` being counted from 1 in
/// each phase of the plan. Training itself goes on from `weights`. State, if any, is in `visit`.
template <class T>
concept WeightAveraging = std::move_constructible<T> &&
    requires(T& averaging, Parameters<float>& weights, const Parameters<float>& constant,
             std::uint64_t step, Team& team) {
  { averaging.prepare(weights) } -> std::same_as<Parameters<float>&>;
  averaging.follow(constant, step, team);
};

/// The weights as the last step left them: the usual way.
struct LatestWeights {
  Parameters<float>& prepare(Parameters<float>& weights) const { return weights; }
  void follow(const Parameters<float>&, std::uint64_t, Team&) const {}
};

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
