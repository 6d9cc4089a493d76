// How a training keeps its gradients small.
#pragma once

#include <concepts>

#include <vaecollapse/core/parameters.hpp>
#include <vaecollapse/core/range.hpp>
#include <vaecollapse/core/team.hpp>
#include <vaecollapse/optim/clip.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

/// `Clipped clip(parameters, team, moving) const`: the norm of the gradients of a range, by default
/// (null) of all that is trained, and the factor for them. It may change the gradients instead, and
/// give the factor 1.
template <class T>
concept Clipping = std::copy_constructible<T> &&
    requires(const T& clipping, Parameters<float>& parameters, Team& team,
             const ParameterRange* moving) {
  { clipping.clip(parameters, team, moving) } -> std::same_as<Clipped>;
};

/// `clip_by_norm`: the usual way.
struct ClipByNorm {
  double max_norm = 1;

  Clipped clip(const Parameters<float>& parameters, Team& team,
               const ParameterRange* moving) const {
    return clip_by_norm(parameters, max_norm, &team, moving);
  }
};

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
