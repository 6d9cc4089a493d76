// One update of flat parameters, each in a single pass over memory: the gradient is scaled, used
// and set to zero where it stands. And the sum of squares that clipping needs, and a running mean.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>

#include <vaecollapse/core/at.hpp>
#include <vaecollapse/core/finite.hpp>
#include <vaecollapse/kernels/chunk.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI::kernels {

/// The numbers of one step of Adam or AdamW, computed from its options in double.
template <class Scalar>
struct AdamNumbers {
  Scalar gradient_scale;
  Scalar keep_first;     ///< beta1
  Scalar take_first;     ///< 1 - beta1
  Scalar keep_second;    ///< beta2
  Scalar take_second;    ///< 1 - beta2
  Scalar rate;           ///< learning rate / (1 - beta1^t)
  Scalar second_factor;  ///< 1 / sqrt(1 - beta2^t)
  Scalar epsilon;
  Scalar keep_value = 1;  ///< 1 - learning rate * weight decay, of AdamW
};

namespace detail {

template <bool Decays, class Scalar>
void adam_pass(Index n, const AdamNumbers<Scalar>& by, Scalar* value, Scalar* gradient,
               Scalar* first_moment, Scalar* second_moment) {
  const auto scale = simd::broadcast<Scalar>(by.gradient_scale);
  const auto keep_first = simd::broadcast<Scalar>(by.keep_first);
  const auto take_first = simd::broadcast<Scalar>(by.take_first);
  const auto keep_second = simd::broadcast<Scalar>(by.keep_second);
  const auto take_second = simd::broadcast<Scalar>(by.take_second);
  const auto rate = simd::broadcast<Scalar>(by.rate);
  const auto second_factor = simd::broadcast<Scalar>(by.second_factor);
  const auto epsilon = simd::broadcast<Scalar>(by.epsilon);
  const auto keep_value = simd::broadcast<Scalar>(by.keep_value);
  const auto zero = simd::broadcast<Scalar>(0);
  for (const auto chunk : chunks<Scalar>(n)) {
    const auto g = scale * chunk.load(gradient);
    const auto m = simd::fma(keep_first, chunk.load(first_moment), take_first * g);
    const auto v = simd::fma(keep_second, chunk.load(second_moment), take_second * g * g);
    const auto spread = simd::fma(second_factor, simd::sqrt(v), epsilon);
    chunk.store(first_moment, m);
    chunk.store(second_moment, v);
    auto before = chunk.load(value);
    if constexpr (Decays) before = keep_value * before;
    chunk.store(value, simd::fnma(rate, simd::divide(m, spread), before));
    chunk.store(gradient, zero);
  }
}

}  // namespace detail

/// g = scale * gradient, m = beta1 m + (1 - beta1) g, v = beta2 v + (1 - beta2) g^2,
/// value -= rate m / (second_factor sqrt(v) + epsilon), gradient = 0. `keep_value` is not used.
/// \source Kingma & Ba 2015, algorithm 1, with epsilon as there and in PyTorch: outside the root
template <class Scalar>
void adam_step(Index n, const AdamNumbers<Scalar>& by, Scalar* value, Scalar* gradient,
               Scalar* first_moment, Scalar* second_moment) {
  detail::adam_pass<false>(n, by, value, gradient, first_moment, second_moment);
}

/// As `adam_step`, but first value = keep_value * value.
/// \source Loshchilov & Hutter 2019, algorithm 2, with PyTorch's learning rate before the decay
template <class Scalar>
void adamw_step(Index n, const AdamNumbers<Scalar>& by, Scalar* value, Scalar* gradient,
                Scalar* first_moment, Scalar* second_moment) {
  detail::adam_pass<true>(n, by, value, gradient, first_moment, second_moment);
}

namespace detail {

/// Whether all numbers are +0. In plain C++, which compilers vectorise. Where they are not, the
/// first mostly tells.
template <class Scalar>
bool are_zeros(Index n, const Scalar* x) {
  using Bits = vaecollapse::detail::BitsOf<Scalar>;
  auto any = std::bit_cast<Bits>(x[0]);
  if (any != 0) return false;
  for (Index i = 0; i < n; ++i) any |= std::bit_cast<Bits>(x[i]);
  return any == 0;
}

/// Numbers of which an SGD step looks whether it can leave them out.
inline constexpr Index sgd_run = 64;

}  // namespace detail

