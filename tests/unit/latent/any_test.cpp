// The erased posterior family: in every context it computes what the family does, says at run time
// what that offers, and refuses what it does not.
#include <cstdint>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

#include <doctest/doctest.h>

#include <vaecollapse/autodiff/tape.hpp>
#include <vaecollapse/autodiff/workspace.hpp>
#include <vaecollapse/compat/mean_z.hpp>
#include <vaecollapse/compat/relu_heads.hpp>
#include <vaecollapse/latent/any.hpp>
#include <vaecollapse/latent/gaussian.hpp>
#include <vaecollapse/latent/mixture_prior.hpp>

#include "support/laplace_family.hpp"
#include "support/values.hpp"

namespace vc = vaecollapse;
using vaecollapse_test::LaplaceHead;
using vaecollapse_test::LaplaceUnderPrior;
using vaecollapse_test::values;
using vc::Index;

static_assert(vc::PosteriorFamily<vc::AnyPosterior>);
static_assert(std::is_trivially_copyable_v<vc::AnyQ<float>>);
static_assert(vc::PosteriorFamily<LaplaceHead> && !vc::GaussianFamily<LaplaceHead> &&
              !vc::HasPrior<LaplaceHead> && !vc::HasKlGroups<LaplaceHead>);
static_assert(vc::HasPrior<LaplaceUnderPrior> && !vc::GaussianFamily<LaplaceUnderPrior>);

namespace {

constexpr Index input = 4, latent = 3, batch = 5;

/// All that a family computes, and the gradients of its parameters where there is a tape.
template <class Scalar>
struct Computed {
  std::vector<Scalar> z, mean, kl, log_density, log_prior;
  std::vector<Scalar> gradients;

  friend bool operator==(const Computed&, const Computed&) = default;
};

template <class C, class Family>
auto compute(C& cx, const Family& family) {
  using Scalar = typename C::scalar_type;
  const auto code = cx.template make<2>(vc::Shape<2>{{input, batch}});
  for (Index i = 0; i < code.size(); ++i) code.data()[i] = Scalar(0.25) * Scalar(i % 7) - 1;
  const std::vector<std::uint32_t> rows{4, 0, 7, 8, 2};
  const auto q = family.head(cx, code);
  const auto z = family.sample(cx, q, vc::Draws(1, 2), rows, 1);
  const auto kl = family.kl(cx, q, z);
  const auto log_density = family.log_density(cx, q, z);
  Computed<Scalar> found{values(z), values(family.mean(q)), values(kl), values(log_density), {},
                         {}};
  if (vc::has_prior(family)) {
    if constexpr (vc::HasPrior<Family>) found.log_prior = values(family.log_prior(cx, z));
  }
  if constexpr (C::records) {
    for (Index i = 0; i < kl.size(); ++i) kl.gradient_data()[i] = Scalar(i + 1);
    for (Index i = 0; i < batch; ++i) log_density.gradient_data()[i] = Scalar(2 - i);
    cx.run_backward();
  }
  return found;
}

/// In float and double, on tapes and in workspaces.
template <class Scalar, class Family>
void check_scalar(const vc::Layout& layout, const Family& family) {
  const vc::AnyPosterior any(family);
  vc::Parameters<Scalar> parameters(layout, vc::Seed{4});
  const auto on_tape = [&](const auto& posterior) {
    parameters.zero_gradients();
    vc::Tape<Scalar> tape(parameters);
    const vc::Scope scope(tape);
    auto found = compute(tape, posterior);
    found.gradients.assign(parameters.gradients().begin(), parameters.gradients().end());
    return found;
  };
  CHECK(on_tape(any) == on_tape(family));
  vc::Workspace<Scalar> workspace(parameters);
  const auto found = compute(workspace, any);
  CHECK(found == compute(workspace, family));
  CHECK(found.z.size() == latent * batch);
}
template <class Family>
void check_family(const vc::Layout& layout, const Family& family) {
  check_scalar<float>(layout, family);
  check_scalar<double>(layout, family);
}

}  // namespace

TEST_CASE("AnyPosterior: the bits of the family that it was made of, in every context") {
  vc::Layout layout;
  check_family(layout, vc::GaussianHead(layout, "gaussian", {input, latent}));
  check_family(layout, vc::MixturePriorHead(layout, "mixture", {input, latent, 2}));
  check_family(layout, LaplaceHead(layout, "laplace", input, latent));
  check_family(layout, LaplaceUnderPrior(layout, "prior", input, latent));
}

