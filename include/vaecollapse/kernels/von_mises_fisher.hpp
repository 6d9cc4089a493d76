// Directions: columns of length one, samples of the von Mises-Fisher distribution around them, and
// their log density.
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>

#include <vaecollapse/core/view.hpp>
#include <vaecollapse/kernels/chunk.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI::kernels {

/// A column that is no longer than this has no direction.
inline constexpr double least_length = 1e-12;

/// z = along mu + across v of each column, v being a unit vector at right angles to mu.
template <class Scalar>
struct SphereCoordinates {
  const Scalar* along;   ///< cosines [B]
  const Scalar* across;  ///< sines [B]
};

/// y = x / |x| and the length of each column. A column with |x| <= `least_length` becomes the first
/// axis; one whose |x|^2 overflows is no number. \shape x, y [Z x B], lengths [B]
template <class Scalar>
void direction_forward(View<const Scalar> x, View<Scalar> y, Scalar* lengths) {
  constexpr auto least = static_cast<Scalar>(least_length);
  for (Index b = 0; b < x.columns; ++b) {
    const Scalar square = dot(x.rows, x.column(b), x.column(b));
    lengths[b] = std::sqrt(square);
    if (lengths[b] <= least) {
      std::fill_n(y.column(b), y.rows, Scalar(0));
      y(0, b) = 1;
      continue;
    }
    const auto scale = simd::broadcast<Scalar>(lengths[b] / square);
    for (const auto chunk : chunks<Scalar>(x.rows)) {
      chunk.store(y.column(b), scale * chunk.load(x.column(b)));
    }
  }
}

/// dx += (dy - (y' dy) y) / |x|; nothing where x has no direction.
template <class Scalar>
void direction_backward(View<const Scalar> y, const Scalar* lengths, View<const Scalar> dy,
                        View<Scalar> dx) {
  constexpr auto least = static_cast<Scalar>(least_length);
  for (Index b = 0; b < y.columns; ++b) {
    if (lengths[b] <= least) continue;
    const Scalar radial = dot(y.rows, y.column(b), dy.column(b));
    add_scaled(y.rows, 1 / lengths[b], dy.column(b), dx.column(b));
    add_scaled(y.rows, -radial / lengths[b], y.column(b), dx.column(b));
  }
}

namespace detail {

/// x -= (mu' x) mu, twice: after the first time what is left may be no greater than its rounding.
/// Gives |x|. \source Parlett 1998, "twice is enough"
template <class Scalar>
Scalar make_orthogonal(Index n, const Scalar* mu, Scalar* x) {
  for (int times = 0; times < 2; ++times) add_scaled(n, -dot(n, mu, x), mu, x);
  return std::sqrt(dot(n, x, x));
}

/// The axis that is farthest from mu.
template <class Scalar>
Index farthest_axis(Index n, const Scalar* mu) {
  return std::min_element(mu, mu + n,
                          [](Scalar a, Scalar b) { return std::abs(a) < std::abs(b); }) -
         mu;
}

}  // namespace detail

/// z = along mu + across v, v being the direction of what of the noise is at right angles to mu.
/// Noise that is parallel to mu gives the axis that is farthest from mu in its place.
/// \shape mu, noise, z [Z x B], Z >= 2 \pre columns of mu have length one
template <class Scalar>
void von_mises_fisher_sample_forward(View<const Scalar> mu, SphereCoordinates<Scalar> w,
                                     View<const Scalar> noise, View<Scalar> z) {
  const Index n = mu.rows;
  for (Index b = 0; b < mu.columns; ++b) {
    const Scalar* const center = mu.column(b);
    Scalar* const v = z.column(b);
    std::copy_n(noise.column(b), n, v);
    const Scalar least = std::sqrt(dot(n, v, v)) * std::numeric_limits<Scalar>::epsilon();
    Scalar length = detail::make_orthogonal(n, center, v);
    if (length <= least) {
      std::fill_n(v, n, Scalar(0));
      v[detail::farthest_axis(n, center)] = 1;
      length = detail::make_orthogonal(n, center, v);
    }
    const auto along = simd::broadcast<Scalar>(w.along[b]);
    const auto across = simd::broadcast<Scalar>(w.across[b] / length);
    for (const auto chunk : chunks<Scalar>(n)) {
      chunk.store(v, simd::fma(along, chunk.load(center), across * chunk.load(v)));
    }
  }
}

/// dmu += along dz - (mu' dz) (z - along mu): z turns with mu, in the plane of mu and its change.
///
/// With the noise held still, z would besides turn about mu by the part of the noise that is
/// parallel to mu. That part does not change z, and the mean of its gradient is zero; its variance
/// is not even finite for Z = 3. What stands here is the mean over it.
template <class Scalar>
void von_mises_fisher_sample_backward(View<const Scalar> mu, SphereCoordinates<Scalar> w,
                                      View<const Scalar> z, View<const Scalar> dz,
                                      View<Scalar> dmu) {
  for (Index b = 0; b < mu.columns; ++b) {
    const Scalar radial = dot(mu.rows, mu.column(b), dz.column(b));
    add_scaled(mu.rows, w.along[b], dz.column(b), dmu.column(b));
    add_scaled(mu.rows, -radial, z.column(b), dmu.column(b));
    add_scaled(mu.rows, radial * w.along[b], mu.column(b), dmu.column(b));
  }
}

