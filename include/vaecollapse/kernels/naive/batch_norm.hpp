// The naive twins of kernels/batch_norm.hpp: one row after the other, as the formulas stand. Tests
// compare the two; nothing else includes this.
#pragma once

#include <cmath>

#include <vaecollapse/core/view.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI::kernels::naive {

/// (x_di - mean_d) / sqrt(variance_d + epsilon), mean and variance those of row d of x.
inline double normalised(View<const double> x, Index d, Index i, double epsilon) {
  double mean = 0, variance = 0;
  for (Index b = 0; b < x.columns; ++b) mean += x(d, b) / static_cast<double>(x.columns);
  for (Index b = 0; b < x.columns; ++b) {
    variance += std::pow(x(d, b) - mean, 2) / static_cast<double>(x.columns);
  }
  return (x(d, i) - mean) / std::sqrt(variance + epsilon);
}

/// The reference of `row_moments` and `batch_norm_forward`.
inline void batch_norm_forward(View<const double> x, double scale, double epsilon,
                               const double* shift, View<double> y) {
  for (Index d = 0; d < x.rows; ++d) {
    for (Index i = 0; i < x.columns; ++i) {
      y(d, i) = scale * normalised(x, d, i, epsilon) + shift[d];
    }
  }
}

/// The reference of `batch_norm_sums` and `batch_norm_backward`: by the Jacobian of a row,
/// dy_j / dx_i = scale inverse ([i = j] - 1/B - n_i n_j / B). \param inverse [Z]
inline void batch_norm_backward(View<const double> x, double scale, double epsilon,
                                const double* inverse, View<const double> dy, View<double> dx,
                                double* dshift) {
  const auto columns = static_cast<double>(x.columns);
  for (Index d = 0; d < x.rows; ++d) {
    for (Index j = 0; j < x.columns; ++j) {
      dshift[d] += dy(d, j);
      for (Index i = 0; i < x.columns; ++i) {
        const double product = normalised(x, d, i, epsilon) * normalised(x, d, j, epsilon);
        const double jacobian = (i == j ? 1.0 : 0.0) - 1 / columns - product / columns;
        dx(d, i) += dy(d, j) * scale * inverse[d] * jacobian;
      }
    }
  }
}

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI::kernels::naive
