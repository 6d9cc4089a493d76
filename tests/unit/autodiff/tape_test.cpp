// Vars, tapes, workspaces and scopes: what they keep, give back, list and refuse.
#include <algorithm>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

#include <doctest/doctest.h>

#include <vaecollapse/autodiff/eigen.hpp>
#include <vaecollapse/autodiff/ops/activation.hpp>
#include <vaecollapse/autodiff/ops/arithmetic.hpp>
#include <vaecollapse/autodiff/print.hpp>
#include <vaecollapse/autodiff/tape.hpp>
#include <vaecollapse/autodiff/workspace.hpp>
#include <vaecollapse/core/team.hpp>

#include "tape_support.hpp"

namespace vc = vaecollapse;
using namespace tape_test;

static_assert(std::is_trivially_copyable_v<vc::Var<float, 2>>);
static_assert(vc::Context<Tape> && vc::Context<vc::Workspace<float>> && !vc::Context<vc::Arena>);

TEST_CASE("Var: an Eigen tensor and an Eigen matrix over the same memory") {
  Model model;
  Tape tape(model.parameters);
  const Matrix numbers = counting(2, 3);
  const auto x = tape.constant(numbers);
  CHECK(x.shape() == vc::Shape<2>{{2, 3}});
  CHECK(x.tensor().data() == x.matrix().data());
  CHECK(x.tensor()(1, 2) == 6);
  CHECK(x.matrix()(1, 2) == 6);
  CHECK(x.view()(0, 1) == 3);
  CHECK(!x.has_gradient());
  const Matrix doubled = x.tensor() * 2.0;
  CHECK(doubled(1, 2) == 12);

  Eigen::Tensor<double, 3> cube(2, 3, 4);
  cube.setConstant(1);
  cube(1, 2, 3) = 9;
  const auto c = tape.constant(cube);
  CHECK(c.shape() == vc::Shape<3>{{2, 3, 4}});
  CHECK(c.rows() == 2);
  CHECK(c.columns() == 12);
  CHECK(c.tensor()(1, 2, 3) == 9);
  CHECK(c.matrix()(1, 11) == 9);

  Eigen::Tensor<double, 1> line(3);
  line.setValues({1, 2, 3});
  const auto v = tape.constant(line);
  CHECK(v.columns() == 1);
  CHECK(v.matrix()(2, 0) == 3);

  Eigen::Tensor<double, 0> point;
  point.setConstant(2.5);
  CHECK(tape.constant(point).item() == 2.5);
}

TEST_CASE("Tape: leaves and parameters get gradients, constants do not") {
  Model model;
  Tape tape(model.parameters);
  const vc::Scope scope(tape);
  const auto x = tape.variable(counting(2, 3)), c = tape.constant(counting(2, 3));
  const auto w = tape.parameter(model.weight);
  CHECK(x.has_gradient());
  CHECK(w.has_gradient());
  CHECK(w.gradient_data() == model.parameters.gradients().data());
  tape.backward(total(tape, vc::add(tape, vc::add(tape, x, c), vc::add(tape, w, w))));
  for (Index i = 0; i < 6; ++i) {
    CHECK(x.gradient().data()[i] == 1);
    CHECK(model.parameters.gradients()[static_cast<std::size_t>(i)] == 2);
  }
}

TEST_CASE("Tape: parameters' gradients add up over backward passes") {
  Model model;
  Tape tape(model.parameters);
  std::vector<double> once;
  for (int pass = 1; pass <= 3; ++pass) {
    const vc::Scope scope(tape);
    tape.backward(total(tape, forward(tape, model)));
    const auto found = model.parameters.gradients();
    if (pass == 1) once.assign(found.begin(), found.end());
    for (std::size_t i = 0; i < once.size(); ++i) {
      CHECK(found[i] == doctest::Approx(pass * once[i]));
    }
  }
}

