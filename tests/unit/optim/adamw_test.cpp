#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

#include <doctest/doctest.h>

#include <vaecollapse/core/team.hpp>
#include <vaecollapse/optim/adam.hpp>
#include <vaecollapse/optim/adamw.hpp>
#include <vaecollapse/optim/any.hpp>

#include "../../reference/optimisers.hpp"
#include "reference.hpp"

namespace vc = vaecollapse;
namespace reference = vaecollapse::reference;

static_assert(vc::Optimiser<vc::AdamW<float>>);
static_assert(vc::Optimiser<vc::AdamW<double>, double>);
static_assert(std::is_same_v<decltype(vc::AdamW({.weight_decay = 1})), vc::AdamW<float>>);

namespace {

/// Two matrices and two vectors, all of ones.
vc::Layout ones() {
  vc::Layout layout;
  layout.add("encoder.weight", vc::Shape<2>{{5, 7}}, vc::Init::constant(1));
  layout.add("encoder.bias", vc::Shape<1>{{7}}, vc::Init::constant(1));
  layout.add("decoder.weight", vc::Shape<2>{{3, 11}}, vc::Init::constant(1));
  layout.add("decoder.bias", vc::Shape<1>{{11}}, vc::Init::constant(1));
  return layout;
}

/// The common value of an entry's numbers.
double value_of(const vc::Parameters<double>& parameters, const std::string& name) {
  const auto values = parameters.values(*parameters.layout().find(name));
  CHECK(std::all_of(values.begin(), values.end(), [&](double x) { return x == values[0]; }));
  return values[0];
}

/// What a step without gradients leaves of each entry.
std::vector<double> after_a_step(vc::AdamW<double> adamw, const vc::ParameterRange* moving = {}) {
  vc::Parameters<double> parameters(ones(), vc::Seed{1});
  adamw.step(parameters, {.moving = moving});
  std::vector<double> left;
  for (const auto& entry : parameters.layout().entries()) {
    left.push_back(value_of(parameters, entry.name));
  }
  return left;
}

vc::AdamW<double> halving() { return vc::AdamW<double>({.learning_rate = 0.5, .weight_decay = 1}); }

}  // namespace

TEST_CASE("AdamW: ten steps are PyTorch's, to 14 digits in double") {
  using namespace reference::adamw;
  const vc::AdamWOptions options{.learning_rate = learning_rate,
                                 .beta1 = beta1,
                                 .beta2 = beta2,
                                 .epsilon = epsilon,
                                 .weight_decay = weight_decay};
  const vc::test::StoredSteps stored{size, start, gradients, values};
  vc::AdamW<double> adamw(options);
  vc::test::check_stored<double>(adamw, stored, 1e-14);
  vc::AdamW<float> single(options);
  vc::test::check_stored<float>(single, stored, 1e-6);
}

TEST_CASE("AdamW: ten steps, clipped and at a learning rate that changes, are PyTorch's") {
  using namespace reference::adamw_clipped;
  vc::AdamW<double> adamw({.learning_rate = learning_rate,
                           .beta1 = beta1,
                           .beta2 = beta2,
                           .epsilon = epsilon,
                           .weight_decay = weight_decay});
  vc::test::check_stored<double>(
      adamw, {size, start, gradients, values, learning_rates, norms, max_norm}, 1e-14);
}

TEST_CASE("AdamW: without decay it has Adam's bits") {
  auto one = vc::test::parameters_of<float>(100), two = vc::test::parameters_of<float>(100);
  vc::Adam<float> adam;
  vc::AdamW<float> adamw({.weight_decay = 0});
  for (int step = 0; step < 5; ++step) {
    for (std::size_t i = 0; i < 100; ++i) {
      one.gradients()[i] = two.gradients()[i] = std::sin(static_cast<float>(i) + float(step));
    }
    adam.step(one);
    adamw.step(two);
  }
  CHECK(one.values()[1] != 0);
  CHECK(std::equal(one.values().begin(), one.values().end(), two.values().begin()));
}

