#include "kit/posteriors.hpp"

#include <doctest/doctest.h>

#include <vaecollapse/core/check.hpp>
#include <vaecollapse/latent/any.hpp>

using namespace kit;

TEST_CASE("--posterior: a Gaussian is made with its prior") {
  const PosteriorChoice choice = parse_posterior("gaussian");
  CHECK(choice.text == "gaussian");
  CHECK(choice.family.is_gaussian);
  CHECK_FALSE(choice.family.fixed_rate);
  CHECK(help(posterior_methods()).find("  gaussian: ") != std::string::npos);
  for (const std::uint64_t components : {0u, 3u}) {
    vaecollapse::Layout layout;
    const auto posterior = choice.family.make(layout, "posterior", {4, 2, components});
    CHECK(posterior.latent() == 2);
    CHECK(layout.find("posterior.mu.weight") != nullptr);
    CHECK((layout.find("prior.means") != nullptr) == (components > 0));
  }
}

TEST_CASE("--posterior: sizes are tried, and a Gaussian's rate is chosen by the objective") {
  const PosteriorChoice choice = parse_posterior("gaussian");
  CHECK_NOTHROW(try_sizes(choice.family, {4, 2}));
  CHECK_THROWS_AS(try_sizes(choice.family, {4, 1 << 24}), vaecollapse::Error);
  CHECK(posterior_notes(choice, 2, "free_bits(groups=1,rate=3)").empty());
}