TEST_CASE("Tape: pullbacks run newest first, once each") {
  Model model;
  Tape tape(model.parameters);
  const vc::Scope scope(tape);
  std::string order;
  const auto x = tape.variable(counting(1, 1));
  for (const char name : {'a', 'b', 'c'}) {
    tape.record<"note">(x, [&order, name](vc::BackwardContext&) { order += name; });
  }
  tape.run_backward();
  CHECK(order == "cba");
}

TEST_CASE("Tape: a listing") {
  Model model;
  Tape tape(model.parameters);
  CHECK(to_string(tape) == "");
  const vc::Scope scope(tape);
  total(tape, forward(tape, model));
  CHECK(to_string(tape) == "0  affine  [3 x 4]\n1  tanh  [3 x 4]\n2  weighted_sum  []\n");
  CHECK(tape.size() == 3);
  CHECK(tape[1].name == "tanh");
  CHECK(tape[1].shape == vc::AnyShape(vc::Shape<2>{{3, 4}}));
}

TEST_CASE("Workspace: the bits of a tape, no gradients, nothing recorded") {
  Model model;
  Tape tape(model.parameters);
  const vc::Parameters<double>& constant = model.parameters;
  vc::Workspace<double> workspace(constant);
  const auto on_tape = forward(tape, model), computed = forward(workspace, model);
  CHECK(!computed.has_gradient());
  CHECK(!workspace.parameter(model.weight).has_gradient());
  REQUIRE(computed.shape() == on_tape.shape());
  for (Index i = 0; i < computed.size(); ++i) CHECK(computed.data()[i] == on_tape.data()[i]);
  CHECK(total(workspace, computed).item() == total(tape, on_tape).item());
}

TEST_CASE("Scope: gives back memory and nodes, and scopes nest") {
  Model model;
  Tape tape(model.parameters);
  const vc::Scope outer(tape);
  const auto kept = forward(tape, model);
  const double first = kept.data()[0];
  const std::size_t nodes = tape.size();
  const double* memory = nullptr;
  for (int round = 0; round < 3; ++round) {
    const vc::Scope inner(tape);
    const auto more = vc::tanh(tape, kept);
    CHECK(tape.size() == nodes + 1);
    if (round > 0) CHECK(more.data() == memory);
    memory = more.data();
  }
  CHECK(tape.size() == nodes);
  CHECK(kept.data()[0] == first);
}

TEST_CASE("Scope: many warm steps hold as much memory as one") {
  Model model;
  Tape tape(model.parameters);
  std::size_t capacity = 0;
  for (int step = 0; step < 5; ++step) {
    const vc::Scope scope(tape);
    for (int i = 0; i < 100; ++i) forward(tape, model);
    tape.run_backward();
    if (step > 1) CHECK(tape.arena().capacity() == capacity);
    capacity = tape.arena().capacity();
  }
}

#if VAECOLLAPSE_CHECKED
TEST_CASE("Checked builds: a Var that outlived its Scope is caught") {
  const char* text = "a Var was used after the Scope in which it was made had closed";
  Model model;
  Tape tape(model.parameters);
  vc::Workspace<double> workspace(model.parameters);
  const auto outside = tape.constant(counting(2, 2));
  vc::Var<double, 2> x, deeper;
  vc::Var<double, 0> sum;
  {
    const vc::Scope scope(tape);
    x = forward(tape, model);
    sum = total(tape, x);
    {
      const vc::Scope inner(tape);
      deeper = vc::tanh(tape, x);
      CHECK_NOTHROW(outside.data());
      CHECK_NOTHROW(x.tensor());
    }
    CHECK_THROWS_WITH_AS(deeper.data(), text, vc::Error);
    CHECK_NOTHROW(x.tensor());
  }
  CHECK_THROWS_WITH_AS(x.tensor(), text, vc::Error);
  CHECK_THROWS_WITH_AS(x.matrix(), text, vc::Error);
  CHECK_THROWS_WITH_AS(x.gradient(), text, vc::Error);
  CHECK_THROWS_WITH_AS(x.view(), text, vc::Error);
  CHECK_THROWS_WITH_AS(sum.item(), text, vc::Error);
  CHECK_THROWS_WITH_AS(vc::tanh(tape, x), text, vc::Error);
  const vc::Scope another(tape);
  CHECK_THROWS_WITH_AS(x.data(), text, vc::Error);  // numbers of scopes are not used again
  CHECK_NOTHROW(outside.data());

  vc::Var<double, 2> computed;
  {
    const vc::Scope scope(workspace);
    computed = forward(workspace, model);
  }
  CHECK_THROWS_WITH_AS(computed.data(), text, vc::Error);
}
#endif

