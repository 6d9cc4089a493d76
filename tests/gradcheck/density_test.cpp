// Log densities of posteriors and priors against central differences, in what they are taken of and
// in z.
#include <cstdint>
#include <vector>

#include <doctest/doctest.h>

#include <vaecollapse/autodiff/ops/gaussian_density.hpp>
#include <vaecollapse/latent/any.hpp>
#include <vaecollapse/latent/gaussian.hpp>
#include <vaecollapse/latent/mixture_prior.hpp>

#include "support.hpp"

using namespace gradcheck_test;

TEST_CASE("gradcheck: Gaussian log density, in all three") {
  vc::Layout layout;
  const auto mu = matrix(layout, "mu", 3, 5), logvar = matrix(layout, "logvar", 3, 5);
  const auto z = matrix(layout, "z", 3, 5);
  check(layout, [&](Tape& t) {
    return vc::gaussian_log_density(t, t.parameter(mu), t.parameter(logvar), t.parameter(z));
  });
}

TEST_CASE("gradcheck: standard normal log density") {
  vc::Layout layout;
  const auto z = matrix(layout, "z", 3, 5);
  check(layout, [&](Tape& t) { return vc::standard_normal_log_density(t, t.parameter(z)); });
}

TEST_CASE("gradcheck: mixture log density, in z and all parameters") {
  vc::Layout layout;
  const auto z = matrix(layout, "z", 3, 5), means = matrix(layout, "means", 3, 4);
  const auto logvars = matrix(layout, "logvars", 3, 4);
  const auto logits = vector(layout, "logits", 4);
  check(layout, [&](Tape& t) {
    return vc::mixture_log_density(t, t.parameter(z),
                                   {t.parameter(means), t.parameter(logvars), t.parameter(logits)});
  });
}

TEST_CASE("gradcheck: log q and log p of a sample, through heads, erased or not") {
  vc::Layout layout;
  const vc::MixturePriorHead head(layout, "posterior", {4, 3, 2});
  const vc::AnyPosterior any(head);
  const auto code = matrix(layout, "code", 4, 5);
  const std::vector<std::uint32_t> rows{0, 1, 2, 3, 4};
  const auto check_family = [&](const auto& family) {
    check(layout, [&](Tape& t) {
      const auto q = family.head(t, t.parameter(code));
      return family.log_density(t, q, family.sample(t, q, vc::Draws(7, 1), rows));
    });
    check(layout, [&](Tape& t) {
      const auto q = family.head(t, t.parameter(code));
      return family.log_prior(t, family.sample(t, q, vc::Draws(7, 1), rows));
    });
  };
  check_family(head);
  check_family(any);
}
