// Heads behind a ReLU: neither mu nor logvar is negative.
#include <algorithm>
#include <cmath>
#include <cstddef>

#include <doctest/doctest.h>

#include <vaecollapse/autodiff/workspace.hpp>
#include <vaecollapse/compat/relu_heads.hpp>
#include <vaecollapse/latent/any.hpp>
#include <vaecollapse/latent/gaussian.hpp>
#include <vaecollapse/latent/mixture_prior.hpp>

#include "support/values.hpp"

namespace vc = vaecollapse;
using vaecollapse_test::values;
using vc::Index;

static_assert(vc::PosteriorFamily<vc::compat::ReluHeads<vc::GaussianHead>>);
static_assert(vc::HasLinearHead<vc::compat::ReluHeads<vc::AnyPosterior>>);

namespace {

template <class Family>
void check_rectified(const vc::Layout& layout, const Family& plain) {
  const vc::Parameters<double> parameters(layout, vc::Seed{4});
  vc::Workspace<double> cx(parameters);
  const auto code = cx.make<2>(vc::Shape<2>{{4, 3}});
  for (Index i = 0; i < code.size(); ++i) code.value_view().data[i] = std::sin(1 + 2.5 * double(i));
  const vc::compat::ReluHeads rectified(plain);
  const auto before = plain.head(cx, code), after = rectified.head(cx, code);
  const auto mu = values(after.mu), logvar = values(after.logvar);
  const auto plain_mu = values(before.mu), plain_logvar = values(before.logvar);
  CHECK(*std::min_element(plain_mu.begin(), plain_mu.end()) < 0);
  CHECK(*std::min_element(plain_logvar.begin(), plain_logvar.end()) < 0);
  for (std::size_t i = 0; i < mu.size(); ++i) {
    CHECK(mu[i] == std::max(plain_mu[i], 0.0));
    CHECK(std::abs(logvar[i] - std::max(plain_logvar[i], 0.0)) < 1e-8);
  }
  const vc::compat::ReluHeads off(plain, false);
  CHECK(values(off.head(cx, code).mu) == plain_mu);
  CHECK(values(off.head(cx, code).logvar) == plain_logvar);
}

}  // namespace

TEST_CASE("ReluHeads: neither mu nor logvar is negative, with the same parameters") {
  vc::Layout layout;
  const vc::GaussianHead head(layout, "posterior", {4, 6});
  check_rectified(layout, head);
  check_rectified(layout, vc::AnyPosterior(head));
}

TEST_CASE("ReluHeads: under a mixture prior, too") {
  vc::Layout layout;
  const vc::MixturePriorHead head(layout, "posterior", {4, 6, 2});
  check_rectified(layout, vc::AnyPosterior(head));
}
