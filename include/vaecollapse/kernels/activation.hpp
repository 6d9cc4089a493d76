// Elementwise functions and their gradients.
#pragma once

#include <algorithm>
#include <cmath>

#include <vaecollapse/kernels/chunk.hpp>
#include <vaecollapse/simd/math.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI::kernels {

/// y = tanh x.
template <class Scalar>
void tanh_forward(Index n, const Scalar* x, Scalar* y) {
  for (const auto chunk : chunks<Scalar>(n)) {
    chunk.store(y, simd::tanh(chunk.load(x)));
  }
}

/// dx += dy (1 - y^2).
template <class Scalar>
void tanh_backward(Index n, const Scalar* y, const Scalar* dy, Scalar* dx) {
  const auto one = simd::broadcast<Scalar>(1);
  for (const auto chunk : chunks<Scalar>(n)) {
    const auto v = chunk.load(y);
    chunk.add_product(dx, chunk.load(dy), simd::fnma(v, v, one));
  }
}

/// y = max(x, 0).
template <class Scalar>
void relu_forward(Index n, const Scalar* x, Scalar* y) {
  const auto zero = simd::broadcast<Scalar>(0);
  for (const auto chunk : chunks<Scalar>(n)) {
    chunk.store(y, simd::max<Scalar>(zero, chunk.load(x)));
  }
}

/// dx += dy where y > 0.
template <class Scalar>
void relu_backward(Index n, const Scalar* y, const Scalar* dy, Scalar* dx) {
  const auto zero = simd::broadcast<Scalar>(0);
  for (const auto chunk : chunks<Scalar>(n)) {
    const auto passes = chunk.load(y) > zero;
    chunk.add(dx, simd::select<Scalar>(passes, chunk.load(dy), zero));
  }
}

namespace detail {

/// Brings x to within 100 of the limits, where the soft clamp has reached them to rounding. Farther
/// out the difference of x and its softplus would be rounding error, or not a number.
template <class Scalar>
VAECOLLAPSE_INLINE simd::Pack<Scalar> near_limits(simd::Pack<Scalar> x, Scalar low, Scalar high) {
  const auto least = simd::broadcast<Scalar>(low - 100);
  const auto greatest = simd::broadcast<Scalar>(high + 100);
  return simd::max<Scalar>(least, simd::min<Scalar>(greatest, x));
}

}  // namespace detail

/// y = x + softplus(low - x) - softplus(x - high): x itself inside, to rounding, and bent smoothly
/// so as to stay between low and high, to rounding.
template <class Scalar>
void soft_clamp_forward(Index n, Scalar low, Scalar high, const Scalar* x, Scalar* y) {
  const auto lowest = simd::broadcast<Scalar>(low), highest = simd::broadcast<Scalar>(high);
  for (const auto chunk : chunks<Scalar>(n)) {
    const auto v = detail::near_limits<Scalar>(chunk.load(x), low, high);
    chunk.store(y, v + (simd::softplus(lowest - v) - simd::softplus(v - highest)));
  }
}

/// dx += dy (1 - sigmoid(low - x) - sigmoid(x - high)), as a product, which is right beyond the
/// limits too, where the difference would cancel:
/// sigmoid(x - low) sigmoid(high - x) (1 - exp(low - high)).
template <class Scalar>
void soft_clamp_backward(Index n, Scalar low, Scalar high, const Scalar* x, const Scalar* dy,
                         Scalar* dx) {
  const auto lowest = simd::broadcast<Scalar>(low), highest = simd::broadcast<Scalar>(high);
  const auto share = simd::broadcast<Scalar>(-std::expm1(low - high));
  for (const auto chunk : chunks<Scalar>(n)) {
    const auto v = detail::near_limits<Scalar>(chunk.load(x), low, high);
    const auto slope = share * simd::sigmoid(v - lowest) * simd::sigmoid(highest - v);
    chunk.add_product(dx, chunk.load(dy), slope);
  }
}

namespace naive {

template <class Scalar>
void tanh_forward(Index n, const Scalar* x, Scalar* y) {
  for (Index i = 0; i < n; ++i) y[i] = std::tanh(x[i]);
}

template <class Scalar>
void tanh_backward(Index n, const Scalar* y, const Scalar* dy, Scalar* dx) {
  for (Index i = 0; i < n; ++i) dx[i] += dy[i] * (1 - y[i] * y[i]);
}

template <class Scalar>
void relu_forward(Index n, const Scalar* x, Scalar* y) {
  for (Index i = 0; i < n; ++i) y[i] = std::max(x[i], Scalar(0));
}

template <class Scalar>
void relu_backward(Index n, const Scalar* y, const Scalar* dy, Scalar* dx) {
  for (Index i = 0; i < n; ++i) dx[i] += y[i] > 0 ? dy[i] : Scalar(0);
}

template <class Scalar>
void soft_clamp_forward(Index n, Scalar low, Scalar high, const Scalar* x, Scalar* y) {
  const auto softplus = [](Scalar v) {
    return std::max(v, Scalar(0)) + std::log1p(std::exp(-std::abs(v)));
  };
  for (Index i = 0; i < n; ++i) y[i] = x[i] + (softplus(low - x[i]) - softplus(x[i] - high));
}

template <class Scalar>
void soft_clamp_backward(Index n, Scalar low, Scalar high, const Scalar* x, const Scalar* dy,
                         Scalar* dx) {
  const auto sigmoid = [](Scalar v) { return 1 / (1 + std::exp(-v)); };
  const Scalar share = -std::expm1(low - high);
  for (Index i = 0; i < n; ++i) {
    dx[i] += dy[i] * share * sigmoid(x[i] - low) * sigmoid(high - x[i]);
  }
}

}  // namespace naive

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI::kernels
