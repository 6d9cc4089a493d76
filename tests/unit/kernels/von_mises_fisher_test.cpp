#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include <doctest/doctest.h>

#include <vaecollapse/kernels/von_mises_fisher.hpp>

#include "support.hpp"

namespace kernels = vaecollapse::kernels;
using namespace kernel_test;

namespace {

template <class Scalar>
double length(View<const Scalar> x, Index b) {
  double square = 0;
  for (Index d = 0; d < x.rows; ++d) {
    square += static_cast<double>(x(d, b)) * static_cast<double>(x(d, b));
  }
  return std::sqrt(square);
}

template <class Scalar>
double cosine(View<const Scalar> x, View<const Scalar> y, Index b) {
  double sum = 0;
  for (Index d = 0; d < x.rows; ++d) {
    sum += static_cast<double>(x(d, b)) * static_cast<double>(y(d, b));
  }
  return sum;
}

/// Columns of length one, to rounding.
template <class Scalar>
Matrix<Scalar> directions(Index rows, Index columns, std::uint32_t seed, Index gap = 0) {
  Matrix<Scalar> x = random<Scalar>(rows, columns, seed, 1, gap), y(rows, columns, gap);
  std::vector<Scalar> lengths(static_cast<std::size_t>(columns));
  kernels::naive::direction_forward<Scalar>(x.view(), y.view(), lengths.data());
  return y;
}

/// Coordinates whose squares add up to one.
template <class Scalar>
struct Coordinates {
  std::vector<Scalar> along, across;

  explicit Coordinates(Index count) {
    for (Index b = 0; b < count; ++b) {
      const double angle = 0.1 + static_cast<double>(b);
      along.push_back(static_cast<Scalar>(std::cos(angle)));
      across.push_back(static_cast<Scalar>(std::sin(angle)));
    }
  }
  template <class Other>
  explicit Coordinates(const Coordinates<Other>& other)
      : along(other.along.begin(), other.along.end()),
        across(other.across.begin(), other.across.end()) {}
  kernels::SphereCoordinates<Scalar> view() const { return {along.data(), across.data()}; }
};

}  // namespace

TEST_CASE_TEMPLATE("direction: against the naive twin", Scalar, float, double) {
  for (Index latent = 1; latent <= 40; ++latent) {
    const auto seed = static_cast<std::uint32_t>(latent);
    const Index batch = 1 + latent % 3;
    auto x = random<Scalar>(latent, batch, seed, 3, 2);
    if (latent % 5 == 0) std::fill_n(x.view().column(0), latent, Scalar(0));
    const auto dy = random<Scalar>(latent, batch, seed + 1, 1, 2);
    Matrix<Scalar> y(latent, batch, 1), lengths(batch, 1, 1);
    auto dx = random<Scalar>(latent, batch, seed + 2, 1, 1);
    const Matrix<double> exact_x(x), exact_dy(dy);
    Matrix<double> exact_y(latent, batch), exact_lengths(batch, 1), exact_dx(dx);

    kernels::direction_forward<Scalar>(x.view(), y.view(), lengths.data());
    kernels::direction_backward<Scalar>(y.view(), lengths.data(), dy.view(), dx.view());
    kernels::naive::direction_forward<double>(exact_x.view(), exact_y.view(), exact_lengths.data());
    kernels::naive::direction_backward<double>(exact_y.view(), exact_lengths.data(),
                                               exact_dy.view(), exact_dx.view());
    CAPTURE(latent);
    CHECK(difference(y, exact_y) < roundings<Scalar>(50));
    CHECK(difference(lengths, exact_lengths) < roundings<Scalar>(50));
    CHECK(difference(dx, exact_dx) < roundings<Scalar>(200));
    for (const auto* result : {&y, &lengths, &dx}) CHECK(result->gaps_untouched());
  }
}

