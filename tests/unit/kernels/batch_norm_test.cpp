// Batch normalisation against its naive twin, on odd sizes and with gaps between columns.
#include <cmath>
#include <vector>

#include <doctest/doctest.h>

#include <vaecollapse/kernels/batch_norm.hpp>
#include <vaecollapse/kernels/naive/batch_norm.hpp>

#include "support.hpp"

namespace kernels = vaecollapse::kernels;
using namespace kernel_test;

namespace {

constexpr double epsilon = 1e-5, scale = 0.7;

/// Mean, variance and 1 / sqrt(variance + epsilon) of each row.
struct Moments {
  Matrix<double> mean, variance, inverse;

  template <class Scalar>
  explicit Moments(const Matrix<Scalar>& x)
      : mean(x.rows(), 1), variance(x.rows(), 1), inverse(x.rows(), 1) {
    kernels::row_moments(x.view(), mean.data(), variance.data());
    for (Index d = 0; d < x.rows(); ++d) {
      inverse.data()[d] = 1 / std::sqrt(variance.data()[d] + epsilon);
    }
  }
  kernels::RowNorms norms() const { return {mean.data(), inverse.data(), scale}; }
};

}  // namespace

TEST_CASE_TEMPLATE("batch norm: against the naive twin", Scalar, float, double) {
  for (Index rows = 1; rows <= 34; ++rows) {
    const Index columns = 2 + rows % 7;
    const auto seed = static_cast<std::uint32_t>(rows);
    const auto x = random<Scalar>(rows, columns, seed, 2, 1);
    const auto dy = random<Scalar>(rows, columns, seed + 1, 1, 2);
    const auto shift = random<Scalar>(rows, 1, seed + 2);
    auto dx = random<Scalar>(rows, columns, seed + 3, 1, 1);
    auto dshift = random<Scalar>(rows, 1, seed + 4, 1, 1);
    Matrix<Scalar> y(rows, columns, 1);
    const Matrix<double> exact_x(x), exact_dy(dy), exact_shift(shift);
    Matrix<double> exact_y(rows, columns), exact_dx(dx), exact_dshift(dshift);

    const Moments moments(x);
    Matrix<double> seeds(rows, 1), products(rows, 1);
    const kernels::RowSums sums{seeds.data(), products.data()};
    kernels::batch_norm_forward<Scalar>(x.view(), moments.norms(), shift.data(), y.view());
    kernels::batch_norm_sums<Scalar>(x.view(), moments.norms(), dy.view(), sums, dshift.data());
    kernels::batch_norm_backward<Scalar>(x.view(), moments.norms(), dy.view(), sums, dx.view());
    kernels::naive::batch_norm_forward(exact_x.view(), scale, epsilon, exact_shift.data(),
                                       exact_y.view());
    kernels::naive::batch_norm_backward(exact_x.view(), scale, epsilon, moments.inverse.data(),
                                        exact_dy.view(), exact_dx.view(), exact_dshift.data());

    CAPTURE(rows);
    // In float one rounding each; in double, where a small variance magnifies them, those of two
    // orders of the same sums.
    const double allowed = roundings<Scalar>(sizeof(Scalar) == 4 ? 4 : 256);
    CHECK(difference(y, exact_y) < allowed);
    CHECK(difference(dx, exact_dx) < allowed);
    CHECK(difference(dshift, exact_dshift) < allowed);
    CHECK((y.gaps_untouched() && dx.gaps_untouched() && dshift.gaps_untouched()));
  }
}

TEST_CASE_TEMPLATE(
    "batch norm: a row has mean shift and mean square about it scale^2 v / (v + eps)", Scalar,
    float, double) {
  const auto x = random<Scalar>(9, 40, 7, 3);
  const auto shift = random<Scalar>(9, 1, 8);
  Matrix<Scalar> y(9, 40);
  const Moments moments(x);
  kernels::batch_norm_forward<Scalar>(x.view(), moments.norms(), shift.data(), y.view());
  for (Index d = 0; d < 9; ++d) {
    double mean = 0, square = 0;
    for (Index b = 0; b < 40; ++b) {
      const double away = double(y.view()(d, b)) - double(shift.data()[d]);
      mean += away / 40;
      square += away * away / 40;
    }
    const double v = moments.variance.data()[d];
    CHECK(std::abs(mean) < roundings<Scalar>(8));
    CHECK(std::abs(square - scale * scale * v / (v + epsilon)) < roundings<Scalar>(8));
  }
}

TEST_CASE("batch norm: a row of equal numbers becomes the shift, and its gradient is finite") {
  Matrix<float> x(1, 4), y(1, 4), dx(1, 4);
  for (Index b = 0; b < 4; ++b) x.view()(0, b) = 3.25f;
  const auto dy = random<float>(1, 4, 3);
  const float shift = 0.5f;
  const Moments moments(x);
  double seed = 0, product = 0;
  kernels::batch_norm_forward<float>(x.view(), moments.norms(), &shift, y.view());
  kernels::batch_norm_sums<float>(x.view(), moments.norms(), dy.view(), {&seed, &product}, nullptr);
  kernels::batch_norm_backward<float>(x.view(), moments.norms(), dy.view(), {&seed, &product},
                                      dx.view());
  for (Index b = 0; b < 4; ++b) {
    CHECK(y.view()(0, b) == shift);
    CHECK(std::abs(dx.view()(0, b)) < scale / std::sqrt(epsilon));
  }
}

TEST_CASE_TEMPLATE("batch norm with given moments: a scale and a shift of each row", Scalar, float,
                   double) {
  const auto dy = random<Scalar>(5, 3, 2, 1, 1);
  auto dx = random<Scalar>(5, 3, 4, 1, 1);
  Matrix<double> expected(dx);
  const auto inverse = random<double>(5, 1, 9);
  const Matrix<double> mean(5, 1);
  kernels::fixed_norm_backward<Scalar>({mean.data(), inverse.data(), scale}, dy.view(), dx.view());
  for (Index b = 0; b < 3; ++b) {
    for (Index d = 0; d < 5; ++d) {
      expected.view()(d, b) += scale * inverse.data()[d] * double(dy.view()(d, b));
    }
  }
  CHECK(difference(dx, expected) < roundings<Scalar>(2));
  CHECK(dx.gaps_untouched());
}
