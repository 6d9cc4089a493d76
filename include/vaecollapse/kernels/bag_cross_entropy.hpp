// Cross-entropy between softmax and a bag: the nats of all symbols of a bag, one by one and in any
// order.
#pragma once

#include <algorithm>
#include <cmath>

#include <vaecollapse/core/view.hpp>
#include <vaecollapse/kernels/chunk.hpp>
#include <vaecollapse/kernels/softmax_cross_entropy.hpp>
#include <vaecollapse/simd/math.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI::kernels {

/// loss_n = -sum_v bag_vn log softmax(logits_n)_v.
/// \shape logits, bag [V x N], loss [N], normaliser [N] (log sum exp, for the backward pass)
template <class Scalar>
void bag_cross_entropy_forward(View<const Scalar> logits, View<const Scalar> bag, Scalar* loss,
                               Scalar* normaliser) {
  for (Index n = 0; n < logits.columns; ++n) {
    normaliser[n] = log_sum_exp(logits.rows, logits.column(n));
    loss[n] = sum(bag.rows, bag.column(n)) * normaliser[n] -
              dot(bag.rows, bag.column(n), logits.column(n));
  }
}

/// dlogits += seed (|bag| softmax - bag), with a seed for each column.
template <class Scalar>
void bag_cross_entropy_backward(View<const Scalar> logits, View<const Scalar> bag,
                                const Scalar* normaliser, const Scalar* seed,
                                View<Scalar> dlogits) {
  for (Index n = 0; n < logits.columns; ++n) {
    const auto shift = simd::broadcast<Scalar>(normaliser[n]);
    const auto scale = simd::broadcast<Scalar>(seed[n]);
    const auto size = simd::broadcast<Scalar>(sum(bag.rows, bag.column(n)));
    for (const auto chunk : chunks<Scalar>(logits.rows)) {
      const auto expected = size * simd::exp(chunk.load(logits.column(n)) - shift);
      chunk.add_product(dlogits.column(n), scale, expected - chunk.load(bag.column(n)));
    }
  }
}

namespace naive {

/// The reference of `bag_cross_entropy_forward`.
template <class Scalar>
void bag_cross_entropy_forward(View<const Scalar> logits, View<const Scalar> bag, Scalar* loss) {
  for (Index n = 0; n < logits.columns; ++n) {
    Scalar greatest = logits(0, n), total = 0;
    for (Index v = 0; v < logits.rows; ++v) greatest = std::max(greatest, logits(v, n));
    for (Index v = 0; v < logits.rows; ++v) total += std::exp(logits(v, n) - greatest);
    loss[n] = 0;
    for (Index v = 0; v < logits.rows; ++v) {
      loss[n] -= bag(v, n) * (logits(v, n) - greatest - std::log(total));
    }
  }
}

/// The reference of `bag_cross_entropy_backward`.
template <class Scalar>
void bag_cross_entropy_backward(View<const Scalar> logits, View<const Scalar> bag,
                                const Scalar* seed, View<Scalar> dlogits) {
  for (Index n = 0; n < logits.columns; ++n) {
    for (Index v = 0; v < logits.rows; ++v) {
      Scalar inverse = 0;
      for (Index w = 0; w < logits.rows; ++w) inverse += std::exp(logits(w, n) - logits(v, n));
      for (Index w = 0; w < logits.rows; ++w) {
        dlogits(v, n) += seed[n] * bag(w, n) * (1 / inverse - (v == w ? 1 : 0));
      }
    }
  }
}

}  // namespace naive

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI::kernels
