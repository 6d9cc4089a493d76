// The diagonal Gaussian posterior: a reparameterised sample, and its KL from N(0, I) in each
// dimension, in nats.
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>

#include <vaecollapse/kernels/chunk.hpp>
#include <vaecollapse/simd/math.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI::kernels {

/// z = mu + exp(logvar / 2) noise. \source Kingma & Welling 2014, section 2.4
template <class Scalar>
void gaussian_sample_forward(Index n, const Scalar* mu, const Scalar* logvar, const Scalar* noise,
                             Scalar* z) {
  const auto half = simd::broadcast<Scalar>(Scalar(0.5));
  for (const auto chunk : chunks<Scalar>(n)) {
    const auto deviation = simd::exp(half * chunk.load(logvar));
    chunk.store(z, simd::fma(deviation, chunk.load(noise), chunk.load(mu)));
  }
}

/// dmu += dz, dlogvar += dz exp(logvar / 2) noise / 2.
template <class Scalar>
void gaussian_sample_backward(Index n, const Scalar* logvar, const Scalar* noise, const Scalar* dz,
                              Scalar* dmu, Scalar* dlogvar) {
  const auto half = simd::broadcast<Scalar>(Scalar(0.5));
  for (const auto chunk : chunks<Scalar>(n)) {
    const auto d = chunk.load(dz);
    chunk.add(dmu, d);
    const auto deviation = simd::exp(half * chunk.load(logvar));
    chunk.add_product(dlogvar, half * d * deviation, chunk.load(noise));
  }
}

/// kl = (mu^2 + exp(logvar) - 1 - logvar) / 2, right where it is close to zero too, and never
/// negative. \source Kingma & Welling 2014, appendix B
template <class Scalar>
void gaussian_kl_forward(Index n, const Scalar* mu, const Scalar* logvar, Scalar* kl) {
  const auto half = simd::broadcast<Scalar>(Scalar(0.5));
  for (const auto chunk : chunks<Scalar>(n)) {
    const auto m = chunk.load(mu);
    chunk.store(kl, half * simd::fma(m, m, simd::expm1_minus_x(chunk.load(logvar))));
  }
}

/// dmu += dkl mu, dlogvar += dkl (exp(logvar) - 1) / 2.
template <class Scalar>
void gaussian_kl_backward(Index n, const Scalar* mu, const Scalar* logvar, const Scalar* dkl,
                          Scalar* dmu, Scalar* dlogvar) {
  const auto half = simd::broadcast<Scalar>(Scalar(0.5));
  for (const auto chunk : chunks<Scalar>(n)) {
    const auto d = chunk.load(dkl);
    chunk.add_product(dmu, d, chunk.load(mu));
    chunk.add_product(dlogvar, half * d, simd::expm1(chunk.load(logvar)));
  }
}

namespace naive {

namespace detail {

/// e^x - 1 - x, by its series where the difference would cancel.
template <class Scalar>
Scalar expm1_minus_x(Scalar x) {
  if (!(std::abs(x) <= 1)) {
    return std::expm1(x) - std::min(x, std::numeric_limits<Scalar>::max());
  }
  Scalar sum = 0, term = x * x / 2;
  for (int k = 3; sum + term != sum; ++k) {
    sum += term;
    term *= x / static_cast<Scalar>(k);
  }
  return sum;
}

}  // namespace detail

template <class Scalar>
void gaussian_sample_forward(Index n, const Scalar* mu, const Scalar* logvar, const Scalar* noise,
                             Scalar* z) {
  for (Index i = 0; i < n; ++i) z[i] = mu[i] + std::exp(logvar[i] / 2) * noise[i];
}

template <class Scalar>
void gaussian_kl_forward(Index n, const Scalar* mu, const Scalar* logvar, Scalar* kl) {
  for (Index i = 0; i < n; ++i) {
    kl[i] = (mu[i] * mu[i] + detail::expm1_minus_x(logvar[i])) / 2;
  }
}

template <class Scalar>
void gaussian_sample_backward(Index n, const Scalar* logvar, const Scalar* noise, const Scalar* dz,
                              Scalar* dmu, Scalar* dlogvar) {
  for (Index i = 0; i < n; ++i) {
    dmu[i] += dz[i];
    dlogvar[i] += dz[i] * std::exp(logvar[i] / 2) * noise[i] / 2;
  }
}

template <class Scalar>
void gaussian_kl_backward(Index n, const Scalar* mu, const Scalar* logvar, const Scalar* dkl,
                          Scalar* dmu, Scalar* dlogvar) {
  for (Index i = 0; i < n; ++i) {
    dmu[i] += dkl[i] * mu[i];
    dlogvar[i] += dkl[i] * std::expm1(logvar[i]) / 2;
  }
}

}  // namespace naive

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI::kernels
