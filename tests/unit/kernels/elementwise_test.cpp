// Activations and the Gaussian kernels against their naive twins.
#include <algorithm>
#include <cmath>
#include <limits>
#include <span>
#include <support/exact.hpp>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include <vaecollapse/kernels/activation.hpp>
#include <vaecollapse/kernels/gaussian.hpp>

#include "support.hpp"

namespace kernels = vaecollapse::kernels;
using namespace kernel_test;
using vaecollapse_tests::exact_expm1_minus_x;
using vaecollapse_tests::is_same_at_any_place;
using vaecollapse_tests::ulps;

namespace {

/// Whole vectors and every rest, for every vector width.
constexpr Index most = 40;

template <class Scalar>
Matrix<Scalar> row_of(Index n, std::uint32_t seed, double scale = 3) {
  return random<Scalar>(n, 1, seed, scale, 2);
}

}  // namespace

TEST_CASE_TEMPLATE("tanh: forward and backward against the naive twin", Scalar, float, double) {
  for (Index n = 0; n <= most; ++n) {
    const auto x = row_of<Scalar>(n, 1), dy = row_of<Scalar>(n, 2);
    Matrix<Scalar> y(n, 1, 2), dx = row_of<Scalar>(n, 3);
    const Matrix<double> exact_x(x), exact_dy(dy);
    Matrix<double> exact_y(n, 1, 2), exact_dx(dx);
    kernels::tanh_forward(n, x.data(), y.data());
    kernels::tanh_backward(n, std::as_const(y).data(), dy.data(), dx.data());
    kernels::naive::tanh_forward(n, exact_x.data(), exact_y.data());
    kernels::naive::tanh_backward(n, std::as_const(exact_y).data(), exact_dy.data(),
                                  exact_dx.data());
    CHECK(difference(y, exact_y) < roundings<Scalar>(6));
    CHECK(difference(dx, exact_dx) < roundings<Scalar>(40));
    CHECK(y.gaps_untouched());
    CHECK(dx.gaps_untouched());
  }
}

TEST_CASE_TEMPLATE("relu: forward and backward are the naive twin's", Scalar, float, double) {
  for (Index n = 0; n <= most; ++n) {
    const auto x = row_of<Scalar>(n, 1), dy = row_of<Scalar>(n, 2);
    Matrix<Scalar> y(n, 1, 2), twin_y(n, 1, 2), dx = row_of<Scalar>(n, 3), twin_dx(dx);
    kernels::relu_forward(n, x.data(), y.data());
    kernels::relu_backward(n, std::as_const(y).data(), dy.data(), dx.data());
    kernels::naive::relu_forward(n, x.data(), twin_y.data());
    kernels::naive::relu_backward(n, std::as_const(twin_y).data(), dy.data(), twin_dx.data());
    CHECK(same_bits(y, twin_y));
    CHECK(same_bits(dx, twin_dx));
    CHECK(y.gaps_untouched());
    CHECK(dx.gaps_untouched());
  }
}

TEST_CASE_TEMPLATE("soft clamp: forward and backward against the naive twin", Scalar, float,
                   double) {
  for (Index n = 0; n <= most; ++n) {
    // Within, at and beyond both limits.
    const auto x = row_of<Scalar>(n, 1, 9), dy = row_of<Scalar>(n, 2);
    Matrix<Scalar> y(n, 1, 2), dx = row_of<Scalar>(n, 3);
    const Matrix<double> exact_x(x), exact_dy(dy);
    Matrix<double> exact_y(n, 1, 2), exact_dx(dx);
    const Scalar low = -4, high = 3;
    kernels::soft_clamp_forward(n, low, high, x.data(), y.data());
    kernels::soft_clamp_backward(n, low, high, x.data(), dy.data(), dx.data());
    kernels::naive::soft_clamp_forward(n, -4.0, 3.0, exact_x.data(), exact_y.data());
    kernels::naive::soft_clamp_backward(n, -4.0, 3.0, exact_x.data(), exact_dy.data(),
                                        exact_dx.data());
    CHECK(difference(y, exact_y) < roundings<Scalar>(40));
    CHECK(difference(dx, exact_dx) < roundings<Scalar>(40));
    CHECK(y.gaps_untouched());
    CHECK(dx.gaps_untouched());
  }
}