TEST_CASE("AnyPosterior: a family held twice, and wrapped within and without") {
  vc::Layout layout;
  const LaplaceHead laplace(layout, "laplace", input, latent);
  const vc::GaussianHead gaussian(layout, "gaussian", {input, latent});
  const vc::AnyPosterior any_laplace(laplace), any_gaussian(gaussian);
  check_family(layout, vc::compat::MeanInTraining(any_laplace));
  check_family(layout, vc::compat::MeanInTraining(laplace));
  const vc::compat::ReluHeads within(gaussian);
  const vc::compat::ReluHeads without(any_gaussian);
  check_family(layout, within);
  check_family(layout, without);
  const vc::Parameters<double> parameters(layout, vc::Seed{4});
  vc::Workspace<double> workspace(parameters);
  CHECK(compute(workspace, within) == compute(workspace, without));
  CHECK(compute(workspace, within).mean != compute(workspace, gaussian).mean);
}

TEST_CASE("AnyPosterior: says at run time what its family offers") {
  vc::Layout layout;
  const vc::AnyPosterior gaussian(vc::GaussianHead(layout, "gaussian", {input, latent}));
  const vc::AnyPosterior mixture(vc::MixturePriorHead(layout, "mixture", {input, latent, 2}));
  const vc::AnyPosterior laplace(LaplaceHead(layout, "laplace", input, latent));
  const vc::AnyPosterior under_prior(LaplaceUnderPrior(layout, "prior", input, latent));
  for (const vc::AnyPosterior* any : {&gaussian, &mixture, &laplace, &under_prior}) {
    CHECK(any->latent() == latent);
  }
  CHECK((gaussian.is_gaussian() && mixture.is_gaussian()));
  CHECK_FALSE((laplace.is_gaussian() || under_prior.is_gaussian()));
  CHECK((gaussian.has_prior() && mixture.has_prior() && under_prior.has_prior()));
  CHECK_FALSE(laplace.has_prior());
  CHECK(gaussian.kl_groups() == latent);
  CHECK(mixture.kl_groups() == 1);
  CHECK(under_prior.kl_groups() == latent);
  CHECK_FALSE(laplace.kl_groups().has_value());
  // Through a wrapper too.
  const vc::compat::MeanInTraining wrapped(laplace);
  CHECK_FALSE(vc::is_gaussian(wrapped));
  CHECK_FALSE(vc::has_prior(wrapped));
  CHECK_FALSE(vc::kl_groups(wrapped).has_value());
  CHECK(vc::kl_groups(vc::compat::MeanInTraining(mixture)) == 1);
}

TEST_CASE("AnyPosterior: what its family lacks is an error that says so") {
  vc::Layout layout;
  const vc::AnyPosterior laplace(LaplaceHead(layout, "laplace", input, latent));
  const vc::Parameters<float> parameters(layout, vc::Seed{4});
  vc::Workspace<float> workspace(parameters);
  const auto code = workspace.make<2>(vc::Shape<2>{{input, 1}});
  const auto z = workspace.make<2>(vc::Shape<2>{{latent, 1}});
  const std::string no_prior =
      "posterior: this family has no prior of its own (`log_prior`, `sample_prior`)";
  double out = 0;
  CHECK_THROWS_WITH_AS(laplace.log_prior(workspace, z), no_prior.c_str(), vc::Error);
  CHECK_THROWS_WITH_AS(laplace.log_prior(workspace, z, std::span<double>(&out, 1)),
                       no_prior.c_str(), vc::Error);
  const std::vector<std::uint32_t> rows{0};
  CHECK_THROWS_WITH_AS(laplace.sample_prior(workspace, vc::Draws(1, 1), rows, z.value_view()),
                       no_prior.c_str(), vc::Error);
  CHECK_THROWS_WITH_AS(laplace.linear_head(workspace, code),
                       "posterior: this family has no linear heads for mu and logvar", vc::Error);
  CHECK_THROWS_WITH_AS(vc::compat::ReluHeads{laplace},
                       "ReluHeads: this posterior family has no mu and logvar to rectify",
                       vc::Error);
  CHECK_NOTHROW(vc::compat::ReluHeads(laplace, false));
}
