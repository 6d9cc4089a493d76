// Running statistics are parameters that only their own step moves.
#include <limits>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include <vaecollapse/core/layout.hpp>
#include <vaecollapse/core/parameters.hpp>
#include <vaecollapse/core/statistics.hpp>
#include <vaecollapse/optim/adadelta.hpp>
#include <vaecollapse/optim/adam.hpp>
#include <vaecollapse/optim/adamw.hpp>
#include <vaecollapse/optim/clip.hpp>
#include <vaecollapse/optim/sgd.hpp>

namespace vc = vaecollapse;

namespace {

/// Two weights, between them a running mean and a running variance of two numbers each.
vc::Layout layout_with_statistics() {
  vc::Layout layout;
  layout.add("a", vc::Shape<1>{{3}}, vc::Init::uniform(1));
  layout.add_statistic("norm.mean", vc::Shape<1>{{2}}, 0);
  layout.add_statistic("norm.variance", vc::Shape<1>{{2}}, 1, 0.25);
  layout.add("b", vc::Shape<1>{{3}}, vc::Init::uniform(1));
  return layout;
}

template <class Scalar>
std::vector<Scalar> values(const vc::Parameters<Scalar>& parameters, const char* name) {
  const auto found = parameters.values(*parameters.layout().find(name));
  return {found.begin(), found.end()};
}

using Numbers = std::vector<float>;

}  // namespace

TEST_CASE("statistics begin where they are declared to") {
  const vc::Parameters<float> parameters(layout_with_statistics(), vc::Seed{1});
  CHECK(values(parameters, "norm.mean") == Numbers{0, 0});
  CHECK(values(parameters, "norm.variance") == Numbers{1, 1});
  CHECK(values(parameters, "a")[0] != 0);
  const vc::Parameters<double> wider(parameters);
  CHECK(values(wider, "norm.variance") == std::vector<double>{1, 1});
  const vc::Layout& layout = wider.layout();
  const auto variance = layout.find("norm.variance") - layout.entries().data();
  CHECK(layout.momentum(static_cast<std::size_t>(variance)) == 0.25);
  CHECK(!layout.momentum(0));
  const vc::Parameters<float> copy = parameters;
  CHECK(values(copy, "norm.variance") == Numbers{1, 1});
}

TEST_CASE("layouts with statistics draw the same weights as those without") {
  vc::Layout with, without;
  without.add("a", vc::Shape<1>{{3}}, vc::Init::uniform(1));
  with.add("a", vc::Shape<1>{{3}}, vc::Init::uniform(1));
  with.add_statistic("mean", vc::Shape<1>{{2}}, 0);
  CHECK(values(vc::Parameters<float>(with, vc::Seed{5}), "a") ==
        values(vc::Parameters<float>(without, vc::Seed{5}), "a"));
}

TEST_CASE("update_statistics moves statistics by their momentum, and nothing else") {
  vc::Parameters<float> parameters(layout_with_statistics(), vc::Seed{1});
  const Numbers a = values(parameters, "a");
  for (float& gradient : parameters.gradients()) gradient = 2;
  vc::update_statistics(parameters);
  CHECK(values(parameters, "norm.mean") == Numbers{-0.2f, -0.2f});
  CHECK(values(parameters, "norm.variance") == Numbers{0.5, 0.5});
  CHECK(values(parameters, "a") == a);
  const std::span<const float> gradients = std::as_const(parameters).gradients();
  CHECK(Numbers(gradients.begin(), gradients.end()) == Numbers{2, 2, 2, 0, 0, 0, 0, 2, 2, 2});
}

TEST_CASE("parameters without statistics are not written, so that nothing is packed anew") {
  vc::Layout layout;
  layout.add("a", vc::Shape<1>{{3}}, vc::Init::uniform(1));
  vc::Parameters<float> parameters(layout, vc::Seed{1});
  const auto version = parameters.version();
  vc::update_statistics(parameters);
  CHECK(parameters.version() == version);
}

TEST_CASE_TEMPLATE("an optimiser neither steps statistics nor takes their gradients", Optimiser,
                   vc::Adam<float>, vc::AdamW<float>, vc::Sgd<float>, vc::Adadelta<float>) {
  vc::Parameters<float> parameters(layout_with_statistics(), vc::Seed{1});
  const Numbers a = values(parameters, "a");
  for (float& gradient : parameters.gradients()) gradient = 2;
  Optimiser optimiser;
  optimiser.step(parameters);
  CHECK(values(parameters, "norm.mean") == Numbers{0, 0});
  CHECK(values(parameters, "norm.variance") == Numbers{1, 1});
  CHECK(values(parameters, "a") != a);
  const std::span<const float> gradients = std::as_const(parameters).gradients();
  CHECK(Numbers(gradients.begin(), gradients.end()) == Numbers{0, 0, 0, 2, 2, 2, 2, 0, 0, 0});
}

TEST_CASE("clip_by_norm: the norm leaves out the gradients of statistics") {
  vc::Parameters<float> parameters(layout_with_statistics(), vc::Seed{1});
  for (float& gradient : parameters.gradients()) gradient = 100;
  for (const std::size_t i : {0u, 1u, 2u, 7u, 8u, 9u}) parameters.gradients()[i] = 2;
  CHECK(vc::clip_by_norm(parameters, 1).norm * vc::clip_by_norm(parameters, 1).norm ==
        doctest::Approx(24));
}

TEST_CASE("a momentum out of range is refused") {
  vc::Layout layout;
  for (const double momentum : {0.0, -0.1, 1.5, std::numeric_limits<double>::quiet_NaN()}) {
    CHECK_THROWS_WITH_AS(layout.add_statistic("mean", vc::Shape<1>{{2}}, 0, momentum),
                         ("layout: the momentum of 'mean' is " + std::to_string(momentum) +
                          ": it must be more than 0 and at most 1")
                             .c_str(),
                         vc::Error);
  }
  CHECK(layout.size() == 0);
  CHECK(layout.trained().empty());
}
