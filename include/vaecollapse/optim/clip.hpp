// Clipping by the norm of the whole gradient: a number for the optimiser, not a pass of its own.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <span>

#include <vaecollapse/core/at.hpp>
#include <vaecollapse/core/check.hpp>
#include <vaecollapse/core/finite.hpp>
#include <vaecollapse/core/parameters.hpp>
#include <vaecollapse/core/range.hpp>
#include <vaecollapse/core/segment.hpp>
#include <vaecollapse/core/shape.hpp>
#include <vaecollapse/core/team.hpp>
#include <vaecollapse/kernels/optimise.hpp>
#include <vaecollapse/optim/concepts.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

namespace detail {

/// In double: partial sums over 64 ranges that depend on the size only, added in their order, so
/// the bits are the same on any team.
template <class Scalar>
double sum_of_squares(std::span<const Scalar> numbers, Team* team) {
  constexpr Index ranges = 64;
  std::array<double, ranges> sums{};
  const Index size = static_cast<Index>(numbers.size());
  const auto sum_ranges = [&](Index first, Index last) {
    for (Index range = first; range < last; ++range) {
      const Index begin = size * range / ranges, end = size * (range + 1) / ranges;
      at(sums, range) = kernels::squared_norm(end - begin, numbers.data() + begin);
    }
  };
  team == nullptr ? sum_ranges(0, ranges) : team->split(ranges, sum_ranges);
  double total = 0;
  for (const double sum : sums) total += sum;
  return total;
}

}  // namespace detail

/// The Euclidean norm of all numbers, in double, with the same bits on any team.
template <class Scalar>
double euclidean_norm(std::span<const Scalar> numbers, Team* team = nullptr) {
  return std::sqrt(detail::sum_of_squares(numbers, team));
}

/// The result of clipping.
struct Clipped {
  /// The norm before clipping; not finite if any gradient is not, and then no scale can help.
  double norm;
  /// The factor for the gradients, at most 1: `StepOptions::gradient_scale`.
  double scale;
};

/// The scale that brings the norm of the gradients down to `max_norm`:
/// min(1, max_norm / (norm + 1e-6)). The gradients are those of `moving`, by default of all that is
/// trained, and stay as they are:
/// `adam.step(parameters, {.gradient_scale = clip_by_norm(parameters, 1.0).scale})`.
/// \throws Error unless max_norm is positive, or for a range of other parameters
/// \source Pascanu et al. 2013; the 1e-6 is PyTorch's `clip_grad_norm_`
template <class Scalar>
Clipped clip_by_norm(const Parameters<Scalar>& parameters, double max_norm, Team* team = nullptr,
                     const ParameterRange* moving = nullptr) {
  if (!is_positive(max_norm)) raise(Error("clip_by_norm: max_norm must be positive"));
  double squares = 0;
  for (const Segment& segment :
       detail::moving_segments("clip_by_norm", parameters.layout(), moving)) {
    squares += detail::sum_of_squares(
        parameters.gradients().subspan(static_cast<std::size_t>(segment.offset),
                                       static_cast<std::size_t>(segment.size)),
        team);
  }
  const double found = std::sqrt(squares);
  return {found, std::min(1.0, max_norm / (found + 1e-6))};
}

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