TEST_CASE_TEMPLATE("soft clamp: x inside the limits, never beyond them, NaN for NaN", Scalar, float,
                   double) {
  constexpr Scalar infinity = std::numeric_limits<Scalar>::infinity();
  const Scalar x[] = {0,           2.5f,         -7,           Scalar(1e3),   Scalar(-1e3),
                      Scalar(5e8), Scalar(-5e8), Scalar(1e30), Scalar(-1e30), infinity,
                      -infinity};
  const Scalar expected[] = {0, 2.5f, -7, 20, -20, 20, -20, 20, -20, 20, -20};
  Scalar y[11], dx[11] = {}, ones[11];
  std::fill_n(ones, 11, Scalar(1));
  kernels::soft_clamp_forward<Scalar>(11, -20, 20, x, y);
  kernels::soft_clamp_backward<Scalar>(11, -20, 20, x, ones, dx);
  for (int i = 0; i < 11; ++i) {
    CAPTURE(i);
    // 120 - 20 - 100 in floats; softplus(-13) is 2e-6.
    CHECK(std::abs(y[i] - expected[i]) < 1e-5);
    CHECK(std::abs(dx[i] - (i < 3 ? 1 : 0)) < 1e-5);
  }
  const Scalar nan = std::numeric_limits<Scalar>::quiet_NaN();
  kernels::soft_clamp_forward<Scalar>(1, -20, 20, &nan, y);
  CHECK(std::isnan(y[0]));
}

TEST_CASE_TEMPLATE("Gaussian sample: forward and backward against the naive twin", Scalar, float,
                   double) {
  for (Index n = 0; n <= most; ++n) {
    const auto mu = row_of<Scalar>(n, 1), logvar = row_of<Scalar>(n, 2),
               noise = row_of<Scalar>(n, 3), dz = row_of<Scalar>(n, 4);
    Matrix<Scalar> z(n, 1, 2), dmu = row_of<Scalar>(n, 5), dlogvar = row_of<Scalar>(n, 6);
    const Matrix<double> m(mu), s(logvar), e(noise), d(dz);
    Matrix<double> exact_z(n, 1, 2), exact_dmu(dmu), exact_dlogvar(dlogvar);
    kernels::gaussian_sample_forward(n, mu.data(), logvar.data(), noise.data(), z.data());
    kernels::gaussian_sample_backward(n, logvar.data(), noise.data(), dz.data(), dmu.data(),
                                      dlogvar.data());
    kernels::naive::gaussian_sample_forward(n, m.data(), s.data(), e.data(), exact_z.data());
    kernels::naive::gaussian_sample_backward(n, s.data(), e.data(), d.data(), exact_dmu.data(),
                                             exact_dlogvar.data());
    CHECK(difference(z, exact_z) < roundings<Scalar>(30));
    CHECK(difference(dmu, exact_dmu) < roundings<Scalar>(8));
    CHECK(difference(dlogvar, exact_dlogvar) < roundings<Scalar>(40));
    for (const auto* result : {&z, &dmu, &dlogvar}) CHECK(result->gaps_untouched());
  }
}

TEST_CASE_TEMPLATE("Gaussian KL: forward and backward against the naive twin", Scalar, float,
                   double) {
  for (Index n = 0; n <= most; ++n) {
    const auto mu = row_of<Scalar>(n, 1), logvar = row_of<Scalar>(n, 2), dkl = row_of<Scalar>(n, 3);
    Matrix<Scalar> kl(n, 1, 2), dmu = row_of<Scalar>(n, 4), dlogvar = row_of<Scalar>(n, 5);
    const Matrix<double> m(mu), s(logvar), d(dkl);
    Matrix<double> exact_kl(n, 1, 2), exact_dmu(dmu), exact_dlogvar(dlogvar);
    kernels::gaussian_kl_forward(n, mu.data(), logvar.data(), kl.data());
    kernels::gaussian_kl_backward(n, mu.data(), logvar.data(), dkl.data(), dmu.data(),
                                  dlogvar.data());
    kernels::naive::gaussian_kl_forward(n, m.data(), s.data(), exact_kl.data());
    kernels::naive::gaussian_kl_backward(n, m.data(), s.data(), d.data(), exact_dmu.data(),
                                         exact_dlogvar.data());
    CHECK(difference(kl, exact_kl) < roundings<Scalar>(8));
    CHECK(difference(dmu, exact_dmu) < roundings<Scalar>(20));
    CHECK(difference(dlogvar, exact_dlogvar) < roundings<Scalar>(40));
    for (const auto* result : {&kl, &dmu, &dlogvar}) CHECK(result->gaps_untouched());
  }
}

