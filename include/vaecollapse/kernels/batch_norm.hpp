// Batch normalisation: each row of a matrix to mean 0 and variance 1 over its columns, scaled and
// shifted. One thread, in double, column after column, so that the bits depend on the order of the
// columns alone.
#pragma once

#include <algorithm>
#include <cmath>

#include <vaecollapse/core/view.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI::kernels {

/// By what each row is normalised: y = scale (x - mean) inverse + shift. \shape both [Z]
struct RowNorms {
  const double* mean;
  const double* inverse;  ///< 1 / sqrt(variance + epsilon)
  double scale;
};

/// The mean and the biased variance of each row. \shape x [Z x B], mean and variance [Z]
/// \pre B of at least 1 \cost O(Z B)
template <class Scalar>
void row_moments(View<const Scalar> x, double* mean, double* variance) {
  const auto columns = static_cast<double>(x.columns);
  std::fill_n(mean, x.rows, 0.0);
  std::fill_n(variance, x.rows, 0.0);
  for (Index b = 0; b < x.columns; ++b) {
    for (Index d = 0; d < x.rows; ++d) mean[d] += static_cast<double>(x(d, b));
  }
  for (Index d = 0; d < x.rows; ++d) mean[d] /= columns;
  for (Index b = 0; b < x.columns; ++b) {
    for (Index d = 0; d < x.rows; ++d) {
      const double away = static_cast<double>(x(d, b)) - mean[d];
      variance[d] += away * away;
    }
  }
  for (Index d = 0; d < x.rows; ++d) variance[d] /= columns;
}

/// y = scale (x - mean) inverse + shift. \shape x and y [Z x B], shift [Z]
template <class Scalar>
void batch_norm_forward(View<const Scalar> x, const RowNorms& norms, const Scalar* shift,
                        View<Scalar> y) {
  for (Index b = 0; b < x.columns; ++b) {
    for (Index d = 0; d < x.rows; ++d) {
      const double normal = (static_cast<double>(x(d, b)) - norms.mean[d]) * norms.inverse[d];
      y(d, b) = static_cast<Scalar>(norms.scale * normal + static_cast<double>(shift[d]));
    }
  }
}

/// The sums that a backward pass needs of each row: of dy, and of dy times the normalised x.
/// \shape both [Z]
struct RowSums {
  double* seed;
  double* product;
};

/// Fills the sums, and dshift += the sum of dy, if it is wanted. \shape x and dy [Z x B]
template <class Scalar>
void batch_norm_sums(View<const Scalar> x, const RowNorms& norms, View<const Scalar> dy,
                     const RowSums& sums, Scalar* dshift) {
  std::fill_n(sums.seed, x.rows, 0.0);
  std::fill_n(sums.product, x.rows, 0.0);
  for (Index b = 0; b < x.columns; ++b) {
    for (Index d = 0; d < x.rows; ++d) {
      const auto seed = static_cast<double>(dy(d, b));
      const double normal = (static_cast<double>(x(d, b)) - norms.mean[d]) * norms.inverse[d];
      sums.seed[d] += seed;
      sums.product[d] += seed * normal;
    }
  }
  if (dshift == nullptr) return;
  for (Index d = 0; d < x.rows; ++d) dshift[d] += static_cast<Scalar>(sums.seed[d]);
}

/// dx where the mean and variance are those of x itself: with n the normalised x,
/// dx += scale inverse (dy - mean of dy - n mean of dy n). \shape x, dy and dx [Z x B]
template <class Scalar>
void batch_norm_backward(View<const Scalar> x, const RowNorms& norms, View<const Scalar> dy,
                         const RowSums& sums, View<Scalar> dx) {
  const auto columns = static_cast<double>(x.columns);
  for (Index b = 0; b < x.columns; ++b) {
    for (Index d = 0; d < x.rows; ++d) {
      const double normal = (static_cast<double>(x(d, b)) - norms.mean[d]) * norms.inverse[d];
      const double rest = (sums.seed[d] + normal * sums.product[d]) / columns;
      const double pull = static_cast<double>(dy(d, b)) - rest;
      dx(d, b) += static_cast<Scalar>(norms.scale * norms.inverse[d] * pull);
    }
  }
}

/// dx where mean and variance are constants: dx += scale inverse dy. \shape dy and dx [Z x B]
template <class Scalar>
void fixed_norm_backward(const RowNorms& norms, View<const Scalar> dy, View<Scalar> dx) {
  for (Index b = 0; b < dy.columns; ++b) {
    for (Index d = 0; d < dy.rows; ++d) {
      const double slope = norms.scale * norms.inverse[d];
      dx(d, b) += static_cast<Scalar>(slope * static_cast<double>(dy(d, b)));
    }
  }
}

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI::kernels
