// The naive twins of kernels/layer_norm.hpp: one column after the other, as the formulas stand.
// Tests compare the two; nothing else includes this but a bench.
#pragma once

#include <cmath>

#include <vaecollapse/core/view.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI::kernels::naive {

/// The normalised element (i, j) of x.
template <class Scalar>
Scalar layer_normalised(View<const Scalar> x, Scalar epsilon, Index i, Index j) {
  const auto count = static_cast<Scalar>(x.rows);
  Scalar mean = 0, variance = 0;
  for (Index k = 0; k < x.rows; ++k) mean += x(k, j) / count;
  for (Index k = 0; k < x.rows; ++k) variance += (x(k, j) - mean) * (x(k, j) - mean) / count;
  return (x(i, j) - mean) / std::sqrt(variance + epsilon);
}

/// The reference of `layer_norm_forward`.
template <class Scalar>
void layer_norm_forward(View<const Scalar> x, const Scalar* gain, const Scalar* bias,
                        Scalar epsilon, View<Scalar> y) {
  for (Index j = 0; j < x.columns; ++j) {
    for (Index i = 0; i < x.rows; ++i) {
      y(i, j) = gain[i] * layer_normalised(x, epsilon, i, j) + bias[i];
    }
  }
}

/// The reference of both backward kernels, by the Jacobian of one column:
/// dn_k / dx_i = inverse ((i == k) - 1 / I - n_i n_k / I). \param inverse as `ColumnNorms` [N]
template <class Scalar>
void layer_norm_backward(View<const Scalar> x, const Scalar* gain, Scalar epsilon,
                         const Scalar* inverse, View<const Scalar> dy, View<Scalar> dx,
                         Scalar* dgain, Scalar* dbias) {
  const auto count = static_cast<Scalar>(x.rows);
  for (Index j = 0; j < x.columns; ++j) {
    for (Index i = 0; i < x.rows; ++i) {
      const Scalar n = layer_normalised(x, epsilon, i, j);
      dgain[i] += dy(i, j) * n;
      dbias[i] += dy(i, j);
      for (Index k = 0; k < x.rows; ++k) {
        const Scalar both = n * layer_normalised(x, epsilon, k, j);
        const Scalar slope = inverse[j] * ((i == k ? 1 : 0) - (1 + both) / count);
        dx(i, j) += dy(k, j) * gain[k] * slope;
      }
    }
  }
}

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI::kernels::naive
