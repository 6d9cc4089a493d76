// An erased optimiser makes the same steps, and shows the same state.
#include <algorithm>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include <vaecollapse/optim/adadelta.hpp>
#include <vaecollapse/optim/adam.hpp>
#include <vaecollapse/optim/adamw.hpp>
#include <vaecollapse/optim/any.hpp>
#include <vaecollapse/optim/sgd.hpp>

#include "reference.hpp"

namespace vc = vaecollapse;
using vc::test::parameters_of;

static_assert(vc::Optimiser<vc::AnyOptimiser<>> && vc::Optimiser<vc::AnyOptimiser<double>, double>);

namespace {

/// The names and sizes that a checkpoint would keep.
class Names final : public vc::Visitor {
 public:
  std::vector<std::string> seen;
  void operator()(std::string_view name, std::uint64_t&) override { seen.emplace_back(name); }
  void operator()(std::string_view name, double&) override { seen.emplace_back(name); }
  void operator()(std::string_view name, std::span<float> values) override {
    seen.push_back(std::string(name) + " " + std::to_string(values.size()));
  }
  void operator()(std::string_view name, std::span<double>) override { seen.emplace_back(name); }
};

template <class Optimiser>
std::vector<std::string> names(Optimiser& optimiser) {
  Names visitor;
  optimiser.visit(visitor);
  return visitor.seen;
}

}  // namespace

TEST_CASE_TEMPLATE("AnyOptimiser: the same steps and state as what it holds", Optimiser,
                   vc::Adam<float>, vc::AdamW<float>, vc::Sgd<float>, vc::Adadelta<float>) {
  auto direct_parameters = parameters_of<float>(5), erased_parameters = parameters_of<float>(5);
  Optimiser direct;
  vc::AnyOptimiser<float> erased{Optimiser()};
  direct.prepare(direct_parameters.layout());
  erased.prepare(erased_parameters.layout());
  CHECK(names(direct) == names(erased));
  for (int step = 0; step < 3; ++step) {
    for (std::size_t i = 0; i < 5; ++i) {
      direct_parameters.gradients()[i] = erased_parameters.gradients()[i] =
          static_cast<float>(i) - 2.5f;
    }
    direct.step(direct_parameters, {.learning_rate = 0.5});
    erased.step(erased_parameters, {.learning_rate = 0.5});
  }
  CHECK(direct_parameters.values()[0] != 0);
  CHECK(std::equal(direct_parameters.values().begin(), direct_parameters.values().end(),
                   erased_parameters.values().begin()));
}

TEST_CASE("AnyOptimiser: copies step on their own") {
  auto one_parameters = parameters_of<float>(5), two_parameters = parameters_of<float>(5);
  vc::AnyOptimiser<float> one{vc::Sgd({.momentum = 0.5})};
  const auto step = [](vc::AnyOptimiser<float>& optimiser, vc::Parameters<float>& parameters) {
    const float before = parameters.values()[0];
    parameters.gradients()[0] = 1;
    optimiser.step(parameters, {.learning_rate = 1});
    return parameters.values()[0] - before;
  };
  CHECK(step(one, one_parameters) == -1.0f);
  vc::AnyOptimiser<float> two = one;
  CHECK(step(one, one_parameters) == -1.5f);
  CHECK(step(one, one_parameters) == -1.75f);
  CHECK(step(two, two_parameters) == -1.5f);
}
