// Softmax and cross-entropy in one: -log p of the target in each column, in nats; and what smoothed
// targets add to it.
#pragma once

#include <algorithm>
#include <cmath>
#include <concepts>
#include <span>

#include <vaecollapse/core/at.hpp>
#include <vaecollapse/core/sequence.hpp>
#include <vaecollapse/core/view.hpp>
#include <vaecollapse/kernels/chunk.hpp>
#include <vaecollapse/kernels/softmax.hpp>
#include <vaecollapse/simd/math.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI::kernels {

namespace detail {

/// A log sum exp as the normaliser that a column keeps: in one number, whose digits are lost where
/// logits are far greater than their differences, or in two parts.
template <class Scalar>
void keep_normaliser(const SplitLogSumExp<Scalar>& parts, Scalar& kept) {
  kept = parts.greatest + parts.rest;
}
template <class Scalar>
void keep_normaliser(const SplitLogSumExp<Scalar>& parts, SplitLogSumExp<Scalar>& kept) {
  kept = parts;
}
template <std::floating_point Scalar>
SplitLogSumExp<Scalar> parts_of(Scalar kept) {
  return {kept, Scalar(0)};
}
template <class Scalar>
SplitLogSumExp<Scalar> parts_of(const SplitLogSumExp<Scalar>& kept) {
  return kept;
}

}  // namespace detail

/// \shape logits [V x N], targets [N], nll [N], normaliser [N] (log sum exp, for the backward pass:
/// Scalar, or `SplitLogSumExp`, with which the size of the logits costs no digits). A target
/// `no_symbol` is masked: its nll is 0.
template <class Scalar, class Normaliser>
void softmax_cross_entropy_forward(View<const Scalar> logits, std::span<const Symbol> targets,
                                   Scalar* nll, Normaliser* normaliser) {
  for (Index n = 0; n < logits.columns; ++n) {
    const Symbol target = at(targets, n);
    detail::keep_normaliser(split_log_sum_exp(logits.rows, logits.column(n)), normaliser[n]);
    const auto parts = detail::parts_of(normaliser[n]);
    nll[n] = target == no_symbol ? Scalar(0) : (parts.greatest - logits(target, n)) + parts.rest;
  }
}

/// dlogits += seed (softmax - one hot target), with a seed for each column.
template <class Scalar, class Normaliser>
void softmax_cross_entropy_backward(View<const Scalar> logits, std::span<const Symbol> targets,
                                    const Normaliser* normaliser, const Scalar* seed,
                                    View<Scalar> dlogits) {
  for (Index n = 0; n < logits.columns; ++n) {
    const Symbol target = at(targets, n);
    if (target == no_symbol) continue;
    const auto parts = detail::parts_of(normaliser[n]);
    const auto greatest = simd::broadcast<Scalar>(parts.greatest);
    const auto rest = simd::broadcast<Scalar>(parts.rest);
    const auto scale = simd::broadcast<Scalar>(seed[n]);
    const Scalar* x = logits.column(n);
    for (const auto chunk : chunks<Scalar>(logits.rows)) {
      chunk.add_product(dlogits.column(n), scale, simd::exp((chunk.load(x) - greatest) - rest));
    }
    dlogits(target, n) -= seed[n];
  }
}

/// Turns the NLL of targets into that of smoothed ones, (1 - rate) one hot target + rate / V:
/// nll += rate (x_target - mean_v x_v), and nothing for a target that is masked.
template <class Scalar>
void smooth_labels_forward(View<const Scalar> logits, std::span<const Symbol> targets, Scalar rate,
                           Scalar* nll) {
  for (Index n = 0; n < logits.columns; ++n) {
    const Symbol target = at(targets, n);
    if (target == no_symbol) continue;
    // Of differences, so that the size of the logits costs no digits.
    Scalar sum = 0;
    for (Index v = 0; v < logits.rows; ++v) sum += logits(target, n) - logits(v, n);
    nll[n] += rate * (sum / static_cast<Scalar>(logits.rows));
  }
}

/// What it adds to dlogits: seed rate (one hot target - 1 / V).
template <class Scalar>
void smooth_labels_backward(std::span<const Symbol> targets, Scalar rate, const Scalar* seed,
                            View<Scalar> dlogits) {
  for (Index n = 0; n < dlogits.columns; ++n) {
    const Symbol target = at(targets, n);
    if (target == no_symbol) continue;
    const Scalar all = seed[n] * rate, share = all / static_cast<Scalar>(dlogits.rows);
    for (Index v = 0; v < dlogits.rows; ++v) dlogits(v, n) -= share;
    dlogits(target, n) += all;
  }
}

namespace naive {

/// The NLL of smoothed targets by its definition: what `softmax_cross_entropy_forward` and then
/// `smooth_labels_forward` give.
template <class Scalar>
void smoothed_cross_entropy_forward(View<const Scalar> logits, std::span<const Symbol> targets,
                                    Scalar rate, Scalar* nll) {
  for (Index n = 0; n < logits.columns; ++n) {
    nll[n] = 0;
    for (Index v = 0; v < logits.rows; ++v) {
      if (at(targets, n) == no_symbol) continue;
      Scalar sum = 0;
      for (Index w = 0; w < logits.rows; ++w) sum += std::exp(logits(w, n) - logits(v, n));
      const Scalar share = (v == at(targets, n) ? 1 - rate : 0) + rate / Scalar(logits.rows);
      nll[n] += share * std::log(sum);
    }
  }
}

/// The reference of the two backward passes together.
template <class Scalar>
void smoothed_cross_entropy_backward(View<const Scalar> logits, std::span<const Symbol> targets,
                                     Scalar rate, const Scalar* seed, View<Scalar> dlogits) {
  for (Index n = 0; n < logits.columns; ++n) {
    for (Index v = 0; v < logits.rows; ++v) {
      if (at(targets, n) == no_symbol) continue;
      Scalar sum = 0;
      for (Index w = 0; w < logits.rows; ++w) sum += std::exp(logits(w, n) - logits(v, n));
      const Scalar share = (v == at(targets, n) ? 1 - rate : 0) + rate / Scalar(logits.rows);
      dlogits(v, n) += seed[n] * (1 / sum - share);
    }
  }
}

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
