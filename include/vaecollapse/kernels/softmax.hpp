// log sum exp of columns, softmax and its logarithm, with gradients.
#pragma once

#include <algorithm>
#include <cmath>

#include <vaecollapse/core/finite.hpp>
#include <vaecollapse/core/view.hpp>
#include <vaecollapse/kernels/chunk.hpp>
#include <vaecollapse/kernels/elementwise.hpp>
#include <vaecollapse/simd/math.hpp>

VAECOLLAPSE_BEGIN_QUIET

namespace vaecollapse::inline VAECOLLAPSE_ABI::kernels {

/// The greatest of n numbers; what is not a number does not count.
template <class Scalar>
Scalar maximum(Index n, const Scalar* x) {
  constexpr Index lanes = simd::lanes<Scalar>;
  Scalar greatest = -infinity<Scalar>();
  Index i = 0;
  if (n >= 2 * lanes) {
    auto running = simd::broadcast<Scalar>(greatest);
    for (; i + lanes <= n; i += lanes) running = simd::max<Scalar>(simd::load(x + i), running);
    alignas(simd::alignment) Scalar each[lanes];
    simd::store_aligned(each, running);
    for (const Scalar number : each) greatest = std::max(greatest, number);
  }
  for (; i < n; ++i) greatest = std::max(greatest, x[i]);
  return greatest;
}

/// log sum exp in two parts, whose sum it is.
template <class Scalar>
struct SplitLogSumExp {
  Scalar greatest;
  Scalar rest;  ///< log sum exp of the numbers less the greatest: 0 to log n
};

/// log sum exp of n numbers in its two parts. A partial chunk's padding counts as -infinity.
template <class Scalar>
SplitLogSumExp<Scalar> split_log_sum_exp(Index n, const Scalar* x) {
  const Scalar greatest = maximum(n, x);
  const auto shift = simd::broadcast<Scalar>(greatest);
  auto sum = simd::broadcast<Scalar>(0);
  for (const auto chunk : chunks<Scalar>(n)) {
    alignas(simd::alignment) Scalar terms[simd::lanes<Scalar>];
    const auto values = simd::exp(chunk.load(x) - shift);
    simd::store_aligned(terms, values);
    sum = sum + (chunk.whole() ? values : simd::load_partial(terms, chunk.count));
  }
  return {greatest, std::log(simd::reduce_add(sum))};
}

/// log sum exp of n numbers.
template <class Scalar>
Scalar log_sum_exp(Index n, const Scalar* x) {
  const auto split = split_log_sum_exp(n, x);
  return split.greatest + split.rest;
}

/// Each column of y is exp(x) / sum exp(x) of that of x. \shape x and y [V x N]
template <class Scalar>
void softmax_forward(View<const Scalar> x, View<Scalar> y) {
  for (Index n = 0; n < x.columns; ++n) {
    const Scalar* from = x.column(n);
    Scalar* to = y.column(n);
    const auto shift = simd::broadcast<Scalar>(maximum(x.rows, from));
    auto sum = simd::broadcast<Scalar>(0);
    for (const auto chunk : chunks<Scalar>(x.rows)) {
      const auto values = simd::exp(chunk.load(from) - shift);
      chunk.store(to, values);
      sum = sum + (chunk.whole() ? values : chunk.load(to));
    }
    const auto share = simd::broadcast<Scalar>(1 / simd::reduce_add(sum));
    for (const auto chunk : chunks<Scalar>(x.rows)) chunk.store(to, share * chunk.load(to));
  }
}

/// dx += y (dy - sum of y dy). \shape y, dy and dx [V x N]
template <class Scalar>
void softmax_backward(View<const Scalar> y, View<const Scalar> dy, View<Scalar> dx) {
  const Index rows = y.rows;
  const Scalar *value = y.data, *seed = dy.data;
  Scalar* to = dx.data;
  for (Index n = y.columns; n > 0; --n) {
    auto products = simd::broadcast<Scalar>(0);
    for_each_chunk<Scalar>(rows,
                           [&products, value, seed](Chunk<Scalar> chunk) VAECOLLAPSE_INLINE_LAMBDA {
                             products = simd::fma(chunk.load(value), chunk.load(seed), products);
                           });
    const auto mean = simd::broadcast<Scalar>(simd::reduce_add(products));
    for_each_chunk<Scalar>(rows, [=](Chunk<Scalar> chunk) VAECOLLAPSE_INLINE_LAMBDA {
      chunk.add_product(to, chunk.load(value), chunk.load(seed) - mean);
    });
    value += y.leading;
    seed += dy.leading;
    to += dx.leading;
  }
}

/// Each column of y is x - log sum exp(x), with the greatest taken away first, so that the size
/// of x costs no digits. \shape x and y [V x N]
template <class Scalar>
void log_softmax_forward(View<const Scalar> x, View<Scalar> y) {
  for (Index n = 0; n < x.columns; ++n) {
    const auto split = split_log_sum_exp(x.rows, x.column(n));
    const auto greatest = simd::broadcast<Scalar>(split.greatest);
    const auto rest = simd::broadcast<Scalar>(split.rest);
    for (const auto chunk : chunks<Scalar>(x.rows)) {
      chunk.store(y.column(n), (chunk.load(x.column(n)) - greatest) - rest);
    }
  }
}

/// dx += dy - exp(y) sum of dy. \shape y, dy and dx [V x N]
template <class Scalar>
void log_softmax_backward(View<const Scalar> y, View<const Scalar> dy, View<Scalar> dx) {
  for (Index n = 0; n < y.columns; ++n) {
    const Scalar* seed = dy.column(n);
    const auto total = simd::broadcast<Scalar>(sum(y.rows, seed));
    for (const auto chunk : chunks<Scalar>(y.rows)) {
      const auto share = simd::exp(chunk.load(y.column(n)));
      chunk.add(dx.column(n), simd::fnma(share, total, chunk.load(seed)));
    }
  }
}

namespace naive {

/// The reference of `softmax_forward`.
template <class Scalar>
void softmax_forward(View<const Scalar> x, View<Scalar> y) {
  for (Index n = 0; n < x.columns; ++n) {
    for (Index i = 0; i < x.rows; ++i) {
      Scalar sum = 0;
      for (Index k = 0; k < x.rows; ++k) sum += std::exp(x(k, n) - x(i, n));
      y(i, n) = 1 / sum;
    }
  }
}

/// The reference of `softmax_backward`: dy_k / dx_i = y_k ((i == k) - y_i).
template <class Scalar>
void softmax_backward(View<const Scalar> y, View<const Scalar> dy, View<Scalar> dx) {
  for (Index n = 0; n < y.columns; ++n) {
    for (Index i = 0; i < y.rows; ++i) {
      for (Index k = 0; k < y.rows; ++k) {
        dx(i, n) += dy(k, n) * y(k, n) * ((i == k ? 1 : 0) - y(i, n));
      }
    }
  }
}

/// The reference of `log_softmax_forward`.
template <class Scalar>
void log_softmax_forward(View<const Scalar> x, View<Scalar> y) {
  for (Index n = 0; n < x.columns; ++n) {
    for (Index i = 0; i < x.rows; ++i) {
      Scalar sum = 0;
      for (Index k = 0; k < x.rows; ++k) sum += std::exp(x(k, n) - x(i, n));
      y(i, n) = -std::log(sum);
    }
  }
}

/// The reference of `log_softmax_backward`: dy_k / dx_i = (i == k) - exp(y_i).
template <class Scalar>
void log_softmax_backward(View<const Scalar> y, View<const Scalar> dy, View<Scalar> dx) {
  for (Index n = 0; n < y.columns; ++n) {
    for (Index i = 0; i < y.rows; ++i) {
      for (Index k = 0; k < y.rows; ++k) {
        dx(i, n) += dy(k, n) * ((i == k ? 1 : 0) - std::exp(y(i, n)));
      }
    }
  }
}

}  // namespace naive

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI::kernels

VAECOLLAPSE_END_QUIET