namespace {

/// Notes its destruction.
struct Noisy {
  Noisy(std::string& log, char name) : log_(&log), name_(name) {}
  Noisy(Noisy&& other) noexcept : log_(other.log_), name_(other.name_) { other.log_ = nullptr; }
  Noisy& operator=(Noisy&&) = delete;
  ~Noisy() {
    if (log_ != nullptr) *log_ += name_;
  }
  char name() const { return name_; }

 private:
  std::string* log_;
  char name_;
};

}  // namespace

TEST_CASE("own: the scope destroys what it was given, newest first") {
  Model model;
  std::string log;
  {
    Tape tape(model.parameters);
    tape.own(Noisy(log, 'z'));  // no scope is open: the tape itself destroys it
    {
      const vc::Scope outer(tape);
      CHECK(tape.own(Noisy(log, 'a')).name() == 'a');
      {
        const vc::Scope inner(tape);
        tape.own(Noisy(log, 'b'));
        tape.own(Noisy(log, 'c'));
        CHECK(log == "");
      }
      CHECK(log == "cb");
      tape.own(Noisy(log, 'd'));
    }
    CHECK(log == "cbda");
  }
  CHECK(log == "cbdaz");
}

TEST_CASE("keep: a copy that lives as long as the scope") {
  Model model;
  Tape tape(model.parameters);
  const vc::Scope scope(tape);
  std::vector<int> numbers{1, 2, 3};
  const std::span<int> kept = tape.keep(std::span<const int>(numbers));
  numbers.assign({7, 8, 9});
  REQUIRE(kept.size() == 3);
  CHECK(kept[0] == 1);
  CHECK(kept[2] == 3);
}

TEST_CASE("Tape: works on a team that outlives it") {
  Model model;
  vc::Team team(2);
  Tape tape(model.parameters, team);
  vc::Workspace<double> workspace(model.parameters, team);
  CHECK(&tape.team() == &team);
  CHECK(&workspace.team() == &team);
  Tape alone(model.parameters);
  CHECK(alone.team().size() == 1);
  const auto a = forward(tape, model), b = forward(alone, model);
  for (Index i = 0; i < a.size(); ++i) CHECK(a.data()[i] == b.data()[i]);
}

TEST_CASE("Tape: large leaves and gradients, which threads copy and set, in memory used before") {
  const Model model;
  vc::Parameters<double> parameters(model.layout);
  vc::Team team(3);
  Tape tape(parameters, team);
  const Matrix x = counting(7, vc::copy_grain);
  // The first scope ends by merging the arena's blocks: the third one is on used memory.
  for (int step = 0; step < 3; ++step) {
    const vc::Scope scope(tape);
    const auto leaf = tape.variable(x);
    const auto made = tape.make<2>(leaf.shape());
    CHECK(std::equal(leaf.data(), leaf.data() + leaf.size(), x.data()));
    for (const auto& var : {leaf, made}) {
      const double* gradient = var.gradient_data();
      CHECK(std::count(gradient, gradient + var.size(), 0.0) == var.size());
      std::fill_n(var.gradient_data(), var.size(), 1.0);
    }
    std::fill_n(leaf.value_view().data, leaf.size(), -1.0);
  }
}
