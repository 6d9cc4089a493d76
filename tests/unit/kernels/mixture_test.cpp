#include <cmath>
#include <utility>

#include <doctest/doctest.h>

#include <vaecollapse/kernels/mixture.hpp>

#include "support.hpp"

namespace kernels = vaecollapse::kernels;
using namespace kernel_test;

namespace {

/// A mixture's numbers, or gradients for them.
template <class Scalar>
struct Numbers3 {
  Matrix<Scalar> means, logvars, logits;

  kernels::Mixture<Scalar> mutable_view() { return {means.view(), logvars.view(), logits.data()}; }
  kernels::Mixture<const Scalar> view() const {
    return {means.view(), logvars.view(), logits.data()};
  }
};

template <class Scalar>
Numbers3<Scalar> random_mixture(Index latent, Index components, std::uint32_t seed) {
  return {random<Scalar>(latent, components, seed, 1, 2),
          random<Scalar>(latent, components, seed + 1, 1, 1), random<Scalar>(components, 1, seed)};
}

}  // namespace

TEST_CASE_TEMPLATE("mixture surprisal: against the naive twin", Scalar, float, double) {
  for (Index latent = 1; latent <= 40; ++latent) {
    const Index components = 1 + latent % 4, batch = 1 + latent % 3;
    const auto seed = static_cast<std::uint32_t>(latent);
    const auto z = random<Scalar>(latent, batch, seed, 1, 1);
    const auto prior = random_mixture<Scalar>(latent, components, seed);
    const auto seeds = random<Scalar>(batch, 1, seed + 5);
    Matrix<Scalar> surprisal(batch, 1, 1), precisions(latent, components, 1);
    Matrix<Scalar> responsibilities(components, batch, 1);
    const kernels::MixtureWork<Scalar> work{precisions.view(), responsibilities.view()};
    auto dz = random<Scalar>(latent, batch, seed + 6, 1, 1);
    auto dprior = random_mixture<Scalar>(latent, components, seed + 7);

    const Matrix<double> exact_z(z), exact_seeds(seeds);
    const Numbers3<double> exact{Matrix<double>(prior.means), Matrix<double>(prior.logvars),
                                 Matrix<double>(prior.logits)};
    Matrix<double> exact_surprisal(batch, 1, 1), exact_dz(dz);
    Numbers3<double> exact_dprior{Matrix<double>(dprior.means), Matrix<double>(dprior.logvars),
                                  Matrix<double>(dprior.logits)};

    kernels::mixture_surprisal_forward(z.view(), prior.view(), work, surprisal.data());
    kernels::mixture_surprisal_backward(z.view(), prior.view(), work, seeds.data(), dz.view(),
                                        dprior.mutable_view());
    kernels::naive::mixture_surprisal_forward(exact_z.view(), exact.view(), exact_surprisal.data());
    const Matrix<double> found_responsibilities(responsibilities);
    kernels::naive::mixture_surprisal_backward(exact_z.view(), exact.view(),
                                               found_responsibilities.view(), exact_seeds.data(),
                                               exact_dz.view(), exact_dprior.mutable_view());
    CAPTURE(latent);
    CHECK(difference(surprisal, exact_surprisal) < roundings<Scalar>(100));
    CHECK(difference(dz, exact_dz) < roundings<Scalar>(100));
    CHECK(difference(dprior.means, exact_dprior.means) < roundings<Scalar>(100));
    CHECK(difference(dprior.logvars, exact_dprior.logvars) < roundings<Scalar>(100));
    CHECK(difference(dprior.logits, exact_dprior.logits) < roundings<Scalar>(100));
    for (const auto* result : {&surprisal, &precisions, &responsibilities, &dz, &dprior.means,
                               &dprior.logvars, &dprior.logits}) {
      CHECK(result->gaps_untouched());
    }
  }
}

TEST_CASE("mixture surprisal: values and responsibilities by hand, far out too") {
  // 1/4 N(0, 1) + 3/4 N(2, 1) at z = 1, where both densities are equal, and at z = 100.
  Matrix<double> z(1, 2), surprisal(2, 1), precisions(1, 2), responsibilities(2, 2);
  z.view()(0, 0) = 1;
  z.view()(0, 1) = 100;
  Numbers3<double> prior{Matrix<double>(1, 2), Matrix<double>(1, 2), Matrix<double>(2, 1)};
  prior.means.view()(0, 1) = 2;
  prior.logits.view()(1, 0) = std::log(3.0);
  kernels::mixture_surprisal_forward<double>(std::as_const(z).view(), std::as_const(prior).view(),
                                             {precisions.view(), responsibilities.view()},
                                             surprisal.data());
  const double half_log_two_pi = 0.5 * std::log(2 * 3.14159265358979324);
  CHECK(surprisal.data()[0] == doctest::Approx(half_log_two_pi + 0.5).epsilon(1e-14));
  CHECK(responsibilities.view()(0, 0) == doctest::Approx(0.25));
  CHECK(responsibilities.view()(1, 0) == doctest::Approx(0.75));
  CHECK(surprisal.data()[1] ==
        doctest::Approx(half_log_two_pi + 98 * 98 / 2 - std::log(0.75)).epsilon(1e-14));
  CHECK(responsibilities.view()(1, 1) == doctest::Approx(1));
}

TEST_CASE("mixture surprisal: gradients that are not wanted are left out") {
  const auto z = random<double>(3, 2, 1), seeds = random<double>(2, 1, 2);
  const auto prior = random_mixture<double>(3, 2, 3);
  Matrix<double> surprisal(2, 1), precisions(3, 2), responsibilities(2, 2), all(3, 2), alone(3, 2);
  const kernels::MixtureWork<double> work{precisions.view(), responsibilities.view()};
  kernels::mixture_surprisal_forward(z.view(), prior.view(), work, surprisal.data());
  auto dprior = random_mixture<double>(3, 2, 4);
  kernels::mixture_surprisal_backward(z.view(), prior.view(), work, seeds.data(), all.view(),
                                      dprior.mutable_view());
  kernels::mixture_surprisal_backward(z.view(), prior.view(), work, seeds.data(), alone.view(),
                                      kernels::Mixture<double>{});
  CHECK(same_bits(all, alone));
}

TEST_CASE_TEMPLATE("Gaussian negative entropy: against the naive twin", Scalar, float, double) {
  for (Index latent = 0; latent <= 40; ++latent) {
    const auto logvar = random<Scalar>(latent, 3, 1, 4, 1), seeds = random<Scalar>(3, 1, 2);
    Matrix<Scalar> result(3, 1, 1), dlogvar = random<Scalar>(latent, 3, 3, 1, 1);
    const Matrix<double> exact_logvar(logvar), exact_seeds(seeds);
    Matrix<double> exact(3, 1, 1), exact_dlogvar(dlogvar);
    kernels::gaussian_negative_entropy_forward(logvar.view(), result.data());
    kernels::gaussian_negative_entropy_backward(seeds.data(), dlogvar.view());
    kernels::naive::gaussian_negative_entropy_forward(exact_logvar.view(), exact.data());
    kernels::naive::gaussian_negative_entropy_backward(exact_seeds.data(), exact_dlogvar.view());
    CHECK(difference(result, exact) < roundings<Scalar>(100));
    CHECK(difference(dlogvar, exact_dlogvar) < roundings<Scalar>(4));
    CHECK(result.gaps_untouched());
    CHECK(dlogvar.gaps_untouched());
  }
}
