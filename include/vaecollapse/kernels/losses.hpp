// Losses of numbers one by one: cross-entropy of a yes or no, and squared differences.
#pragma once

#include <algorithm>
#include <cmath>

#include <vaecollapse/kernels/chunk.hpp>
#include <vaecollapse/simd/math.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI::kernels {

/// y = -t log sigmoid(x) - (1 - t) log sigmoid(-x), in nats, as
/// log(1 + e^-|x|) + t max(-x, 0) + (1 - t) max(x, 0): for t of 0 to 1 nothing cancels.
template <class Scalar>
void binary_cross_entropy_forward(Index n, const Scalar* x, const Scalar* t, Scalar* y) {
  const auto zero = simd::broadcast<Scalar>(0), one = simd::broadcast<Scalar>(1);
  for (const auto chunk : chunks<Scalar>(n)) {
    const auto v = chunk.load(x), target = chunk.load(t);
    const auto above = simd::max<Scalar>(zero, v), below = simd::max<Scalar>(zero, -v);
    const auto rest = simd::softplus<Scalar>(-(above + below));
    chunk.store(y, rest + simd::fma<Scalar>(target, below, (one - target) * above));
  }
}

/// dx += dy (sigmoid(x) - t).
template <class Scalar>
void binary_cross_entropy_backward(Index n, const Scalar* x, const Scalar* t, const Scalar* dy,
                                   Scalar* dx) {
  for (const auto chunk : chunks<Scalar>(n)) {
    chunk.add_product(dx, chunk.load(dy), simd::sigmoid(chunk.load(x)) - chunk.load(t));
  }
}

/// dt -= dy x, for targets that are computed.
template <class Scalar>
void binary_cross_entropy_targets_backward(Index n, const Scalar* x, const Scalar* dy, Scalar* dt) {
  for (const auto chunk : chunks<Scalar>(n)) {
    chunk.store(dt, simd::fnma(chunk.load(dy), chunk.load(x), chunk.load(dt)));
  }
}

namespace detail {

/// The sum of (a - b)^2 over a block, in four sums side by side, so that none waits for itself.
template <class Scalar>
Scalar squared_distance_of_block(Index n, const Scalar* a, const Scalar* b) {
  constexpr Index lanes = simd::lanes<Scalar>;
  const auto zero = simd::broadcast<Scalar>(0);
  simd::Pack<Scalar> sums[4] = {zero, zero, zero, zero};
  Index i = 0;
  for (; i + 4 * lanes <= n; i += 4 * lanes) {
    for (Index k = 0; k < 4; ++k) {
      const auto difference = simd::load(a + i + k * lanes) - simd::load(b + i + k * lanes);
      sums[k] = simd::fma(difference, difference, sums[k]);
    }
  }
  for (const auto chunk : chunks<Scalar>(n - i)) {
    const auto difference = chunk.load(a + i) - chunk.load(b + i);
    sums[0] = simd::fma(difference, difference, sums[0]);
  }
  return simd::reduce_add((sums[0] + sums[1]) + (sums[2] + sums[3]));
}

}  // namespace detail

/// The sum of (a - b)^2: blocks in the scalar type, the blocks together in double.
template <class Scalar>
double squared_distance(Index n, const Scalar* a, const Scalar* b) {
  constexpr Index block = 256 * simd::lanes<Scalar>;
  double total = 0;
  for (Index i = 0; i < n; i += block) {
    const Index count = std::min(block, n - i);
    total += static_cast<double>(detail::squared_distance_of_block(count, a + i, b + i));
  }
  return total;
}

/// da += factor (a - b).
template <class Scalar>
void add_difference(Index n, Scalar factor, const Scalar* a, const Scalar* b, Scalar* da) {
  const auto scale = simd::broadcast<Scalar>(factor);
  for (const auto chunk : chunks<Scalar>(n)) {
    chunk.add_product(da, scale, chunk.load(a) - chunk.load(b));
  }
}

namespace naive {

/// The reference of `binary_cross_entropy_forward`.
template <class Scalar>
void binary_cross_entropy_forward(Index n, const Scalar* x, const Scalar* t, Scalar* y) {
  const auto softplus = [](Scalar v) {
    return std::max(v, Scalar(0)) + std::log1p(std::exp(-std::abs(v)));
  };
  for (Index i = 0; i < n; ++i) y[i] = t[i] * softplus(-x[i]) + (1 - t[i]) * softplus(x[i]);
}

/// The reference of both backward kernels.
template <class Scalar>
void binary_cross_entropy_backward(Index n, const Scalar* x, const Scalar* t, const Scalar* dy,
                                   Scalar* dx, Scalar* dt) {
  for (Index i = 0; i < n; ++i) {
    dx[i] += dy[i] * (1 / (1 + std::exp(-x[i])) - t[i]);
    dt[i] -= dy[i] * x[i];
  }
}

/// The reference of `squared_distance`.
template <class Scalar>
double squared_distance(Index n, const Scalar* a, const Scalar* b) {
  double total = 0;
  for (Index i = 0; i < n; ++i) {
    const double difference = static_cast<double>(a[i]) - static_cast<double>(b[i]);
    total += difference * difference;
  }
  return total;
}

}  // namespace naive

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI::kernels
