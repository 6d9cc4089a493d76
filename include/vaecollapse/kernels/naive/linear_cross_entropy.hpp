// The naive twins of kernels/linear_cross_entropy.hpp and of the way back: every logit on its own,
// as the formulas stand. Tests compare the two; nothing else includes this.
#pragma once

#include <cmath>
#include <span>

#include <vaecollapse/core/at.hpp>
#include <vaecollapse/core/sequence.hpp>
#include <vaecollapse/core/view.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI::kernels::naive {

/// The logit of symbol v in column n. \param bias [V] or null
inline double output_logit(View<const double> weights, const double* bias, View<const double> h,
                           Index v, Index n) {
  double sum = bias != nullptr ? bias[v] : 0;
  for (Index i = 0; i < h.rows; ++i) sum += weights(i, v) * h(i, n);
  return sum;
}

/// What smoothed targets give symbol v of V.
inline double smoothed_target(Symbol target, Index v, double smoothing, Index symbols) {
  return (v == target ? 1 - smoothing : 0) + smoothing / static_cast<double>(symbols);
}

/// The reference of `linear_cross_entropy_forward`: - sum_v q_v log p_v, q the smoothed target.
inline void linear_cross_entropy_forward(View<const double> weights, const double* bias,
                                         View<const double> h, std::span<const Symbol> targets,
                                         double smoothing, double* nll) {
  for (Index n = 0; n < h.columns; ++n) {
    nll[n] = 0;
    if (at(targets, n) == no_symbol) continue;
    for (Index v = 0; v < weights.columns; ++v) {
      const double share = smoothed_target(at(targets, n), v, smoothing, weights.columns);
      if (share == 0) continue;
      const double logit = output_logit(weights, bias, h, v, n);
      double sum = 0;
      for (Index w = 0; w < weights.columns; ++w) {
        sum += std::exp(output_logit(weights, bias, h, w, n) - logit);
      }
      nll[n] += share * std::log(sum);
    }
  }
}

/// The reference of `linear_cross_entropy_backward`. \param dbias [V] or null
inline void linear_cross_entropy_backward(View<const double> weights, const double* bias,
                                          View<const double> h, std::span<const Symbol> targets,
                                          double smoothing, const double* seed,
                                          View<double> dweights, double* dbias, View<double> dh) {
  for (Index n = 0; n < h.columns; ++n) {
    if (at(targets, n) == no_symbol) continue;
    for (Index v = 0; v < weights.columns; ++v) {
      const double logit = output_logit(weights, bias, h, v, n);
      double sum = 0;
      for (Index w = 0; w < weights.columns; ++w) {
        sum += std::exp(output_logit(weights, bias, h, w, n) - logit);
      }
      const double dlogit =
          seed[n] * (1 / sum - smoothed_target(at(targets, n), v, smoothing, weights.columns));
      if (dbias != nullptr) dbias[v] += dlogit;
      for (Index i = 0; i < h.rows; ++i) {
        dweights(i, v) += dlogit * h(i, n);
        dh(i, n) += dlogit * weights(i, v);
      }
    }
  }
}

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI::kernels::naive