/// value -= rate * gradient, gradient = 0. `rate` holds the gradient's scale. Where gradients are
/// zero, as those of most columns of a large table of embeddings are, they are read and nothing is
/// written: the bits are those that subtracting zeros would leave.
template <class Scalar>
void sgd_step(Index n, Scalar rate, Scalar* value, Scalar* gradient) {
  const auto factor = simd::broadcast<Scalar>(rate);
  const auto zero = simd::broadcast<Scalar>(0);
  // A rate that is not finite makes what is not a number of zeros too.
  const bool leaves_out = rate >= 0 && is_finite(rate);
  for (Index first = 0; first < n; first += detail::sgd_run) {
    const Index count = std::min(detail::sgd_run, n - first);
    if (leaves_out && detail::are_zeros(count, gradient + first)) continue;
    for (const auto chunk : chunks<Scalar>(count)) {
      Scalar* const to = value + first;
      chunk.store(to, simd::fnma(factor, chunk.load(gradient + first), chunk.load(to)));
      chunk.store(gradient + first, zero);
    }
  }
}

/// The numbers of one step with momentum.
template <class Scalar>
struct MomentumNumbers {
  Scalar gradient_scale;
  Scalar momentum;
  Scalar rate;
};

namespace detail {

template <bool Nesterov, class Scalar>
void momentum_pass(Index n, const MomentumNumbers<Scalar>& by, Scalar* value, Scalar* gradient,
                   Scalar* velocity) {
  const auto scale = simd::broadcast<Scalar>(by.gradient_scale);
  const auto momentum = simd::broadcast<Scalar>(by.momentum);
  const auto rate = simd::broadcast<Scalar>(by.rate);
  const auto zero = simd::broadcast<Scalar>(0);
  for (const auto chunk : chunks<Scalar>(n)) {
    const auto g = scale * chunk.load(gradient);
    auto v = simd::fma(momentum, chunk.load(velocity), g);
    chunk.store(velocity, v);
    if constexpr (Nesterov) v = simd::fma(momentum, v, g);
    chunk.store(value, simd::fnma(rate, v, chunk.load(value)));
    chunk.store(gradient, zero);
  }
}

}  // namespace detail

/// velocity = momentum velocity + scale * gradient, value -= rate velocity, gradient = 0.
template <class Scalar>
void momentum_step(Index n, const MomentumNumbers<Scalar>& by, Scalar* value, Scalar* gradient,
                   Scalar* velocity) {
  detail::momentum_pass<false>(n, by, value, gradient, velocity);
}

/// As `momentum_step`, but value -= rate (scale * gradient + momentum velocity).
/// \source Sutskever et al. 2013, Nesterov's momentum in PyTorch's form
template <class Scalar>
void nesterov_step(Index n, const MomentumNumbers<Scalar>& by, Scalar* value, Scalar* gradient,
                   Scalar* velocity) {
  detail::momentum_pass<true>(n, by, value, gradient, velocity);
}

/// The numbers of one Adadelta step.
template <class Scalar>
struct AdadeltaNumbers {
  Scalar gradient_scale;
  Scalar keep;  ///< rho
  Scalar take;  ///< 1 - rho
  Scalar rate;
  Scalar epsilon;
};

/// g = scale * gradient, s = rho s + (1 - rho) g^2, step = sqrt(u + epsilon) / sqrt(s + epsilon) g,
/// u = rho u + (1 - rho) step^2, value -= rate step, gradient = 0.
/// \source Zeiler 2012, algorithm 1, with PyTorch's learning rate before the step
template <class Scalar>
void adadelta_step(Index n, const AdadeltaNumbers<Scalar>& by, Scalar* value, Scalar* gradient,
                   Scalar* squares, Scalar* updates) {
  const auto scale = simd::broadcast<Scalar>(by.gradient_scale);
  const auto keep = simd::broadcast<Scalar>(by.keep), take = simd::broadcast<Scalar>(by.take);
  const auto rate = simd::broadcast<Scalar>(by.rate);
  const auto epsilon = simd::broadcast<Scalar>(by.epsilon);
  const auto zero = simd::broadcast<Scalar>(0);
  for (const auto chunk : chunks<Scalar>(n)) {
    const auto g = scale * chunk.load(gradient);
    const auto s = simd::fma(keep, chunk.load(squares), take * g * g);
    const auto u = chunk.load(updates);
    const auto step =
        simd::divide(simd::sqrt<Scalar>(u + epsilon), simd::sqrt<Scalar>(s + epsilon)) * g;
    chunk.store(squares, s);
    chunk.store(updates, simd::fma(keep, u, take * step * step));
    chunk.store(value, simd::fnma(rate, step, chunk.load(value)));
    chunk.store(gradient, zero);
  }
}

