// Softmax and its logarithm against their naive twins, and for numbers of any size.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

#include <doctest/doctest.h>

#include <vaecollapse/kernels/softmax.hpp>

#include "support.hpp"

namespace kernels = vaecollapse::kernels;
using namespace kernel_test;

namespace {

/// Forward, and backward onto what is there.
template <class Scalar>
struct SoftmaxRun {
  Matrix<Scalar> y, log_y, dx, log_dx;

  SoftmaxRun(const Matrix<Scalar>& x, const Matrix<Scalar>& dy, const Matrix<Scalar>& before)
      : y(x.rows(), x.columns(), 1), log_y(y), dx(before), log_dx(before) {
    kernels::softmax_forward(x.view(), y.view());
    kernels::softmax_backward<Scalar>(y.view(), dy.view(), dx.view());
    kernels::log_softmax_forward(x.view(), log_y.view());
    kernels::log_softmax_backward<Scalar>(log_y.view(), dy.view(), log_dx.view());
    for (const auto* result : {&y, &log_y, &dx, &log_dx}) CHECK(result->gaps_untouched());
  }
};

template <class Scalar>
Matrix<Scalar> column_of(const std::vector<Scalar>& numbers) {
  Matrix<Scalar> x(static_cast<Index>(numbers.size()), 1);
  std::copy(numbers.begin(), numbers.end(), x.data());
  return x;
}

}  // namespace

TEST_CASE_TEMPLATE("softmax: against the naive twin", Scalar, float, double) {
  for (Index rows = 1; rows <= 40; ++rows) {
    const Index columns = 1 + rows % 4;
    const auto seed = static_cast<std::uint32_t>(rows);
    for (const double scale : {1.0, 30.0}) {
      const auto x = random<Scalar>(rows, columns, seed, scale, 2);
      const auto dy = random<Scalar>(rows, columns, seed + 1, 1, 1);
      const auto before = random<Scalar>(rows, columns, seed + 2, 1, 3);
      const SoftmaxRun<Scalar> found(x, dy, before);
      const Matrix<double> exact_x(x), exact_dy(dy);
      Matrix<double> y(rows, columns), log_y(rows, columns), dx(before), log_dx(before);
      kernels::naive::softmax_forward(exact_x.view(), y.view());
      kernels::naive::softmax_backward<double>(y.view(), exact_dy.view(), dx.view());
      kernels::naive::log_softmax_forward(exact_x.view(), log_y.view());
      kernels::naive::log_softmax_backward<double>(log_y.view(), exact_dy.view(), log_dx.view());
      CAPTURE(rows);
      CAPTURE(scale);
      // The difference of two numbers up to `scale` is rounded, and exp passes that on.
      const double allowed = roundings<Scalar>(12 + 2 * scale);
      CHECK(difference(found.y, y) < allowed);
      CHECK(difference(found.log_y, log_y) < allowed);
      CHECK(difference(found.dx, dx) < allowed);
      // dx is dy less a share of the sum of up to 40 numbers.
      CHECK(difference(found.log_dx, log_dx) < 4 * allowed);
    }
  }
}

TEST_CASE_TEMPLATE("softmax: columns sum to one, and their gradients to zero", Scalar, float,
                   double) {
  const auto x = random<Scalar>(37, 3, 3, 5), dy = random<Scalar>(37, 3, 4);
  const SoftmaxRun<Scalar> found(x, dy, Matrix<Scalar>(37, 3));
  for (Index j = 0; j < 3; ++j) {
    double sum = 0, gradients = 0, log_gradients = 0;
    for (Index i = 0; i < 37; ++i) {
      sum += double(found.y.view()(i, j));
      gradients += double(found.dx.view()(i, j));
      log_gradients += double(found.log_dx.view()(i, j));
    }
    CHECK(std::abs(sum - 1) < roundings<Scalar>(10));
    CHECK(std::abs(gradients) < roundings<Scalar>(10));
    CHECK(std::abs(log_gradients) < roundings<Scalar>(100));
  }
}

TEST_CASE_TEMPLATE("softmax: numbers of any size", Scalar, float, double) {
  const Scalar none = -std::numeric_limits<Scalar>::infinity();
  const auto run = [](const std::vector<Scalar>& numbers) {
    const auto x = column_of(numbers);
    const auto dy = random<Scalar>(x.rows(), 1, 1);
    return SoftmaxRun<Scalar>(x, dy, Matrix<Scalar>(x.rows(), 1));
  };
  const auto far = run({1000, 0, -1000});
  CHECK(far.y.view()(0, 0) == 1);
  CHECK(far.y.view()(2, 0) == 0);
  CHECK(far.log_y.view()(0, 0) == 0);
  CHECK(far.log_y.view()(1, 0) == -1000);
  CHECK(far.log_y.view()(2, 0) == -2000);
  const auto equal = run({Scalar(1e30), Scalar(1e30)});
  CHECK(equal.y.view()(1, 0) == doctest::Approx(0.5).epsilon(1e-6));
  CHECK(equal.log_y.view()(1, 0) == doctest::Approx(-std::log(2.0)).epsilon(1e-6));
  const auto masked = run({0, none, 0});
  CHECK(masked.y.view()(1, 0) == 0);
  CHECK(masked.log_y.view()(1, 0) == none);
  CHECK(masked.dx.view()(1, 0) == 0);
  CHECK(masked.y.view()(2, 0) == doctest::Approx(0.5).epsilon(1e-6));
  // A greatest number that takes away all digits of the sum's logarithm, were the two added first.
  const Scalar large = sizeof(Scalar) == 4 ? Scalar(0x1p24) : Scalar(0x1p53);
  CHECK(run({large, large, large}).log_y.view()(0, 0) ==
        doctest::Approx(-std::log(3.0)).epsilon(1e-6));
}

TEST_CASE_TEMPLATE("maximum and log sum exp: any length, and any place of the greatest", Scalar,
                   float, double) {
  for (Index n = 1; n <= 70; ++n) {
    auto x = random<Scalar>(n, 1, static_cast<std::uint32_t>(n));
    for (Index place = 0; place < n; ++place) {
      const Scalar before = x.data()[place];
      x.data()[place] = Scalar(1.25);
      CHECK(kernels::maximum(n, x.data()) == Scalar(1.25));
      x.data()[place] = before;
    }
    double sum = 0;
    for (Index i = 0; i < n; ++i) sum += std::exp(double(x.data()[i]));
    CHECK(std::abs(double(kernels::log_sum_exp(n, x.data())) - std::log(sum)) <
          roundings<Scalar>(20));
  }
  CHECK(kernels::maximum<Scalar>(0, nullptr) == -std::numeric_limits<Scalar>::infinity());
}

TEST_CASE("softmax: what is not a number is not hidden, wherever it stands") {
  for (const Index place : {Index{0}, Index{17}, Index{40}}) {
    auto x = random<float>(41, 1, 1);
    x.data()[place] = std::numeric_limits<float>::quiet_NaN();
    const SoftmaxRun<float> found(x, random<float>(41, 1, 2), Matrix<float>(41, 1));
    for (Index i = 0; i < 41; ++i) {
      CHECK(std::isnan(found.y.view()(i, 0)));
      CHECK(std::isnan(found.log_y.view()(i, 0)));
    }
    CHECK(kernels::maximum(41, x.data()) < 1);
  }
}
