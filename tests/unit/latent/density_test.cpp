// log q(z|x) and log p(z): their means over samples are what entropies and KLs say, and the forms
// in double agree with those on the tape.
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <span>
#include <vector>

#include <doctest/doctest.h>

#include <vaecollapse/autodiff/workspace.hpp>
#include <vaecollapse/core/constants.hpp>
#include <vaecollapse/latent/any.hpp>
#include <vaecollapse/latent/gaussian.hpp>
#include <vaecollapse/latent/mixture_prior.hpp>
#include <vaecollapse/latent/refinements.hpp>

#include "support/laplace_family.hpp"
#include "support/values.hpp"

namespace vc = vaecollapse;
using vaecollapse_test::LaplaceUnderPrior;
using vaecollapse_test::values;
using vc::Index;

namespace {

constexpr Index input = 4, latent = 3;

/// One example, many times, each with a sample of its own.
template <class Scalar>
struct Model {
  vc::Layout layout;
  vc::GaussianHead gaussian{layout, "gaussian", {input, latent}};
  vc::MixturePriorHead mixture{layout, "mixture", {input, latent, 3}};
  LaplaceUnderPrior laplace{layout, "laplace", input, latent};
  vc::Parameters<Scalar> parameters{layout, vc::Seed{4}};
  vc::Workspace<Scalar> cx{parameters};
  std::vector<std::uint32_t> rows;
  vc::Var<Scalar, 2> code;

  explicit Model(Index draws) : rows(static_cast<std::size_t>(draws)) {
    std::iota(rows.begin(), rows.end(), std::uint32_t{0});
    code = cx.template make<2>(vc::Shape<2>{{input, draws}});
    for (Index i = 0; i < code.size(); ++i) code.data()[i] = Scalar(1.5) * Scalar(i % input) - 2;
  }

  template <class Family>
  auto sample(const Family& family,
              const typename vc::PosteriorOf<Family, vc::Workspace<Scalar>>& q) {
    return family.sample(cx, q, vc::Draws(1, 2), rows);
  }
};

/// Whether the mean of `found` is `expected` but for six standard errors of it: a false alarm in
/// 5e8 sets of draws.
bool has_mean(const std::vector<double>& found, double expected) {
  const auto count = static_cast<double>(found.size());
  double mean = 0, squares = 0;
  for (const double one : found) mean += one / count;
  for (const double one : found) squares += (one - mean) * (one - mean) / count;
  return std::abs(mean - expected) < 6 * std::sqrt(squares / count);
}

}  // namespace

TEST_CASE("log_density: its mean over samples is minus the entropy") {
  Model<double> model(20000);
  const auto q = model.gaussian.head(model.cx, model.code);
  double entropy = 0;
  for (Index d = 0; d < latent; ++d) entropy += (1 + vc::log_2pi + q.logvar.view()(d, 0)) / 2;
  const auto z = model.sample(model.gaussian, q);
  CHECK(has_mean(values(model.gaussian.log_density(model.cx, q, z)), -entropy));
  CHECK_FALSE(has_mean(values(model.gaussian.log_density(model.cx, q, z)), -entropy + 0.1));

  const auto towards = model.laplace.head(model.cx, model.code);
  const auto x = model.sample(model.laplace, towards);
  CHECK(has_mean(values(model.laplace.log_density(model.cx, towards, x)),
                 -latent * (1 + std::log(2.0))));
}

TEST_CASE("log_density and log_prior: the mean of their difference is the KL") {
  Model<double> model(20000);
  const auto check = [&](const auto& family) {
    const auto q = family.head(model.cx, model.code);
    const auto z = model.sample(family, q);
    const auto log_q = values(family.log_density(model.cx, q, z));
    const auto log_p = values(family.log_prior(model.cx, z));
    const auto kl = family.kl(model.cx, q, z);
    std::vector<double> excess(log_q);
    for (std::size_t j = 0; j < excess.size(); ++j) {
      excess[j] -= log_p[j];
      for (Index d = 0; d < kl.rows(); ++d) excess[j] -= kl.view()(d, static_cast<Index>(j));
    }
    CHECK(has_mean(excess, 0));
  };
  check(model.gaussian);
  check(model.mixture);
  check(model.laplace);
}

TEST_CASE("sample_prior: draws of log_prior") {
  // 2^Z p(2 z) is a density too, so over z ~ p the mean of its ratio to p(z) is 1.
  Model<double> model(20000);
  const auto check = [&](const auto& family) {
    const vc::Shape<2> shape{{latent, Index(model.rows.size())}};
    const auto z = model.cx.template make<2>(shape), twice = model.cx.template make<2>(shape);
    family.sample_prior(model.cx, vc::Draws(1, 2), model.rows, z.value_view());
    for (Index i = 0; i < z.size(); ++i) twice.data()[i] = 2 * z.data()[i];
    const auto log_p = values(family.log_prior(model.cx, z));
    std::vector<double> ratios = values(family.log_prior(model.cx, twice));
    for (std::size_t j = 0; j < ratios.size(); ++j) {
      ratios[j] = std::exp(ratios[j] - log_p[j] + latent * std::log(2.0));
    }
    CHECK(has_mean(ratios, 1));
    CHECK_FALSE(has_mean(ratios, 1.1));
  };
  check(model.gaussian);
  check(model.mixture);
  check(model.laplace);
}

TEST_CASE_TEMPLATE("log_densities and log_priors: in double what the tape's forms are, to rounding",
                   Scalar, float, double) {
  Model<Scalar> model(9);
  const double rounding = sizeof(Scalar) == 8 ? 1e-13 : 1e-5;
  const auto check = [&](const auto& family) {
    const auto q = family.head(model.cx, model.code);
    const auto z = model.sample(family, q);
    std::vector<double> log_q(model.rows.size()), log_p(model.rows.size());
    vc::log_densities(model.cx, family, q, z, log_q);
    vc::log_priors(model.cx, family, z, log_p);
    const auto on_tape = family.log_density(model.cx, q, z);
    const auto prior_on_tape = family.log_prior(model.cx, z);
    for (std::size_t j = 0; j < log_q.size(); ++j) {
      CHECK(std::abs(log_q[j] - double(on_tape.data()[j])) < rounding);
      CHECK(std::abs(log_p[j] - double(prior_on_tape.data()[j])) < rounding);
    }
    std::vector<double> erased_q(log_q.size()), erased_p(log_p.size());
    const vc::AnyPosterior any(family);
    vc::log_densities(model.cx, any, any.head(model.cx, model.code), z, erased_q);
    vc::log_priors(model.cx, any, z, erased_p);
    CHECK(erased_q == log_q);
    CHECK(erased_p == log_p);
    std::vector<double> too_few(2);
    if constexpr (!requires { family.log_prior(model.cx, z, too_few); }) {
      CHECK_THROWS_AS(vc::log_priors(model.cx, family, z, too_few), vc::ShapeError);
    }
  };
  check(model.gaussian);
  check(model.mixture);
  check(model.laplace);
}
