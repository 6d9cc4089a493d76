// Backward: what has run is not run again, and a loss must be the tape's own.
#include <algorithm>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include <vaecollapse/autodiff/eigen.hpp>
#include <vaecollapse/autodiff/ops/activation.hpp>
#include <vaecollapse/autodiff/ops/arithmetic.hpp>
#include <vaecollapse/autodiff/tape.hpp>
#include <vaecollapse/autodiff/workspace.hpp>

#include "tape_support.hpp"

namespace vc = vaecollapse;
using namespace tape_test;

namespace {

/// How an error of a second backward pass goes on after the numbers of nodes.
const std::string run_once =
    " nodes have run backward already, and a node runs once: write `const vc::Scope scope(tape);` "
    "as the first line inside the loop, so that each step begins with an empty tape; where one "
    "step has several losses, add them and call backward once";

}  // namespace

TEST_CASE("Tape: backward over what has run is an error, and adds nothing to any gradient") {
  Model model;
  Tape tape(model.parameters);
  const vc::Scope scope(tape);
  const auto loss = total(tape, forward(tape, model));
  tape.backward(loss);
  const auto found = model.parameters.gradients();
  const std::vector<double> once(found.begin(), found.end());
  const std::string text = "backward: 3 of the tape's 3" + run_once;
  CHECK_THROWS_WITH_AS(tape.backward(loss), text.c_str(), vc::Error);
  CHECK_THROWS_WITH_AS(tape.run_backward(), text.c_str(), vc::Error);
  CHECK(std::equal(once.begin(), once.end(), found.begin()));
}

TEST_CASE("Tape: a loop without a Scope is an error in its second round") {
  Model model;
  Tape tape(model.parameters);
  tape.backward(total(tape, forward(tape, model)));
  const auto second = total(tape, forward(tape, model));
  CHECK_THROWS_WITH_AS(tape.backward(second), ("backward: 3 of the tape's 6" + run_once).c_str(),
                       vc::Error);
  CHECK(*second.gradient_data() == 0);
  // A scope is no help while there are nodes outside that have run.
  const vc::Scope scope(tape);
  CHECK_THROWS_AS(tape.backward(total(tape, forward(tape, model))), vc::Error);
}

TEST_CASE("Tape: two losses of one scope are added, or refused") {
  Model model;
  Tape tape(model.parameters);
  const auto found = model.parameters.gradients();
  std::vector<double> added;
  {
    const vc::Scope scope(tape);
    const auto y = forward(tape, model);
    tape.backward(vc::add(tape, total(tape, y), total(tape, vc::tanh(tape, y))));
    added.assign(found.begin(), found.end());
  }
  model.parameters.zero_gradients();
  const vc::Scope scope(tape);
  const auto y = forward(tape, model);
  const auto one = total(tape, y), two = total(tape, vc::tanh(tape, y));
  tape.backward(one);
  CHECK_THROWS_AS(tape.backward(two), vc::Error);
  CHECK(!std::equal(added.begin(), added.end(), found.begin()));
}

TEST_CASE("Tape: scopes inside one that has leaves but no nodes run backward one after the other") {
  Model model;
  Tape tape(model.parameters);
  const vc::Scope outer(tape);
  const auto x = tape.variable(counting(2, 4));
  for (int round = 1; round <= 3; ++round) {
    const vc::Scope inner(tape);
    tape.backward(total(tape, vc::tanh(tape, vc::add(tape, x, x))));
    const vc::Scope innermost(tape);
    CHECK_THROWS_AS(tape.run_backward(), vc::Error);
  }
  const double slope = 1 - std::tanh(2.0) * std::tanh(2.0);
  CHECK(x.gradient_data()[0] == doctest::Approx(3 * 2 * slope));
  tape.backward(total(tape, x));  // of the outer scope nothing had run
  CHECK(x.gradient_data()[0] == doctest::Approx(3 * 2 * slope + 1));
}

