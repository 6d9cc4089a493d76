// Directions and the von Mises-Fisher posterior against central differences.
#include <cstdint>
#include <vector>

#include <doctest/doctest.h>

#include <vaecollapse/autodiff/ops/von_mises_fisher.hpp>
#include <vaecollapse/autodiff/workspace.hpp>
#include <vaecollapse/latent/von_mises_fisher.hpp>

#include "support.hpp"

using namespace gradcheck_test;

namespace {

constexpr Index batch = 4;

/// Fixed coordinates, and noise of which nothing is parallel to the means that `check` begins with:
/// the gradient of a sample leaves out what parallel noise would add, whose mean is zero.
struct Sphere {
  std::vector<double> along{0.9, -0.3, 0.2, 0.6},
      across{0.43588989435406736, 0.95393920141694568, 0.97979589711327120, 0.8};
  std::vector<double> noise;

  /// \param mean gives the means of a context
  template <class Mean>
  Sphere(const vc::Layout& layout, Index latent, Mean&& mean)
      : noise(static_cast<std::size_t>(latent * batch)) {
    const vc::Parameters<double> parameters(layout, vc::Seed{11});
    vc::Workspace<double> workspace(parameters);
    const std::vector<std::uint32_t> rows{0, 1, 2, 3};
    const vc::View<double> free(noise.data(), latent, batch);
    vc::fill_normal(vc::Draws(5, 1), vc::Stream::user, std::span<const std::uint32_t>(rows), 0,
                    free);
    const auto mu = mean(workspace);
    for (Index b = 0; b < batch; ++b) {
      double parallel = 0;
      for (Index d = 0; d < latent; ++d) parallel += mu.view()(d, b) * free(d, b);
      for (Index d = 0; d < latent; ++d) free(d, b) -= parallel * mu.view()(d, b);
    }
  }

  vc::Var<double, 2> sample(Tape& t, const vc::Var<double, 2>& mu) const {
    return vc::von_mises_fisher_sample(t, mu, {along.data(), across.data()},
                                       {noise.data(), mu.rows(), batch});
  }
};

}  // namespace

TEST_CASE("gradcheck: direction") {
  for (const Index latent : {1, 2, 5}) {
    vc::Layout layout;
    const auto x = matrix(layout, "x", latent, 10);
    check(layout, [&](Tape& t) { return vc::direction(t, t.parameter(x)); });
  }
}

TEST_CASE("gradcheck: von Mises-Fisher sample, as z turns with the mean direction") {
  for (const Index latent : {2, 3, 4, 7}) {
    vc::Layout layout;
    const auto x = matrix(layout, "x", latent, batch);
    const Sphere sphere(layout, latent,
                        [&](auto& cx) { return vc::direction(cx, cx.parameter(x)); });
    CAPTURE(latent);
    vc::Parameters<double> parameters(layout, vc::Seed{11});
    const auto result = vc::gradcheck(
        parameters, [&](Tape& t) { return sphere.sample(t, vc::direction(t, t.parameter(x))); });
    INFO(result.message());
    CHECK(result.error < tolerance);
    CHECK(result.checked == latent * batch);
  }
}

TEST_CASE("gradcheck: von Mises-Fisher log density, in the mean direction and z") {
  vc::Layout layout;
  const auto mu = matrix(layout, "mu", 3, 5), z = matrix(layout, "z", 3, 5);
  check(layout, [&](Tape& t) {
    return vc::von_mises_fisher_log_density(t, t.parameter(mu), t.parameter(z), 2.5, -0.75);
  });
}

TEST_CASE("gradcheck: a von Mises-Fisher head, through the sample into its density") {
  vc::Layout layout;
  const vc::VonMisesFisherHead head(layout, "posterior", {3, 5, 4.0});
  const auto code = matrix(layout, "code", 3, batch), other = matrix(layout, "other", 3, batch);
  const auto mean = [&](auto& cx) { return head.head(cx, cx.parameter(code)).mu; };
  const Sphere sphere(layout, 5, mean);
  check(layout, [&](Tape& t) {
    const auto z = sphere.sample(t, mean(t));
    return head.log_density(t, head.head(t, t.parameter(other)), z);
  });
}
