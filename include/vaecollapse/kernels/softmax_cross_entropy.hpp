// Softmax and cross-entropy in one: -log p of the target in each column, in nats.
#pragma once

#include <algorithm>
#include <cmath>
#include <span>

#include <vaecollapse/core/at.hpp>
#include <vaecollapse/core/sequence.hpp>
#include <vaecollapse/core/view.hpp>
#include <vaecollapse/kernels/chunk.hpp>
#include <vaecollapse/kernels/softmax.hpp>
#include <vaecollapse/simd/math.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI::kernels {

/// \shape logits [V x N], targets [N], nll [N], normaliser [N] (log sum exp, for the backward
/// pass). A target `no_symbol` is masked: its nll is 0.
template <class Scalar>
void softmax_cross_entropy_forward(View<const Scalar> logits, std::span<const Symbol> targets,
                                   Scalar* nll, Scalar* normaliser) {
  for (Index n = 0; n < logits.columns; ++n) {
    const Symbol target = at(targets, n);
    normaliser[n] = log_sum_exp(logits.rows, logits.column(n));
    nll[n] = target == no_symbol ? Scalar(0) : normaliser[n] - logits(target, n);
  }
}

/// dlogits += seed (softmax - one hot target), with a seed for each column.
template <class Scalar>
void softmax_cross_entropy_backward(View<const Scalar> logits, std::span<const Symbol> targets,
                                    const Scalar* normaliser, const Scalar* seed,
                                    View<Scalar> dlogits) {
  for (Index n = 0; n < logits.columns; ++n) {
    const Symbol target = at(targets, n);
    if (target == no_symbol) continue;
    const auto shift = simd::broadcast<Scalar>(normaliser[n]);
    const auto scale = simd::broadcast<Scalar>(seed[n]);
    const Scalar* x = logits.column(n);
    for (const auto chunk : chunks<Scalar>(logits.rows)) {
      chunk.add_product(dlogits.column(n), scale, simd::exp(chunk.load(x) - shift));
    }
    dlogits(target, n) -= seed[n];
  }
}

namespace naive {

/// The reference of `softmax_cross_entropy_forward`.
template <class Scalar>
void softmax_cross_entropy_forward(View<const Scalar> logits, std::span<const Symbol> targets,
                                   Scalar* nll) {
  for (Index n = 0; n < logits.columns; ++n) {
    const Symbol target = at(targets, n);
    Scalar greatest = logits(0, n), sum = 0;
    for (Index v = 0; v < logits.rows; ++v) greatest = std::max(greatest, logits(v, n));
    for (Index v = 0; v < logits.rows; ++v) sum += std::exp(logits(v, n) - greatest);
    nll[n] = target == no_symbol ? Scalar(0) : greatest + std::log(sum) - logits(target, n);
  }
}

/// The reference of `softmax_cross_entropy_backward`.
template <class Scalar>
void softmax_cross_entropy_backward(View<const Scalar> logits, std::span<const Symbol> targets,
                                    const Scalar* seed, View<Scalar> dlogits) {
  for (Index n = 0; n < logits.columns; ++n) {
    const Symbol target = at(targets, n);
    if (target == no_symbol) continue;
    for (Index v = 0; v < logits.rows; ++v) {
      Scalar sum = 0;
      for (Index w = 0; w < logits.rows; ++w) sum += std::exp(logits(w, n) - logits(v, n));
      dlogits(v, n) += seed[n] * (1 / sum - (v == target ? 1 : 0));
    }
  }
}

}  // namespace naive

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI::kernels