namespace {

/// Log variances of every size from -20 to 20, near zero above all.
template <class Scalar>
std::vector<Scalar> logvars_of_every_size() {
  std::vector<Scalar> all;
  for (const double size : {20.0, 3.0, 1.2, 1.0, 0.4, 2e-3, 1e-7}) {
    for (int i = -500; i <= 500; ++i) {
      if (i != 0) all.push_back(static_cast<Scalar>(size * i / 500));
    }
  }
  for (int exponent = -1; exponent > -40; --exponent) {
    for (const double x : {1.0, -1.0, 1.7, -1.7}) {
      all.push_back(static_cast<Scalar>(std::ldexp(x, exponent)));
    }
  }
  return all;
}

}  // namespace

TEST_CASE_TEMPLATE("Gaussian KL: right to a few units in the last place, and never negative",
                   Scalar, float, double) {
  const std::vector<Scalar> logvar = logvars_of_every_size<Scalar>();
  const auto n = static_cast<Index>(logvar.size());
  for (const double mean : {0.0, 1e-9, 1e-4, 0.03, 2.0}) {
    CAPTURE(mean);
    const std::vector<Scalar> mu(logvar.size(), static_cast<Scalar>(mean));
    const std::vector<Scalar> ones(logvar.size(), 1);
    std::vector<Scalar> kl(logvar.size()), dmu(logvar.size()), dlogvar(logvar.size());
    std::vector<Scalar> twin_kl(kl), twin_dmu(kl), twin_dlogvar(kl);
    kernels::gaussian_kl_forward(n, mu.data(), logvar.data(), kl.data());
    kernels::gaussian_kl_backward(n, mu.data(), logvar.data(), ones.data(), dmu.data(),
                                  dlogvar.data());
    kernels::naive::gaussian_kl_forward(n, mu.data(), logvar.data(), twin_kl.data());
    kernels::naive::gaussian_kl_backward(n, mu.data(), logvar.data(), ones.data(), twin_dmu.data(),
                                         twin_dlogvar.data());
    double worst = 0, worst_gradient = 0, twin = 0, twin_gradient = 0;
    for (std::size_t i = 0; i < logvar.size(); ++i) {
      const long double m = mu[i], s = logvar[i];
      const long double exact = (m * m + exact_expm1_minus_x(s)) / 2, slope = std::expm1(s) / 2;
      worst = std::max(worst, ulps(kl[i], exact));
      twin = std::max(twin, ulps(twin_kl[i], exact));
      worst_gradient = std::max(worst_gradient, ulps(dlogvar[i], slope));
      twin_gradient = std::max(twin_gradient, ulps(twin_dlogvar[i], slope));
      REQUIRE(kl[i] > 0);
      REQUIRE(twin_kl[i] > 0);
    }
    CHECK(worst < 4);
    CHECK(twin < 6);
    CHECK(worst_gradient < 2);
    CHECK(twin_gradient < 2);
  }
}

