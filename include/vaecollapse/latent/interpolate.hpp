// Points between two points of the latent space.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <span>
#include <vector>

#include <vaecollapse/core/check.hpp>
#include <vaecollapse/core/shape.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

/// The path from one z to another.
enum class Interpolation {
  linear,  ///< (1 - t) a + t b
  /// (sin((1 - t) w) a + sin(t w) b) / sin w, w the angle between a and b: under a Gaussian prior
  /// the points between are as long as its samples are, those of the line shorter.
  /// \source Shoemake 1985; White 2016
  spherical
};

namespace detail {

/// The angle between two z; 0 if one of them is 0.
inline double angle_between(std::span<const float> a, std::span<const float> b) {
  double product = 0, of_a = 0, of_b = 0;
  for (std::size_t d = 0; d < a.size(); ++d) {
    const auto x = static_cast<double>(a[d]), y = static_cast<double>(b[d]);
    product += x * y;
    of_a += x * x;
    of_b += y * y;
  }
  const double lengths = std::sqrt(of_a * of_b);
  return lengths > 0 ? std::acos(std::clamp(product / lengths, -1.0, 1.0)) : 0;
}

}  // namespace detail

/// The point at t in 0 .. 1. Where the angle gives no direction, because it is 0 or half a turn,
/// the spherical path is the linear one.
/// \shape a, b [Z] -> [Z] \throws ShapeError for two sizes
inline std::vector<float> interpolate(std::span<const float> a, std::span<const float> b, double t,
                                      Interpolation path = Interpolation::linear) {
  if (a.size() != b.size()) {
    raise(ShapeError("interpolate",
                     {{"a", Shape<1>{{static_cast<Index>(a.size())}}},
                      {"b", Shape<1>{{static_cast<Index>(b.size())}}}},
                     "both must have the same dimensions"));
  }
  double from = 1 - t, to = t;
  if (path == Interpolation::spherical) {
    const double angle = detail::angle_between(a, b);
    constexpr double least_sine = 1e-6;
    if (const double sine = std::sin(angle); sine > least_sine) {
      from = std::sin((1 - t) * angle) / sine;
      to = std::sin(t * angle) / sine;
    }
  }
  std::vector<float> z(a.size());
  for (std::size_t d = 0; d < a.size(); ++d) {
    z[d] = static_cast<float>(from * static_cast<double>(a[d]) + to * static_cast<double>(b[d]));
  }
  return z;
}

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
