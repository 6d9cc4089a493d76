// Binary cross-entropy and squared differences against their naive twins.
#include <cmath>
#include <cstdint>
#include <limits>

#include <doctest/doctest.h>

#include <vaecollapse/kernels/losses.hpp>

#include "support.hpp"

namespace kernels = vaecollapse::kernels;
using namespace kernel_test;

namespace {

/// Targets of 0 to 1, the ends among them.
template <class Scalar>
Matrix<Scalar> random_shares(Index n, std::uint32_t seed) {
  auto t = random<Scalar>(n, 1, seed, 1, 1);
  for (Index i = 0; i < n; ++i) {
    Scalar& share = t.data()[i];
    share = i % 3 == 0 ? Scalar(i % 2) : (share + 1) / 2;
  }
  return t;
}

/// The loss of one logit.
template <class Scalar>
Scalar binary_loss(Scalar x, Scalar t) {
  Scalar y = 0;
  kernels::binary_cross_entropy_forward(1, &x, &t, &y);
  return y;
}

}  // namespace

TEST_CASE_TEMPLATE("binary cross-entropy: against the naive twin", Scalar, float, double) {
  for (Index n = 1; n <= 40; ++n) {
    for (const double scale : {1.0, 20.0}) {
      const auto seed = static_cast<std::uint32_t>(n);
      const auto x = random<Scalar>(n, 1, seed, scale, 1), t = random_shares<Scalar>(n, seed + 1);
      const auto dy = random<Scalar>(n, 1, seed + 2);
      Matrix<Scalar> y(n, 1, 1);
      auto dx = random<Scalar>(n, 1, seed + 3, 1, 1), dt = random<Scalar>(n, 1, seed + 4, 1, 1);
      const Matrix<double> exact_x(x), exact_t(t), exact_dy(dy);
      Matrix<double> exact_y(n, 1), exact_dx(dx), exact_dt(dt);
      kernels::binary_cross_entropy_forward(n, x.data(), t.data(), y.data());
      kernels::binary_cross_entropy_backward(n, x.data(), t.data(), dy.data(), dx.data());
      kernels::binary_cross_entropy_targets_backward(n, x.data(), dy.data(), dt.data());
      kernels::naive::binary_cross_entropy_forward(n, exact_x.data(), exact_t.data(),
                                                   exact_y.data());
      kernels::naive::binary_cross_entropy_backward(
          n, exact_x.data(), exact_t.data(), exact_dy.data(), exact_dx.data(), exact_dt.data());
      CAPTURE(n);
      CAPTURE(scale);
      CHECK(difference(y, exact_y) < roundings<Scalar>(8));
      CHECK(difference(dx, exact_dx) < roundings<Scalar>(8));
      CHECK(difference(dt, exact_dt) < roundings<Scalar>(8));
      CHECK((y.gaps_untouched() && dx.gaps_untouched() && dt.gaps_untouched()));
    }
  }
}

TEST_CASE_TEMPLATE("binary cross-entropy: logits of any size, and losses close to zero", Scalar,
                   float, double) {
  CHECK(binary_loss<Scalar>(1000, 1) == 0);
  CHECK(binary_loss<Scalar>(1000, 0) == 1000);
  CHECK(binary_loss<Scalar>(-1000, 0) == 0);
  CHECK(binary_loss<Scalar>(-1000, 1) == 1000);
  CHECK(binary_loss<Scalar>(0, Scalar(0.3)) == doctest::Approx(std::log(2.0)).epsilon(1e-6));
  // log(1 + e^-60): no digit is lost to the logit.
  for (const Scalar yes : {Scalar(0), Scalar(1)}) {
    const Scalar x = yes == 1 ? Scalar(60) : Scalar(-60);
    CHECK(double(binary_loss(x, yes)) / std::exp(-60.0) == doctest::Approx(1).epsilon(1e-6));
  }
  CHECK(std::isnan(binary_loss(std::numeric_limits<Scalar>::quiet_NaN(), Scalar(1))));
}

TEST_CASE_TEMPLATE("squared distance: of few numbers and of several blocks", Scalar, float,
                   double) {
  for (const Index n : {0, 1, 5, 16, 33, 1024, 1025, 5000}) {
    const auto a = random<Scalar>(n, 1, 1), b = random<Scalar>(n, 1, 2);
    const double expected = kernels::naive::squared_distance(n, a.data(), b.data());
    const double found = kernels::squared_distance(n, a.data(), b.data());
    // The twin adds up n numbers one after the other.
    const double allowed = roundings<Scalar>(40) + roundings<double>(double(n));
    CHECK(std::abs(found - expected) <= allowed * expected);
    auto da = random<Scalar>(n, 1, 3, 1, 1);
    Matrix<double> exact(da);
    kernels::add_difference(n, Scalar(0.5), a.data(), b.data(), da.data());
    for (Index i = 0; i < n; ++i) {
      exact.data()[i] += 0.5 * (double(a.data()[i]) - double(b.data()[i]));
    }
    CHECK(difference(da, exact) < roundings<Scalar>(4));
    CHECK(da.gaps_untouched());
  }
}
