#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string_view>
#include <type_traits>
#include <vector>

#include <doctest/doctest.h>

#include <vaecollapse/core/team.hpp>
#include <vaecollapse/optim/adam.hpp>

#include "../../reference/optimisers.hpp"
#include "reference.hpp"

namespace vc = vaecollapse;
namespace reference = vaecollapse::reference;
using vc::test::parameters_of;

namespace {

/// The buffers that an optimiser shows.
template <class Scalar>
struct Shown final : vc::Visitor {
  std::uint64_t steps = 0;
  std::vector<Scalar> first, second;
  void operator()(std::string_view, std::uint64_t& value) override { steps = value; }
  void operator()(std::string_view, double&) override {}
  void operator()(std::string_view name, std::span<float> values) override { take(name, values); }
  void operator()(std::string_view name, std::span<double> values) override { take(name, values); }

 private:
  template <class T>
  void take(std::string_view name, std::span<T> values) {
    if constexpr (std::is_same_v<T, Scalar>) {
      if (name == "first_moment") first.assign(values.begin(), values.end());
      if (name == "second_moment") second.assign(values.begin(), values.end());
    }
  }
};

/// Values after some steps with gradients that change.
template <class Scalar>
std::vector<Scalar> trained(vc::Adam<Scalar>& adam, vc::Parameters<Scalar>& parameters, int steps,
                            vc::Team* team = nullptr) {
  for (int step = 0; step < steps; ++step) {
    double next = static_cast<double>(adam.steps());
    for (Scalar& gradient : parameters.gradients()) {
      gradient = static_cast<Scalar>(std::sin(next += 1.7));
    }
    adam.step(parameters, {.team = team});
  }
  return {parameters.values().begin(), parameters.values().end()};
}

}  // namespace

static_assert(vc::Optimiser<vc::Adam<float>>);
static_assert(vc::Optimiser<vc::Adam<double>, double>);
static_assert(std::is_same_v<decltype(vc::Adam({.learning_rate = 1})), vc::Adam<float>>);
static_assert(std::is_same_v<decltype(vc::Adam()), vc::Adam<float>>);

TEST_CASE("ten steps are PyTorch's, to 14 digits in double") {
  using namespace reference::adam;
  vc::Adam<double> adam(
      {.learning_rate = learning_rate, .beta1 = beta1, .beta2 = beta2, .epsilon = epsilon});
  vc::test::check_stored<double>(adam, {size, start, gradients, values}, 1e-14);
  Shown<double> shown;
  adam.visit(shown);
  CHECK(shown.steps == steps);
  vc::test::check_near<double>(shown.first, exp_avg, 1e-14);
  vc::test::check_near<double>(shown.second, exp_avg_sq, 1e-14);
}

TEST_CASE("and with a clipped gradient and a learning rate that changes") {
  using namespace reference::adam_clipped;
  vc::Adam<double> adam(
      {.learning_rate = learning_rate, .beta1 = beta1, .beta2 = beta2, .epsilon = epsilon});
  vc::test::check_stored<double>(
      adam, {size, start, gradients, values, learning_rates, norms, max_norm}, 1e-14);
  Shown<double> shown;
  adam.visit(shown);
  vc::test::check_near<double>(shown.first, exp_avg, 1e-14);
  vc::test::check_near<double>(shown.second, exp_avg_sq, 1e-14);
}

TEST_CASE("in float they are PyTorch's to a few roundings a step") {
  using namespace reference::adam;
  vc::Adam<float> adam({.learning_rate = learning_rate});
  vc::test::check_stored<float>(adam, {size, start, gradients, values}, 1e-6);
}

TEST_CASE("a team does not change a bit") {
  const vc::Index size = 10'000;
  auto alone = parameters_of<float>(size), shared = parameters_of<float>(size);
  vc::Adam<float> first, second;
  vc::Team team(3);
  CHECK(trained(first, alone, 3) == trained(second, shared, 3, &team));
}

TEST_CASE("the first step has the length of the learning rate, whatever the gradient's") {
  for (const float gradient : {1e-3f, 1.0f, 1e6f}) {
    auto parameters = parameters_of<float>(1);
    vc::Adam adam({.learning_rate = 0.25});
    parameters.gradients()[0] = gradient;
    adam.step(parameters);
    CHECK(parameters.values()[0] == doctest::Approx(-0.25).epsilon(1e-4));
  }
}

TEST_CASE("without a gradient nothing moves") {
  auto parameters = parameters_of<float>(3);
  vc::Adam adam;
  adam.step(parameters);
  for (const float value : parameters.values()) CHECK(value == 0);
}

TEST_CASE("state that was shown and put back goes on with the same bits") {
  /// Copies all that it is shown into another optimiser's buffers, which are shown in the same
  /// order.
  struct Copier final : vc::Visitor {
    std::vector<std::uint64_t> counts;
    std::vector<std::vector<float>> buffers;
    bool writing = false;
    std::size_t place = 0;
    void operator()(std::string_view, std::uint64_t& value) override {
      writing ? void(value = counts.at(0)) : counts.push_back(value);
    }
    void operator()(std::string_view, double&) override {}
    void operator()(std::string_view, std::span<float> values) override {
      if (!writing) return buffers.emplace_back(values.begin(), values.end()), void();
      REQUIRE(buffers.at(place).size() == values.size());
      std::copy(buffers[place].begin(), buffers[place].end(), values.begin());
      ++place;
    }
    void operator()(std::string_view, std::span<double>) override {}
  } copier;

  auto straight = parameters_of<float>(21);
  vc::Adam<float> adam;
  trained(adam, straight, 4);
  auto resumed = straight;
  adam.visit(copier);
  copier.writing = true;
  vc::Adam<float> other;
  other.prepare(resumed.layout());
  other.visit(copier);
  CHECK(trained(adam, straight, 4) == trained(other, resumed, 4));
}

TEST_CASE("parameters of another size are refused") {
  vc::Adam<float> adam;
  auto three = parameters_of<float>(3), four = parameters_of<float>(4);
  adam.step(three);
  CHECK_THROWS_WITH_AS(adam.step(four), "adam: its state is for 3 parameters, and there are 4",
                       vc::Error);
  CHECK(adam.steps() == 1);
}

TEST_CASE("options out of range are refused") {
  CHECK_THROWS_WITH_AS(vc::Adam({.learning_rate = -1e-3}),
                       "adam: learning_rate is -0.001: it must be finite, 0 or more", vc::Error);
  CHECK_THROWS_WITH_AS(vc::Adam({.learning_rate = std::numeric_limits<double>::quiet_NaN()}),
                       "adam: learning_rate is nan: it must be finite, 0 or more", vc::Error);
  CHECK_THROWS_WITH_AS(vc::Adam({.beta1 = 1}), "adam: beta1 is 1: it must be in [0, 1)", vc::Error);
  CHECK_THROWS_WITH_AS(vc::Adam({.beta2 = -0.5}), "adam: beta2 is -0.5: it must be in [0, 1)",
                       vc::Error);
  CHECK_THROWS_WITH_AS(vc::Adam({.epsilon = -1}),
                       "adam: epsilon is -1: it must be finite, 0 or more", vc::Error);
}
