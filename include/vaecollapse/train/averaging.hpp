// Which weights a training evaluates and keeps: those of the last step, or an average.
#pragma once

#include <concepts>
#include <cstdint>

#include <vaecollapse/core/layout.hpp>
#include <vaecollapse/core/parameters.hpp>
#include <vaecollapse/core/team.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

/// `void prepare(layout)`, once; `void follow(weights, step, team)` after every decoder step,
/// `step` being counted from 1 in each phase of the plan, and gradients being none of its business;
/// `Parameters<float>& evaluated(weights)`: the weights that are evaluated on dev, by which the
/// criterion judges, and which a session keeps as the model. It is the same object from `prepare`
/// on. Training itself goes on from `weights`. State, if any, is in `visit`.
template <class T>
concept WeightAveraging = std::move_constructible<T> &&
    requires(T& averaging, const Layout& layout, Parameters<float>& weights,
             const Parameters<float>& constant, std::uint64_t step, Team& team) {
  averaging.prepare(layout);
  averaging.follow(constant, step, team);
  { averaging.evaluated(weights) } -> std::same_as<Parameters<float>&>;
};

/// The weights as the last step left them: the usual way.
struct LatestWeights {
  void prepare(const Layout&) const {}
  void follow(const Parameters<float>&, std::uint64_t, Team&) const {}
  Parameters<float>& evaluated(Parameters<float>& weights) const { return weights; }
};

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