TEST_CASE("Tape: nodes of an outer scope run with those of the inner one") {
  Model model;
  Tape tape(model.parameters);
  const vc::Scope outer(tape);
  const auto y = forward(tape, model);
  {
    const vc::Scope inner(tape);
    tape.backward(total(tape, y));
  }
  CHECK(tape.size() == 2);
  CHECK_THROWS_WITH_AS(tape.backward(total(tape, y)),
                       ("backward: 2 of the tape's 3" + run_once).c_str(), vc::Error);
}

TEST_CASE("Tape: a pass that an exception ended cannot be repeated") {
  Model model;
  Tape tape(model.parameters);
  {
    const vc::Scope scope(tape);
    const auto x = tape.variable(counting(1, 1));
    tape.record<"fails">(x, [](vc::BackwardContext&) { throw vc::Error("no memory"); });
    CHECK_THROWS_WITH_AS(tape.run_backward(), "no memory", vc::Error);
    CHECK_THROWS_WITH_AS(tape.run_backward(), ("backward: 1 of the tape's 1" + run_once).c_str(),
                         vc::Error);
  }
  const vc::Scope scope(tape);
  CHECK_NOTHROW(tape.backward(total(tape, forward(tape, model))));
}

TEST_CASE("Tape: an empty tape has nothing that could run twice") {
  Model model;
  Tape tape(model.parameters);
  for (int i = 0; i < 2; ++i) CHECK_NOTHROW(tape.run_backward());
}

TEST_CASE("Tape: a loss without a gradient is refused") {
  Model model;
  Tape tape(model.parameters);
  vc::Workspace<double> workspace(model.parameters);
  Eigen::Tensor<double, 0> point;
  point.setConstant(2.5);
  const char* text =
      "backward: the loss has no gradient: it must be computed on this tape, from parameters or "
      "variables";
  CHECK_THROWS_WITH_AS(tape.backward(tape.constant(point)), text, vc::Error);
  CHECK_THROWS_WITH_AS(tape.backward(total(workspace, forward(workspace, model))), text, vc::Error);
}

TEST_CASE("Tape: a loss of another tape is refused, a parameter is not") {
  Model model;
  Tape tape(model.parameters), other(model.parameters);
  const auto loss = total(other, forward(other, model));
  CHECK_THROWS_WITH_AS(tape.backward(loss),
                       "backward: the loss was computed on another tape: run backward there",
                       vc::Error);
  CHECK_NOTHROW(other.backward(loss));
  vc::Layout layout;
  const vc::Slot<0> slot = layout.add("point", vc::Shape<0>{}, vc::Init::zeros());
  vc::Parameters<double> parameters(layout);
  Tape of_a_parameter(parameters);
  of_a_parameter.backward(of_a_parameter.parameter(slot));
  CHECK(std::as_const(parameters).gradients()[0] == 1);
}

#if VAECOLLAPSE_CHECKED
TEST_CASE("Tape: an operand of another tape is refused in checked builds, a constant is not") {
  Model model;
  Tape tape(model.parameters), other(model.parameters);
  const vc::Scope scope(tape), of_other(other);
  const auto mine = forward(tape, model), foreign = forward(other, model);
  const char* rest =
      "an operand was computed on another tape, which alone can carry its gradient back: compute "
      "it on this one, or give stop_gradient of it";
  CHECK_THROWS_WITH_AS(vc::add(tape, mine, foreign), (std::string("add: ") + rest).c_str(),
                       vc::Error);
  CHECK_THROWS_WITH_AS(vc::tanh(tape, foreign), (std::string("tanh: ") + rest).c_str(), vc::Error);
  CHECK_NOTHROW(vc::add(tape, mine, foreign.without_gradient()));
  // The gradient of a parameter is the same on every tape.
  CHECK_NOTHROW(vc::tanh(tape, other.parameter(model.weight)));
}
#endif