TEST_CASE_TEMPLATE("Gaussian KL: exactly zero at the prior, infinite and NaN where it must be",
                   Scalar, float, double) {
  using Limits = std::numeric_limits<Scalar>;
  const Scalar infinity = Limits::infinity(), tiny = Limits::denorm_min();
  const Scalar mu[] = {0, -0.0f, tiny, 0, 0, infinity, Limits::quiet_NaN(), 0};
  const Scalar logvar[] = {0, -0.0f, -tiny, infinity, -infinity, 0, 0, Limits::quiet_NaN()};
  Scalar kl[8], twin[8], dmu[8] = {}, dlogvar[8] = {}, ones[8];
  std::fill_n(ones, 8, Scalar(1));
  kernels::gaussian_kl_forward<Scalar>(8, mu, logvar, kl);
  kernels::naive::gaussian_kl_forward<Scalar>(8, mu, logvar, twin);
  kernels::gaussian_kl_backward<Scalar>(8, mu, logvar, ones, dmu, dlogvar);
  for (const Scalar* found : {kl, twin}) {
    for (int i = 0; i < 3; ++i) CHECK(found[i] == 0);
    for (int i = 3; i < 6; ++i) CHECK(found[i] == infinity);
    for (int i = 6; i < 8; ++i) CHECK(std::isnan(found[i]));
  }
  CHECK(dlogvar[0] == 0);
  CHECK(dlogvar[3] == infinity);
  CHECK(dlogvar[4] == Scalar(-0.5));
  CHECK(std::isnan(dlogvar[7]));
}

TEST_CASE_TEMPLATE("soft clamp: the gradient is right beyond the limits too", Scalar, float,
                   double) {
  for (const double x : {-60.0, -45.0, -30.0, -20.0, -3.0, 0.0, 1e-6, 19.0, 25.0, 40.0, 70.0}) {
    CAPTURE(x);
    const long double v = static_cast<Scalar>(x);
    const long double exact =
        -std::expm1(-40.0L) / ((1 + std::exp(-20 - v)) * (1 + std::exp(v - 20)));
    const Scalar in = static_cast<Scalar>(x), one = 1;
    Scalar slope = 0, twin = 0;
    kernels::soft_clamp_backward<Scalar>(1, -20, 20, &in, &one, &slope);
    kernels::naive::soft_clamp_backward<Scalar>(1, -20, 20, &in, &one, &twin);
    CHECK(ulps(slope, exact) < 6);
    CHECK(ulps(twin, exact) < 6);
  }
  // A log variance that is nearly zero passes unchanged.
  for (const Scalar x : {Scalar(1e-6), Scalar(-3e-12), Scalar(1e-30)}) {
    Scalar y = 0, twin = 0;
    kernels::soft_clamp_forward<Scalar>(1, -20, 20, &x, &y);
    kernels::naive::soft_clamp_forward<Scalar>(1, -20, 20, &x, &twin);
    CHECK(std::abs(y - x) <= std::abs(x) * 5e-9);
    CHECK(std::abs(twin - x) <= std::abs(x) * 5e-9);
  }
}

TEST_CASE_TEMPLATE("elementwise kernels: an element's bits do not depend on its place", Scalar,
                   float, double) {
  const auto x = row_of<Scalar>(most, 1), s = row_of<Scalar>(most, 2), e = row_of<Scalar>(most, 3);
  Scalar other[most];
  const auto is_same = [&](auto kernel) {
    return is_same_at_any_place<Scalar>(most, 16, [&](std::size_t first, std::span<Scalar> out) {
      std::fill_n(other, most, Scalar(0));
      kernel(static_cast<Index>(out.size()), x.data() + first, s.data() + first, e.data() + first,
             out.data());
    });
  };
  using Numbers = const Scalar*;
  CHECK(is_same(
      [](Index n, Numbers a, Numbers, Numbers, Scalar* out) { kernels::tanh_forward(n, a, out); }));
  CHECK(is_same([](Index n, Numbers a, Numbers, Numbers, Scalar* out) {
    kernels::soft_clamp_forward(n, Scalar(-1), Scalar(1), a, out);
  }));
  CHECK(is_same([](Index n, Numbers a, Numbers b, Numbers c, Scalar* out) {
    kernels::gaussian_sample_forward(n, a, b, c, out);
  }));
  CHECK(is_same([](Index n, Numbers a, Numbers b, Numbers, Scalar* out) {
    kernels::gaussian_kl_forward(n, a, b, out);
  }));
  CHECK(is_same([&](Index n, Numbers a, Numbers b, Numbers c, Scalar* out) {
    kernels::gaussian_kl_backward(n, a, b, c, out, other);
  }));
  CHECK(is_same([&](Index n, Numbers a, Numbers b, Numbers c, Scalar* out) {
    kernels::gaussian_kl_backward(n, a, b, c, other, out);
  }));
}