TEST_CASE("AdamW: a decay for all, for matrices, for ranges; the newest range counts") {
  CHECK(after_a_step(halving()) == std::vector{0.5, 0.5, 0.5, 0.5});
  CHECK(after_a_step(
            vc::AdamW<double>({.learning_rate = 0.5, .weight_decay = 1, .decay_vectors = false})) ==
        std::vector{0.5, 1.0, 0.5, 1.0});
  const vc::Layout layout = ones();
  auto by_range = halving();
  by_range.set_weight_decay(vc::ParameterRange(layout, {"encoder.bias", "decoder.bias"}), 0);
  CHECK(after_a_step(by_range) == std::vector{0.5, 1.0, 0.5, 1.0});
  by_range.set_weight_decay(vc::ParameterRange(layout, {"decoder"}), 0.5);
  CHECK(after_a_step(by_range) == std::vector{0.5, 1.0, 0.75, 0.75});
}

TEST_CASE("AdamW: what is frozen does not decay, and a decay outlives reset") {
  const vc::Layout layout = ones();
  const vc::ParameterRange decoder(layout, {"decoder"});
  CHECK(after_a_step(halving(), &decoder) == std::vector{1.0, 1.0, 0.5, 0.5});
  auto adamw = halving();
  adamw.set_weight_decay(decoder, 0);
  adamw.prepare(layout);
  adamw.reset(decoder);
  CHECK(after_a_step(adamw) == std::vector{0.5, 0.5, 1.0, 1.0});
}

TEST_CASE("AdamW: neither the norm nor the gradient's scale touches the decay") {
  vc::Parameters<double> parameters(ones(), vc::Seed{1});
  auto adamw = halving();
  CHECK(vc::clip_by_norm(parameters, 1e-3).norm == 0);
  adamw.step(parameters, {.gradient_scale = 0.125});
  CHECK(value_of(parameters, "encoder.weight") == 0.5);
}

TEST_CASE("AdamW: a team does not change a bit, with several decays") {
  vc::Layout layout;
  for (const char* name : {"a", "b", "c"}) {
    layout.add(name, vc::Shape<1>{{9'001}}, vc::Init::uniform(1));
  }
  const auto trained = [&](vc::Team* team) {
    vc::Parameters<float> parameters(layout, vc::Seed{2});
    vc::AdamW<float> adamw({.weight_decay = 0.1});
    adamw.set_weight_decay(vc::ParameterRange(layout, {"b"}), 0.7);
    for (int step = 0; step < 3; ++step) {
      for (std::size_t i = 0; i < parameters.gradients().size(); ++i) {
        parameters.gradients()[i] = static_cast<float>(i % 17) - 7.3f;
      }
      adamw.step(parameters, {.team = team});
    }
    return std::vector<float>(parameters.values().begin(), parameters.values().end());
  };
  const std::vector<float> alone = trained(nullptr);
  for (const int threads : {2, 3}) {
    vc::Team team(threads);
    CHECK(trained(&team) == alone);
  }
}

TEST_CASE("AdamW: options, decays and ranges that do not fit are refused") {
  CHECK_THROWS_WITH_AS(vc::AdamW({.beta1 = 1}), "adamw: beta1 is 1: it must be in [0, 1)",
                       vc::Error);
  CHECK_THROWS_WITH_AS(vc::AdamW({.weight_decay = -1}),
                       "adamw: weight_decay is -1: it must be finite, 0 or more", vc::Error);
  vc::AdamW adamw;
  const vc::ParameterRange decoder(ones(), {"decoder"});
  CHECK_THROWS_WITH_AS(adamw.set_weight_decay(decoder, std::numeric_limits<double>::infinity()),
                       "adamw: weight_decay is inf: it must be finite, 0 or more", vc::Error);
  adamw.set_weight_decay(decoder, 0);
  auto other = vc::test::parameters_of<float>(3);
  other.gradients()[0] = 1;
  CHECK_THROWS_WITH_AS(
      adamw.step(other),
      "adamw: weight decay: the range is of another layout, of 4 parameters: here there are 1",
      vc::Error);
  CHECK(other.values()[0] == 0);
  CHECK(adamw.steps() == 0);
}
