// The log density of diagonal Gaussians against its naive twin.
#include <utility>

#include <doctest/doctest.h>

#include <vaecollapse/kernels/gaussian_density.hpp>

#include "support.hpp"

namespace kernels = vaecollapse::kernels;
using namespace kernel_test;

TEST_CASE_TEMPLATE("Gaussian log density: against the naive twin", Scalar, float, double) {
  for (Index latent = 0; latent <= 40; ++latent) {
    constexpr Index batch = 3;
    const auto mu = random<Scalar>(latent, batch, 1, 2, 1);
    const auto logvar = random<Scalar>(latent, batch, 2, 2, 1);
    const auto z = random<Scalar>(latent, batch, 3, 2, 1), seeds = random<Scalar>(batch, 1, 4);
    Matrix<Scalar> density(batch, 1, 1), dmu = random<Scalar>(latent, batch, 5, 1, 1);
    Matrix<Scalar> dlogvar = random<Scalar>(latent, batch, 6, 1, 1);
    Matrix<Scalar> dz = random<Scalar>(latent, batch, 7, 1, 1);
    const Matrix<double> m(mu), s(logvar), x(z), d(seeds);
    Matrix<double> exact(batch, 1, 1), exact_dmu(dmu), exact_dlogvar(dlogvar), exact_dz(dz);

    kernels::gaussian_log_density_forward<Scalar>({mu.view(), logvar.view()}, z.view(),
                                                  density.data());
    kernels::gaussian_log_density_backward<Scalar>({mu.view(), logvar.view()}, z.view(),
                                                   seeds.data(), {dmu.view(), dlogvar.view()},
                                                   dz.view());
    kernels::naive::gaussian_log_density_forward<double>({m.view(), s.view()}, x.view(),
                                                         exact.data());
    kernels::naive::gaussian_log_density_backward<double>({m.view(), s.view()}, x.view(), d.data(),
                                                          {exact_dmu.view(), exact_dlogvar.view()},
                                                          exact_dz.view());
    CAPTURE(latent);
    CHECK(difference(density, exact) < roundings<Scalar>(100));
    CHECK(difference(dmu, exact_dmu) < roundings<Scalar>(100));
    CHECK(difference(dlogvar, exact_dlogvar) < roundings<Scalar>(100));
    CHECK(difference(dz, exact_dz) < roundings<Scalar>(100));
    for (const auto* result : {&density, &dmu, &dlogvar, &dz}) CHECK(result->gaps_untouched());
  }
}

TEST_CASE_TEMPLATE("Gaussian log density: gradients that are not wanted are left out", Scalar,
                   float, double) {
  const auto mu = random<Scalar>(5, 2, 1), logvar = random<Scalar>(5, 2, 2);
  const auto z = random<Scalar>(5, 2, 3), seeds = random<Scalar>(2, 1, 4);
  Matrix<Scalar> dmu(5, 2), dlogvar(5, 2), dz(5, 2), alone(5, 2);
  const kernels::GaussianColumns<const Scalar> q{mu.view(), logvar.view()};
  kernels::gaussian_log_density_backward<Scalar>(q, z.view(), seeds.data(),
                                                 {dmu.view(), dlogvar.view()}, dz.view());
  kernels::gaussian_log_density_backward<Scalar>(q, z.view(), seeds.data(), {}, alone.view());
  CHECK(same_bits(dz, alone));
}

TEST_CASE_TEMPLATE("standard normal log density: against the naive twin", Scalar, float, double) {
  for (Index latent = 0; latent <= 40; ++latent) {
    const auto z = random<Scalar>(latent, 3, 1, 2, 1), seeds = random<Scalar>(3, 1, 2);
    Matrix<Scalar> density(3, 1, 1), dz = random<Scalar>(latent, 3, 3, 1, 1);
    const Matrix<double> x(z), d(seeds);
    Matrix<double> exact(3, 1, 1), exact_dz(dz);
    kernels::standard_normal_log_density_forward(z.view(), density.data());
    kernels::standard_normal_log_density_backward(z.view(), seeds.data(), dz.view());
    kernels::naive::standard_normal_log_density_forward(x.view(), exact.data());
    kernels::naive::standard_normal_log_density_backward(x.view(), d.data(), exact_dz.view());
    CHECK(difference(density, exact) < roundings<Scalar>(100));
    CHECK(difference(dz, exact_dz) < roundings<Scalar>(4));
    CHECK(density.gaps_untouched());
    CHECK(dz.gaps_untouched());
  }
}