TEST_CASE_TEMPLATE("direction: what has none is the first axis, without a gradient", Scalar, float,
                   double) {
  constexpr Index latent = 5;
  Matrix<Scalar> x(latent, 3), y(latent, 3), lengths(3, 1), dx(latent, 3);
  x.view()(3, 1) = Scalar(1e-13);
  x.view()(3, 2) = Scalar(-1e-11);
  kernels::direction_forward<Scalar>(x.view(), y.view(), lengths.data());
  for (const Index b : {0, 1}) {
    for (Index d = 0; d < latent; ++d) CHECK(y.view()(d, b) == Scalar(d == 0 ? 1 : 0));
  }
  CHECK(std::abs(y.view()(3, 2) + 1) < Scalar(1e-6));
  const auto dy = random<Scalar>(latent, 3, 1);
  kernels::direction_backward<Scalar>(y.view(), lengths.data(), dy.view(), dx.view());
  for (Index d = 0; d < latent; ++d) {
    CHECK(dx.view()(d, 0) == 0);
    CHECK(dx.view()(d, 1) == 0);
  }
  CHECK(length<Scalar>(dx.view(), 2) > 1e10);
}

TEST_CASE_TEMPLATE("direction: what is no number stays one that is none", Scalar, float, double) {
  constexpr Scalar infinity = std::numeric_limits<Scalar>::infinity();
  for (const Scalar bad : {std::numeric_limits<Scalar>::quiet_NaN(), infinity,
                           std::sqrt(std::numeric_limits<Scalar>::max()) * 2}) {
    Matrix<Scalar> x(3, 1), y(3, 1), lengths(1, 1);
    x.view()(0, 0) = 1;
    x.view()(1, 0) = bad;
    kernels::direction_forward<Scalar>(x.view(), y.view(), lengths.data());
    CHECK(std::isnan(y.view()(1, 0)));
  }
}

TEST_CASE_TEMPLATE("von Mises-Fisher sample: against the naive twin", Scalar, float, double) {
  for (Index latent = 2; latent <= 40; ++latent) {
    const auto seed = static_cast<std::uint32_t>(latent);
    const Index batch = 1 + latent % 3;
    const Coordinates<Scalar> w(batch);
    const auto mu = directions<Scalar>(latent, batch, seed, 1);
    const auto noise = random<Scalar>(latent, batch, seed + 1, 2, 2);
    const auto dz = random<Scalar>(latent, batch, seed + 2, 1, 1);
    Matrix<Scalar> z(latent, batch, 1);
    auto dmu = random<Scalar>(latent, batch, seed + 3, 1, 2);
    const Matrix<double> exact_mu(mu), exact_noise(noise), exact_dz(dz);
    const Coordinates<double> exact_w(w);
    Matrix<double> exact_z(latent, batch), exact_dmu(dmu);

    kernels::von_mises_fisher_sample_forward<Scalar>(mu.view(), w.view(), noise.view(), z.view());
    kernels::von_mises_fisher_sample_backward<Scalar>(mu.view(), w.view(), z.view(), dz.view(),
                                                      dmu.view());
    kernels::naive::von_mises_fisher_sample_forward<double>(exact_mu.view(), exact_w.view(),
                                                            exact_noise.view(), exact_z.view());
    kernels::naive::von_mises_fisher_sample_backward<double>(
        exact_mu.view(), exact_w.view(), exact_z.view(), exact_dz.view(), exact_dmu.view());
    CAPTURE(latent);
    CHECK(difference(z, exact_z) < roundings<Scalar>(100));
    CHECK(difference(dmu, exact_dmu) < roundings<Scalar>(400));
    for (const auto* result : {&z, &dmu}) CHECK(result->gaps_untouched());
    for (Index b = 0; b < batch; ++b) {
      CHECK(std::abs(length<Scalar>(z.view(), b) - 1) < roundings<Scalar>(20));
      const double along = static_cast<double>(w.along[static_cast<std::size_t>(b)]);
      CHECK(std::abs(cosine<Scalar>(mu.view(), z.view(), b) - along) < roundings<Scalar>(20));
    }
  }
}

