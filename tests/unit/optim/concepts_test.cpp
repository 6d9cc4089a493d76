#include <cmath>
#include <vector>

#include <doctest/doctest.h>

#include <vaecollapse/core/team.hpp>
#include <vaecollapse/optim/adadelta.hpp>
#include <vaecollapse/optim/adam.hpp>
#include <vaecollapse/optim/adamw.hpp>
#include <vaecollapse/optim/concepts.hpp>
#include <vaecollapse/optim/sgd.hpp>

#include "reference.hpp"

namespace vc = vaecollapse;

namespace {

/// All that the concept asks for, and nothing else.
class Smallest {
 public:
  Smallest() = default;
  Smallest(const Smallest&) = delete;
  Smallest& operator=(const Smallest&) = delete;
  void prepare(const vc::Layout&) {}
  void step(vc::Parameters<float>& parameters, const vc::StepOptions&) {
    parameters.zero_gradients();
  }
  void reset(const vc::ParameterRange&) {}
  void visit(vc::Visitor&) {}
};

struct WithoutPrepare {
  void reset(const vc::ParameterRange&) {}
  void step(vc::Parameters<float>&, const vc::StepOptions&) {}
  void visit(vc::Visitor&) {}
};
struct WithoutStep {
  void reset(const vc::ParameterRange&) {}
  void prepare(const vc::Layout&) {}
  void visit(vc::Visitor&) {}
};
struct WithoutReset {
  void prepare(const vc::Layout&) {}
  void step(vc::Parameters<float>&, const vc::StepOptions&) {}
  void visit(vc::Visitor&) {}
};
struct WithoutVisit {
  void reset(const vc::ParameterRange&) {}
  void prepare(const vc::Layout&) {}
  void step(vc::Parameters<float>&, const vc::StepOptions&) {}
};

static_assert(vc::Optimiser<Smallest>);
static_assert(!vc::Optimiser<Smallest, double>);
static_assert(!vc::Optimiser<WithoutPrepare> && !vc::CanPrepare<WithoutPrepare>);
static_assert(!vc::Optimiser<WithoutStep> && !vc::CanStep<WithoutStep, float>);
static_assert(!vc::Optimiser<WithoutReset> && !vc::CanReset<WithoutReset>);
static_assert(!vc::Optimiser<WithoutVisit> && !vc::Visitable<WithoutVisit>);

/// What a trainer does with an optimiser.
void use(vc::Optimiser auto& optimiser, vc::Parameters<float>& parameters) {
  optimiser.prepare(parameters.layout());
  optimiser.step(parameters, {.learning_rate = 0.1, .gradient_scale = 0.5});
}

/// A step whose learning rate makes no sense, as of a schedule with a fault, changes nothing.
void check_refuses_rates(vc::Optimiser auto optimiser) {
  auto parameters = vc::test::parameters_of<float>(2);
  parameters.values()[0] = 3;
  parameters.gradients()[0] = 1;
  for (const double rate : {-1.0, std::nan(""), HUGE_VAL}) {
    CAPTURE(rate);
    CHECK_THROWS_AS(optimiser.step(parameters, {.learning_rate = rate}), vc::Error);
    CHECK(parameters.values()[0] == 3);
    CHECK(parameters.gradients()[0] == 1);
  }
  CHECK_NOTHROW(optimiser.step(parameters, {.learning_rate = 0.0}));
}

}  // namespace

TEST_CASE("a step with a learning rate that is negative or not finite is refused") {
  check_refuses_rates(vc::Adadelta());
  check_refuses_rates(vc::Adam());
  check_refuses_rates(vc::AdamW());
  check_refuses_rates(vc::Sgd());
  check_refuses_rates(vc::Sgd({.momentum = 0.9}));
  auto parameters = vc::test::parameters_of<float>(2);
  CHECK_THROWS_WITH_AS(vc::AdamW().step(parameters, {.learning_rate = std::nan("")}),
                       "adamw: learning_rate is nan: it must be finite, 0 or more", vc::Error);
}

TEST_CASE("the smallest optimiser can be used") {
  auto parameters = vc::test::parameters_of<float>(2);
  parameters.gradients()[1] = 1;
  Smallest smallest;
  use(smallest, parameters);
  CHECK(parameters.gradients()[1] == 0);
}

TEST_CASE("parameters are split once each, in ranges that begin on tiles") {
  vc::Team team(3);
  for (const vc::Index size : {1, 4095, 4096, 4097, 50'000}) {
    std::vector<int> seen(static_cast<std::size_t>(size));
    vc::detail::split_parameters(&team, size, [&](vc::Index first, vc::Index count) {
      for (vc::Index i = first; i < first + count; ++i) ++seen[static_cast<std::size_t>(i)];
    });
    CHECK(seen == std::vector<int>(seen.size(), 1));
  }
}
