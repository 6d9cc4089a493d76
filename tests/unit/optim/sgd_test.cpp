#include <algorithm>
#include <cstddef>
#include <type_traits>

#include <doctest/doctest.h>

#include <vaecollapse/core/team.hpp>
#include <vaecollapse/optim/sgd.hpp>

#include "../../reference/optimisers.hpp"
#include "reference.hpp"

namespace vc = vaecollapse;
namespace reference = vaecollapse::reference;
using vc::test::parameters_of;

static_assert(vc::Optimiser<vc::Sgd<float>>);
static_assert(vc::Optimiser<vc::Sgd<double>, double>);
static_assert(std::is_same_v<decltype(vc::Sgd({.momentum = 0.5})), vc::Sgd<float>>);

TEST_CASE("ten plain steps are PyTorch's") {
  using namespace reference::sgd;
  vc::Sgd<double> sgd({.learning_rate = learning_rate});
  vc::test::check_stored<double>(sgd, {size, start, gradients, values}, 1e-15);
}

TEST_CASE("ten steps with momentum, clipping and a learning rate that changes are PyTorch's") {
  using namespace reference::sgd_momentum;
  const vc::test::StoredSteps stored{size,           start, gradients, values,
                                     learning_rates, norms, max_norm};
  vc::Sgd<double> sgd({.learning_rate = learning_rate, .momentum = momentum});
  vc::test::check_stored<double>(sgd, stored, 1e-14);
  vc::Sgd<float> single({.learning_rate = learning_rate, .momentum = momentum});
  vc::test::check_stored<float>(single, stored, 1e-6);
}

TEST_CASE("ten steps with Nesterov's momentum are PyTorch's") {
  using namespace reference::sgd_nesterov;
  const vc::test::StoredSteps stored{size,           start, gradients, values,
                                     learning_rates, norms, max_norm};
  const vc::SgdOptions options{
      .learning_rate = learning_rate, .momentum = momentum, .nesterov = true};
  vc::Sgd<double> sgd(options);
  vc::test::check_stored<double>(sgd, stored, 1e-14);
  vc::Sgd<float> single(options);
  vc::test::check_stored<float>(single, stored, 1e-6);
}

TEST_CASE("a plain step takes the gradient's scale") {
  auto parameters = parameters_of<double>(1);
  parameters.gradients()[0] = 8;
  vc::Sgd<double> sgd({.learning_rate = 0.5});
  sgd.step(parameters, {.gradient_scale = 0.25});
  CHECK(parameters.values()[0] == -1);
  CHECK(parameters.gradients()[0] == 0);
}

TEST_CASE("a team does not change a bit") {
  const vc::Index size = 10'000;
  auto alone = parameters_of<float>(size), shared = parameters_of<float>(size);
  vc::Sgd<float> first({.momentum = 0.9}), second({.momentum = 0.9});
  vc::Team team(3);
  for (int step = 0; step < 3; ++step) {
    for (std::size_t i = 0; i < 10'000; ++i) {
      alone.gradients()[i] = shared.gradients()[i] = static_cast<float>(i % 17) - 7.3f;
    }
    first.step(alone);
    second.step(shared, {.team = &team});
  }
  CHECK(std::equal(alone.values().begin(), alone.values().end(), shared.values().begin()));
}

TEST_CASE("parameters of another size and options out of range are refused") {
  vc::Sgd<float> sgd({.momentum = 0.9});
  auto three = parameters_of<float>(3), four = parameters_of<float>(4);
  sgd.step(three);
  CHECK_THROWS_WITH_AS(sgd.step(four), "sgd: its state is for 3 parameters, and there are 4",
                       vc::Error);
  CHECK_THROWS_WITH_AS(vc::Sgd({.learning_rate = -1}),
                       "sgd: learning_rate is -1: it must be finite, 0 or more", vc::Error);
  CHECK_THROWS_WITH_AS(vc::Sgd({.momentum = 1}), "sgd: momentum is 1: it must be in [0, 1)",
                       vc::Error);
  CHECK_THROWS_WITH_AS(vc::Sgd({.nesterov = true}),
                       "sgd: momentum is 0: it must be more than 0 for nesterov", vc::Error);
}