/// result_b = kappa mu_b' z_b + log_normaliser. \shape mu, z [Z x B], result [B] \unit nats
template <class Scalar>
void von_mises_fisher_log_density_forward(View<const Scalar> mu, View<const Scalar> z, double kappa,
                                          double log_normaliser, Scalar* result) {
  for (Index b = 0; b < mu.columns; ++b) {
    const auto cosine = static_cast<double>(dot(mu.rows, mu.column(b), z.column(b)));
    result[b] = static_cast<Scalar>(kappa * cosine + log_normaliser);
  }
}

/// dmu += seed kappa z and dz += seed kappa mu; either may be null.
template <class Scalar>
void von_mises_fisher_log_density_backward(View<const Scalar> mu, View<const Scalar> z,
                                           double kappa, const Scalar* seed, View<Scalar> dmu,
                                           View<Scalar> dz) {
  for (Index b = 0; b < mu.columns; ++b) {
    const Scalar scale = seed[b] * static_cast<Scalar>(kappa);
    if (dmu.data != nullptr) add_scaled(mu.rows, scale, z.column(b), dmu.column(b));
    if (dz.data != nullptr) add_scaled(mu.rows, scale, mu.column(b), dz.column(b));
  }
}

namespace naive {

/// The reference of `kernels::direction_forward`.
template <class Scalar>
void direction_forward(View<const Scalar> x, View<Scalar> y, Scalar* lengths) {
  for (Index b = 0; b < x.columns; ++b) {
    Scalar square = 0;
    for (Index d = 0; d < x.rows; ++d) square += x(d, b) * x(d, b);
    lengths[b] = std::sqrt(square);
    const bool has_direction = lengths[b] > static_cast<Scalar>(least_length);
    for (Index d = 0; d < x.rows; ++d) {
      y(d, b) = has_direction ? x(d, b) / lengths[b] : Scalar(d == 0 ? 1 : 0);
    }
  }
}

/// The reference of `kernels::direction_backward`: the Jacobian, element by element.
template <class Scalar>
void direction_backward(View<const Scalar> y, const Scalar* lengths, View<const Scalar> dy,
                        View<Scalar> dx) {
  for (Index b = 0; b < y.columns; ++b) {
    if (!(lengths[b] > static_cast<Scalar>(least_length))) continue;
    for (Index i = 0; i < y.rows; ++i) {
      for (Index j = 0; j < y.rows; ++j) {
        const Scalar identity = Scalar(i == j ? 1 : 0);
        dx(i, b) += (identity - y(i, b) * y(j, b)) / lengths[b] * dy(j, b);
      }
    }
  }
}

/// The reference of `kernels::von_mises_fisher_sample_forward`, for noise that is not parallel.
template <class Scalar>
void von_mises_fisher_sample_forward(View<const Scalar> mu, SphereCoordinates<Scalar> w,
                                     View<const Scalar> noise, View<Scalar> z) {
  for (Index b = 0; b < mu.columns; ++b) {
    Scalar parallel = 0, square = 0;
    for (Index d = 0; d < mu.rows; ++d) parallel += mu(d, b) * noise(d, b);
    for (Index d = 0; d < mu.rows; ++d) {
      z(d, b) = noise(d, b) - parallel * mu(d, b);
      square += z(d, b) * z(d, b);
    }
    for (Index d = 0; d < mu.rows; ++d) {
      z(d, b) = w.along[b] * mu(d, b) + w.across[b] * z(d, b) / std::sqrt(square);
    }
  }
}

/// The reference of `kernels::von_mises_fisher_sample_backward`: the transposed derivative of the
/// rotation in the plane of mu and dmu, dz = (mu' z) dmu - (z' dmu) mu, for dmu at right angles to
/// mu; what it does along mu is left to `direction_backward`, which drops it.
template <class Scalar>
void von_mises_fisher_sample_backward(View<const Scalar> mu, SphereCoordinates<Scalar> w,
                                      View<const Scalar> z, View<const Scalar> dz,
                                      View<Scalar> dmu) {
  for (Index b = 0; b < mu.columns; ++b) {
    for (Index i = 0; i < mu.rows; ++i) {
      for (Index j = 0; j < mu.rows; ++j) {
        const Scalar identity = Scalar(i == j ? 1 : 0);
        const Scalar tangent = z(i, b) - w.along[b] * mu(i, b);
        dmu(i, b) += (w.along[b] * identity - tangent * mu(j, b)) * dz(j, b);
      }
    }
  }
}

/// The reference of `kernels::von_mises_fisher_log_density_forward`.
template <class Scalar>
void von_mises_fisher_log_density_forward(View<const Scalar> mu, View<const Scalar> z, double kappa,
                                          double log_normaliser, Scalar* result) {
  for (Index b = 0; b < mu.columns; ++b) {
    double exponent = log_normaliser;
    for (Index d = 0; d < mu.rows; ++d) {
      exponent += kappa * static_cast<double>(mu(d, b)) * static_cast<double>(z(d, b));
    }
    result[b] = static_cast<Scalar>(exponent);
  }
}

/// The reference of `kernels::von_mises_fisher_log_density_backward`.
template <class Scalar>
void von_mises_fisher_log_density_backward(View<const Scalar> mu, View<const Scalar> z,
                                           double kappa, const Scalar* seed, View<Scalar> dmu,
                                           View<Scalar> dz) {
  for (Index b = 0; b < mu.columns; ++b) {
    for (Index d = 0; d < mu.rows; ++d) {
      dmu(d, b) += seed[b] * static_cast<Scalar>(kappa) * z(d, b);
      dz(d, b) += seed[b] * static_cast<Scalar>(kappa) * mu(d, b);
    }
  }
}

}  // namespace naive

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI::kernels