TEST_CASE_TEMPLATE("von Mises-Fisher sample: noise along the mean, or nearly so", Scalar, float,
                   double) {
  constexpr Index batch = 6;
  for (const Index latent : {2, 3, 17}) {
    const Coordinates<Scalar> w(batch);
    auto mu = directions<Scalar>(latent, batch, 7);
    std::fill_n(mu.view().column(0), latent, Scalar(0));
    mu.view()(1, 0) = -1;
    Matrix<Scalar> noise(latent, batch), z(latent, batch);
    for (Index b = 0; b < batch; ++b) {
      for (Index d = 0; d < latent; ++d)
        noise.view()(d, b) = Scalar(b < 4 ? 2 : 0) * mu.view()(d, b);
    }
    const Scalar epsilon = std::numeric_limits<Scalar>::epsilon();
    noise.view()(0, 2) += 3 * epsilon;
    noise.view()(1, 3) -= 100 * epsilon;
    kernels::von_mises_fisher_sample_forward<Scalar>(mu.view(), w.view(), noise.view(), z.view());
    for (Index b = 0; b < batch; ++b) {
      CAPTURE(latent);
      CAPTURE(b);
      CHECK(std::abs(length<Scalar>(z.view(), b) - 1) < roundings<Scalar>(20));
      const double along = static_cast<double>(w.along[static_cast<std::size_t>(b)]);
      CHECK(std::abs(cosine<Scalar>(mu.view(), z.view(), b) - along) < roundings<Scalar>(20));
    }
  }
}

TEST_CASE_TEMPLATE("von Mises-Fisher log density: against the naive twin", Scalar, float, double) {
  for (Index latent = 1; latent <= 40; ++latent) {
    const auto seed = static_cast<std::uint32_t>(latent);
    const Index batch = 1 + latent % 3;
    const auto mu = random<Scalar>(latent, batch, seed, 1, 1);
    const auto z = random<Scalar>(latent, batch, seed + 1, 1, 2);
    const auto seeds = random<Scalar>(batch, 1, seed + 2);
    Matrix<Scalar> density(batch, 1, 1);
    auto dmu = random<Scalar>(latent, batch, seed + 3, 1, 1), dz = dmu;
    const Matrix<double> exact_mu(mu), exact_z(z), exact_seeds(seeds);
    Matrix<double> exact_density(batch, 1), exact_dmu(dmu), exact_dz(dz);

    kernels::von_mises_fisher_log_density_forward<Scalar>(mu.view(), z.view(), 12.5, -3.25,
                                                          density.data());
    kernels::von_mises_fisher_log_density_backward<Scalar>(mu.view(), z.view(), 12.5, seeds.data(),
                                                           dmu.view(), dz.view());
    kernels::naive::von_mises_fisher_log_density_forward<double>(exact_mu.view(), exact_z.view(),
                                                                 12.5, -3.25, exact_density.data());
    kernels::naive::von_mises_fisher_log_density_backward<double>(
        exact_mu.view(), exact_z.view(), 12.5, exact_seeds.data(), exact_dmu.view(),
        exact_dz.view());
    CAPTURE(latent);
    CHECK(difference(density, exact_density) < roundings<Scalar>(1000));
    CHECK(difference(dmu, exact_dmu) < roundings<Scalar>(10));
    CHECK(difference(dz, exact_dz) < roundings<Scalar>(10));
    for (const auto* result : {&density, &dmu, &dz}) CHECK(result->gaps_untouched());

    auto alone = dz;
    kernels::von_mises_fisher_log_density_backward<Scalar>(mu.view(), z.view(), 12.5, seeds.data(),
                                                           {}, alone.view());
    kernels::von_mises_fisher_log_density_backward<Scalar>(mu.view(), z.view(), 12.5, seeds.data(),
                                                           {}, dz.view());
    CHECK(same_bits(alone, dz));
  }
}
