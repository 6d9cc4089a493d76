// The log density of a diagonal Gaussian at a point, in nats: of any one, and of N(0, I).
#pragma once

#include <cmath>

#include <vaecollapse/core/constants.hpp>
#include <vaecollapse/core/view.hpp>
#include <vaecollapse/kernels/chunk.hpp>
#include <vaecollapse/simd/math.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI::kernels {

/// A diagonal Gaussian for each column, or gradients for it; a gradient that is not wanted is null.
template <class T>
struct GaussianColumns {
  View<T> mu;      ///< [Z x B]
  View<T> logvar;  ///< [Z x B]
};

/// density_b = log N(z_b; mu_b, diag exp(logvar_b))
///           = -(1/2) sum_d ((z_d - mu_d)^2 exp(-logvar_d) + logvar_d + log 2 pi).
/// \shape z [Z x B], density [B] \unit nats \cost O(Z B)
template <class Scalar>
void gaussian_log_density_forward(const GaussianColumns<const Scalar>& q, View<const Scalar> z,
                                  Scalar* density) {
  const auto constant = static_cast<Scalar>(log_2pi) * static_cast<Scalar>(z.rows);
  for (Index b = 0; b < z.columns; ++b) {
    auto twice = simd::broadcast<Scalar>(0);
    for (const auto chunk : chunks<Scalar>(z.rows)) {
      const auto logvar = chunk.load(q.logvar.column(b));
      const auto away = chunk.load(z.column(b)) - chunk.load(q.mu.column(b));
      twice = simd::fma(away * simd::exp(-logvar), away, twice + logvar);
    }
    density[b] = -(simd::reduce_add(twice) + constant) / 2;
  }
}

/// With pull = exp(-logvar) (z - mu): dz -= pull, dmu += pull and
/// dlogvar += (pull (z - mu) - 1) / 2, each times the seed of its column.
/// \shape seed [B], dz [Z x B] or null
template <class Scalar>
void gaussian_log_density_backward(const GaussianColumns<const Scalar>& q, View<const Scalar> z,
                                   const Scalar* seed, const GaussianColumns<Scalar>& dq,
                                   View<Scalar> dz) {
  const auto minus_one = simd::broadcast<Scalar>(-1);
  for (Index b = 0; b < z.columns; ++b) {
    const auto d = simd::broadcast<Scalar>(seed[b]);
    const auto half = simd::broadcast<Scalar>(seed[b] / 2);
    for (const auto chunk : chunks<Scalar>(z.rows)) {
      const auto away = chunk.load(z.column(b)) - chunk.load(q.mu.column(b));
      const auto pull = simd::exp(-chunk.load(q.logvar.column(b))) * away;
      if (dz.data != nullptr) chunk.add_product(dz.column(b), -d, pull);
      if (dq.mu.data != nullptr) chunk.add_product(dq.mu.column(b), d, pull);
      if (dq.logvar.data != nullptr) {
        chunk.add_product(dq.logvar.column(b), half, simd::fma(pull, away, minus_one));
      }
    }
  }
}

/// density_b = log N(z_b; 0, I) = -(1/2) sum_d (z_d^2 + log 2 pi).
/// \shape z [Z x B], density [B] \unit nats
template <class Scalar>
void standard_normal_log_density_forward(View<const Scalar> z, Scalar* density) {
  const auto constant = static_cast<Scalar>(log_2pi) * static_cast<Scalar>(z.rows);
  for (Index b = 0; b < z.columns; ++b) {
    density[b] = -(dot(z.rows, z.column(b), z.column(b)) + constant) / 2;
  }
}

/// dz -= seed z.
template <class Scalar>
void standard_normal_log_density_backward(View<const Scalar> z, const Scalar* seed,
                                          View<Scalar> dz) {
  for (Index b = 0; b < z.columns; ++b) {
    add_scaled(z.rows, -seed[b], z.column(b), dz.column(b));
  }
}

namespace naive {

/// The reference of `gaussian_log_density_forward`: the logarithm of the density as it stands.
template <class Scalar>
void gaussian_log_density_forward(const GaussianColumns<const Scalar>& q, View<const Scalar> z,
                                  Scalar* density) {
  for (Index b = 0; b < z.columns; ++b) {
    density[b] = 0;
    for (Index d = 0; d < z.rows; ++d) {
      const Scalar variance = std::exp(q.logvar(d, b)), away = z(d, b) - q.mu(d, b);
      density[b] -=
          static_cast<Scalar>(log_2pi / 2) + std::log(variance) / 2 + away * away / (2 * variance);
    }
  }
}

template <class Scalar>
void gaussian_log_density_backward(const GaussianColumns<const Scalar>& q, View<const Scalar> z,
                                   const Scalar* seed, const GaussianColumns<Scalar>& dq,
                                   View<Scalar> dz) {
  for (Index b = 0; b < z.columns; ++b) {
    for (Index d = 0; d < z.rows; ++d) {
      const Scalar variance = std::exp(q.logvar(d, b)), away = z(d, b) - q.mu(d, b);
      dz(d, b) -= seed[b] * away / variance;
      dq.mu(d, b) += seed[b] * away / variance;
      dq.logvar(d, b) += seed[b] * (away * away / variance - 1) / 2;
    }
  }
}

template <class Scalar>
void standard_normal_log_density_forward(View<const Scalar> z, Scalar* density) {
  for (Index b = 0; b < z.columns; ++b) {
    density[b] = 0;
    for (Index d = 0; d < z.rows; ++d) {
      density[b] -= static_cast<Scalar>(log_2pi / 2) + z(d, b) * z(d, b) / 2;
    }
  }
}

template <class Scalar>
void standard_normal_log_density_backward(View<const Scalar> z, const Scalar* seed,
                                          View<Scalar> dz) {
  for (Index b = 0; b < z.columns; ++b) {
    for (Index d = 0; d < z.rows; ++d) dz(d, b) -= seed[b] * z(d, b);
  }
}

}  // namespace naive

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI::kernels