/// mean += share (value - mean).
template <class Scalar>
void average_step(Index n, Scalar share, const Scalar* value, Scalar* mean) {
  const auto factor = simd::broadcast<Scalar>(share);
  for (const auto chunk : chunks<Scalar>(n)) {
    const auto before = chunk.load(mean);
    chunk.store(mean, simd::fma(factor, chunk.load(value) - before, before));
  }
}

/// The sum of squares in double. Plain C++ in sixteen lanes, which compilers vectorise: the square
/// of a float is exact in double, so float sums have the same bits on every instruction set.
template <class Scalar>
double squared_norm(Index n, const Scalar* x) {
  constexpr Index lanes = 16;
  std::array<double, lanes> sums{};
  const auto add_square = [&](Index i, Index lane) {
    const double number = static_cast<double>(x[i]);
    at(sums, lane) += number * number;
  };
  Index i = 0;
  for (; i + lanes <= n; i += lanes) {
    for (Index lane = 0; lane < lanes; ++lane) add_square(i + lane, lane);
  }
  for (Index lane = 0; i < n; ++i, ++lane) add_square(i, lane);
  double total = 0;
  for (const double sum : sums) total += sum;
  return total;
}

namespace naive {

template <class Scalar>
void adam_step(Index n, const AdamNumbers<Scalar>& by, Scalar* value, Scalar* gradient,
               Scalar* first_moment, Scalar* second_moment) {
  for (Index i = 0; i < n; ++i) {
    const Scalar g = by.gradient_scale * gradient[i];
    first_moment[i] = by.keep_first * first_moment[i] + by.take_first * g;
    second_moment[i] = by.keep_second * second_moment[i] + by.take_second * g * g;
    value[i] -=
        by.rate * first_moment[i] / (by.second_factor * std::sqrt(second_moment[i]) + by.epsilon);
    gradient[i] = 0;
  }
}

template <class Scalar>
void adamw_step(Index n, const AdamNumbers<Scalar>& by, Scalar* value, Scalar* gradient,
                Scalar* first_moment, Scalar* second_moment) {
  for (Index i = 0; i < n; ++i) value[i] *= by.keep_value;
  naive::adam_step(n, by, value, gradient, first_moment, second_moment);
}

template <class Scalar>
void sgd_step(Index n, Scalar rate, Scalar* value, Scalar* gradient) {
  for (Index i = 0; i < n; ++i) {
    value[i] -= rate * gradient[i];
    gradient[i] = 0;
  }
}

template <class Scalar>
void momentum_step(Index n, const MomentumNumbers<Scalar>& by, Scalar* value, Scalar* gradient,
                   Scalar* velocity) {
  for (Index i = 0; i < n; ++i) {
    velocity[i] = by.momentum * velocity[i] + by.gradient_scale * gradient[i];
    value[i] -= by.rate * velocity[i];
    gradient[i] = 0;
  }
}

template <class Scalar>
void nesterov_step(Index n, const MomentumNumbers<Scalar>& by, Scalar* value, Scalar* gradient,
                   Scalar* velocity) {
  for (Index i = 0; i < n; ++i) {
    const Scalar g = by.gradient_scale * gradient[i];
    velocity[i] = by.momentum * velocity[i] + g;
    value[i] -= by.rate * (g + by.momentum * velocity[i]);
    gradient[i] = 0;
  }
}

template <class Scalar>
void adadelta_step(Index n, const AdadeltaNumbers<Scalar>& by, Scalar* value, Scalar* gradient,
                   Scalar* squares, Scalar* updates) {
  for (Index i = 0; i < n; ++i) {
    const Scalar g = by.gradient_scale * gradient[i];
    squares[i] = by.keep * squares[i] + by.take * g * g;
    const Scalar step = std::sqrt(updates[i] + by.epsilon) / std::sqrt(squares[i] + by.epsilon) * g;
    updates[i] = by.keep * updates[i] + by.take * step * step;
    value[i] -= by.rate * step;
    gradient[i] = 0;
  }
}

template <class Scalar>
void average_step(Index n, Scalar share, const Scalar* value, Scalar* mean) {
  for (Index i = 0; i < n; ++i) mean[i] += share * (value[i] - mean[i]);
}

template <class Scalar>
double squared_norm(Index n, const Scalar* x) {
  double sum = 0;
  for (Index i = 0; i < n; ++i) sum += static_cast<double>(x[i]) * static_cast<double>(x[i]);
  return sum;
}

}  // namespace naive

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI::kernels
