// The probe of posteriors.
#include <algorithm>
#include <cstdint>
#include <string>
#include <type_traits>
#include <vector>

#include <doctest/doctest.h>

#include <vaecollapse/evaluate/prober.hpp>
#include <vaecollapse/evaluate/probing.hpp>
#include <vaecollapse/tasks/reinflection/network.hpp>

#include "support/tiny_corpus.hpp"

using namespace vaecollapse;
using vaecollapse_test::TinyTask;

// It keeps references.
static_assert(!std::is_constructible_v<Probing<reinflection::Network>, reinflection::Network,
                                       Parameters<float>&, Team&>);

namespace {

struct Bench {
  TinyTask task;
  Parameters<float> parameters{task.layout, Seed{3}};
  Team team;

  PosteriorProbe probe(std::uint32_t steps, std::uint32_t samples = 4) {
    Probing probing(task.network, parameters, team);
    const std::vector<Row> rows{0, 1, 2, 3, 4, 5, 6, 7};
    const Batch batch(task.corpus, rows);
    return probe_posteriors(probing, batch, {.steps = steps, .samples = samples});
  }
};

}  // namespace

TEST_CASE("the probe leaves the network as it is, and finds posteriors that are no worse") {
  Bench bench;
  const std::vector<float> before(bench.parameters.values().begin(),
                                  bench.parameters.values().end());
  CHECK(bench.probe(0).gap == 0);
  const PosteriorProbe found = bench.probe(30);
  CHECK(found.gap > -0.01);
  CHECK(found.nll_gradient > 0);
  CHECK(found.kl_gradient > 0);
  CHECK(found.gradient_ratio() == *found.nll_gradient / *found.kl_gradient);
  CHECK(!PosteriorProbe{}.gradient_ratio());
  CHECK(std::equal(before.begin(), before.end(), bench.parameters.values().begin()));
  for (const float gradient : bench.parameters.gradients()) REQUIRE(gradient == 0);
}

TEST_CASE("the prober: no samples, and more than draws tell apart, are refused") {
  Bench bench;
  for (const std::uint32_t samples : {0u, 8192u}) {
    CHECK_THROWS_WITH_AS(bench.probe(1, samples),
                         ("probe_posteriors: samples are " + std::to_string(samples) +
                          ": there must be 1 at least and 8191 at most")
                             .c_str(),
                         Error);
  }
  CHECK_THROWS_WITH_AS(bench.probe((1u << 30) - 1, 1),
                       "probe_posteriors: steps are 1073741823: there can be 1073741822 at most",
                       Error);
  CHECK_NOTHROW(detail::require_probe({.steps = 1, .samples = 8191}));
}
