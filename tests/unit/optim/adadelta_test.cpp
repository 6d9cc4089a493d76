#include <algorithm>
#include <cstddef>
#include <string>
#include <type_traits>
#include <vector>

#include <doctest/doctest.h>

#include <vaecollapse/core/team.hpp>
#include <vaecollapse/optim/adadelta.hpp>

#include "../../reference/optimisers.hpp"
#include "reference.hpp"

namespace vc = vaecollapse;
namespace reference = vaecollapse::reference;
using vc::test::parameters_of;

static_assert(vc::Optimiser<vc::Adadelta<float>>);
static_assert(vc::Optimiser<vc::Adadelta<double>, double>);
static_assert(std::is_same_v<decltype(vc::Adadelta({.rho = 0.95})), vc::Adadelta<float>>);

namespace {

/// The two running means, by the names under which a checkpoint keeps them.
class State final : public vc::Visitor {
 public:
  std::vector<double> squares, updates;
  void operator()(std::string_view, std::uint64_t&) override {}
  void operator()(std::string_view, double&) override {}
  void operator()(std::string_view, std::span<float>) override {}
  void operator()(std::string_view name, std::span<double> values) override {
    (name == "squares" ? squares : updates).assign(values.begin(), values.end());
  }
};

}  // namespace

TEST_CASE("Adadelta: ten steps and the state after them are PyTorch's") {
  using namespace reference::adadelta;
  const vc::test::StoredSteps stored{size, start, gradients, values};
  const vc::AdadeltaOptions options{.learning_rate = learning_rate, .rho = rho, .epsilon = epsilon};
  vc::Adadelta<double> adadelta(options);
  vc::test::check_stored<double>(adadelta, stored, 1e-15);
  State state;
  adadelta.visit(state);
  vc::test::check_near<double>(state.squares, square_avg, 1e-15);
  vc::test::check_near<double>(state.updates, acc_delta, 1e-15);
}

TEST_CASE("Adadelta: ten steps, clipped and at a learning rate that changes, are PyTorch's") {
  using namespace reference::adadelta_clipped;
  const vc::test::StoredSteps stored{size,           start, gradients, values,
                                     learning_rates, norms, max_norm};
  const vc::AdadeltaOptions options{.learning_rate = learning_rate, .rho = rho, .epsilon = epsilon};
  vc::Adadelta<double> adadelta(options);
  vc::test::check_stored<double>(adadelta, stored, 1e-14);
  vc::Adadelta<float> single(options);
  vc::test::check_stored<float>(single, stored, 1e-6);
}

TEST_CASE("Adadelta: a team does not change a bit") {
  const vc::Index size = 10'000;
  auto alone = parameters_of<float>(size), shared = parameters_of<float>(size);
  vc::Adadelta<float> first, second;
  vc::Team team(3);
  for (int step = 0; step < 3; ++step) {
    for (std::size_t i = 0; i < 10'000; ++i) {
      alone.gradients()[i] = shared.gradients()[i] = static_cast<float>(i % 17) - 7.3f;
    }
    first.step(alone);
    second.step(shared, {.team = &team});
  }
  CHECK(std::equal(alone.values().begin(), alone.values().end(), shared.values().begin()));
  CHECK(alone.values()[0] != 0);
}

TEST_CASE("Adadelta: parameters of another size and options out of range are refused") {
  vc::Adadelta<float> adadelta;
  auto three = parameters_of<float>(3), four = parameters_of<float>(4);
  adadelta.step(three);
  CHECK_THROWS_WITH_AS(adadelta.step(four),
                       "adadelta: its state is for 3 parameters, and there are 4", vc::Error);
  CHECK_THROWS_WITH_AS(vc::Adadelta({.learning_rate = -1}),
                       "adadelta: learning_rate is -1: it must be finite, 0 or more", vc::Error);
  CHECK_THROWS_WITH_AS(vc::Adadelta({.rho = 1}), "adadelta: rho is 1: it must be in [0, 1)",
                       vc::Error);
  CHECK_THROWS_WITH_AS(vc::Adadelta({.epsilon = 0}),
                       "adadelta: epsilon is 0: it must be finite, more than 0", vc::Error);
}
