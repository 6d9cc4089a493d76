// What the elementwise ops and sums compute, that a frozen operand costs nothing, and that the bits
// are the same on any number of threads.
#include <algorithm>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include <vaecollapse/autodiff/ops/activation.hpp>
#include <vaecollapse/autodiff/ops/arithmetic.hpp>
#include <vaecollapse/autodiff/ops/dropout.hpp>
#include <vaecollapse/autodiff/ops/functions.hpp>
#include <vaecollapse/autodiff/ops/reductions.hpp>
#include <vaecollapse/autodiff/ops/stop_gradient.hpp>
#include <vaecollapse/autodiff/tape.hpp>
#include <vaecollapse/autodiff/workspace.hpp>
#include <vaecollapse/core/team.hpp>

namespace vc = vaecollapse;
using vc::Index;

namespace {

/// Parameters of every rank that arithmetic mixes, with numbers that are easy to check.
struct Numbers {
  vc::Layout layout;
  vc::Slot<2> matrix = layout.add("matrix", vc::Shape<2>{{2, 3}}, vc::Init::zeros());
  vc::Slot<1> column = layout.add("column", vc::Shape<1>{{2}}, vc::Init::zeros());
  vc::Slot<0> number = layout.add("number", vc::Shape<0>{}, vc::Init::zeros());
  vc::Parameters<double> parameters{layout};

  Numbers() {
    const std::vector<double> values{1, 2, 3, 4, 5, 6, 10, 20, 4};
    std::copy(values.begin(), values.end(), parameters.values().begin());
  }
};

template <int Rank>
std::vector<double> values(const vc::Var<double, Rank>& x) {
  return {x.data(), x.data() + x.size()};
}

using List = std::vector<double>;

template <class A, class B>
concept CanAdd = requires(vc::Tape<float>& tape, const A& a, const B& b) {
  vc::add(tape, a, b);
};
template <int Rank>
using V = vc::Var<float, Rank>;

static_assert(CanAdd<V<2>, V<2>> && CanAdd<V<2>, V<1>> && CanAdd<V<1>, V<2>> && CanAdd<V<2>, int>);
static_assert(CanAdd<double, V<3>> && CanAdd<V<0>, V<3>> && CanAdd<V<0>, V<0>>);
static_assert(!CanAdd<V<3>, V<2>> && !CanAdd<V<3>, V<1>> && !CanAdd<double, double>);
static_assert(!CanAdd<V<2>, vc::Var<double, 2>> && !CanAdd<V<2>, const char*>);

// Operators are refused without harm to types that merely contain Vars.
template <class A, class B>
concept HasPlus = requires(const A& a, const B& b) {
  a + b;
};
static_assert(!HasPlus<V<2>, V<2>> && !HasPlus<V<2>, V<1>> && !HasPlus<V<2>, double>);
static_assert(!HasPlus<double, V<2>> && HasPlus<std::vector<V<2>>::iterator, int>);

}  // namespace

TEST_CASE("arithmetic: element by element, with a number, a scalar and a column on either side") {
  const Numbers n;
  vc::Workspace<double> cx(n.parameters);
  const auto x = cx.parameter(n.matrix);
  const auto column = cx.parameter(n.column);
  const auto four = cx.parameter(n.number);
  CHECK(values(vc::add(cx, x, x)) == List{2, 4, 6, 8, 10, 12});
  CHECK(values(vc::add(cx, x, column)) == List{11, 22, 13, 24, 15, 26});
  CHECK(values(vc::subtract(cx, column, x)) == List{9, 18, 7, 16, 5, 14});
  CHECK(values(vc::subtract(cx, x, column)) == List{-9, -18, -7, -16, -5, -14});
  CHECK(values(vc::subtract(cx, 1.0, x)) == List{0, -1, -2, -3, -4, -5});
  CHECK(values(vc::subtract(cx, x, four)) == List{-3, -2, -1, 0, 1, 2});
  CHECK(values(vc::multiply(cx, column, x)) == List{10, 40, 30, 80, 50, 120});
  CHECK(values(vc::multiply(cx, x, 3)) == List{3, 6, 9, 12, 15, 18});
  CHECK(values(vc::divide(cx, x, column)) == List{0.1, 0.1, 0.3, 0.2, 0.5, 0.3});
  CHECK(values(vc::divide(cx, four, column)) == List{0.4, 0.2});
  CHECK(values(vc::divide(cx, 60, x)) == List{60, 30, 20, 15, 12, 10});
  CHECK(values(vc::divide(cx, four, 8.0)) == List{0.5});
  CHECK(values(vc::scale(cx, x, -2)) == List{-2, -4, -6, -8, -10, -12});
}

TEST_CASE("arithmetic: a row stands for as many numbers of each column") {
  const Numbers n;
  vc::Workspace<double> cx(n.parameters);
  const auto x = cx.parameter(n.matrix);
  const auto row = vc::sum(cx, x, vc::Axis::rows);
  CHECK(values(row) == List{3, 7, 11});
  CHECK(values(vc::add_row(cx, x, row)) == List{4, 5, 10, 11, 16, 17});
  CHECK(values(vc::subtract_row(cx, x, row)) == List{-2, -1, -4, -3, -6, -5});
  CHECK(values(vc::multiply_row(cx, x, row)) == List{3, 6, 21, 28, 55, 66});
  CHECK(values(vc::divide_row(cx, x, row)) ==
        List{1.0 / 3, 2.0 / 3, 3.0 / 7, 4.0 / 7, 5.0 / 11, 6.0 / 11});
}

TEST_CASE("functions: the standard library's values") {
  const Numbers n;
  vc::Workspace<double> cx(n.parameters);
  const auto x = vc::subtract(cx, cx.parameter(n.matrix), 3);
  const auto is = [&](const auto& y, auto f) {
    for (Index i = 0; i < 6; ++i) CHECK(y.data()[i] == doctest::Approx(f(double(i - 2))));
  };
  is(vc::exp(cx, x), [](double v) { return std::exp(v); });
  is(vc::sigmoid(cx, x), [](double v) { return 1 / (1 + std::exp(-v)); });
  is(vc::softplus(cx, x), [](double v) { return std::log1p(std::exp(v)); });
  is(vc::abs(cx, x), [](double v) { return std::abs(v); });
  is(vc::log(cx, vc::exp(cx, x)), [](double v) { return v; });
  is(vc::square(cx, x), [](double v) { return v * v; });
  is(vc::sqrt(cx, vc::square(cx, x)), [](double v) { return std::abs(v); });
}

TEST_CASE("sum and mean: of all, of each column, of each row, and of nothing") {
  const Numbers n;
  vc::Workspace<double> cx(n.parameters);
  const auto x = cx.parameter(n.matrix);
  CHECK(vc::sum(cx, x).item() == 21);
  CHECK(vc::mean(cx, x).item() == 3.5);
  CHECK(values(vc::sum(cx, x, vc::Axis::rows)) == List{3, 7, 11});
  CHECK(values(vc::sum(cx, x, vc::Axis::columns)) == List{9, 12});
  CHECK(values(vc::mean(cx, x, vc::Axis::rows)) == List{1.5, 3.5, 5.5});
  CHECK(values(vc::mean(cx, x, vc::Axis::columns)) == List{3, 4});
  const auto nothing = cx.make<2>(vc::Shape<2>{{0, 3}});
  CHECK(vc::sum(cx, nothing).item() == 0);
  CHECK(values(vc::sum(cx, nothing, vc::Axis::rows)) == List{0, 0, 0});
  CHECK(vc::sum(cx, nothing, vc::Axis::columns).size() == 0);
}

TEST_CASE("elementwise ops: what is frozen is computed and not recorded") {
  Numbers n;
  vc::Tape<double> tape(n.parameters);
  const vc::ParameterRange column(n.layout, {"column"});
  tape.set_moving(column);
  const vc::Scope scope(tape);
  const auto x = tape.parameter(n.matrix);
  const vc::Draws draws(1, 0);
  vc::sum(tape, vc::exp(tape, vc::add(tape, x, tape.parameter(n.number))));
  vc::mean(tape, vc::dropout(tape, x, 0.5, draws, vc::Stream(1001)), vc::Axis::rows);
  CHECK(tape.size() == 0);
  const auto y = vc::add(tape, x, vc::stop_gradient(tape, tape.parameter(n.column)));
  CHECK(!y.has_gradient());
  CHECK(tape.size() == 0);
  vc::subtract(tape, x, tape.parameter(n.column));
  CHECK(tape.size() == 1);
  CHECK(std::string(tape[0].name) == "subtract");
}

TEST_CASE("stop_gradient: the same memory, without a gradient, also of a sequence") {
  Numbers n;
  vc::Tape<double> tape(n.parameters);
  const auto x = tape.parameter(n.matrix);
  const auto stopped = vc::stop_gradient(tape, x);
  CHECK(stopped.data() == x.data());
  CHECK(!stopped.has_gradient());
  const vc::SequencePlan plan(std::vector<Index>{3});
  const auto sequence = vc::stop_gradient(tape, vc::Sequence<double>{x, &plan});
  CHECK(sequence.plan == &plan);
  CHECK(sequence.columns.data() == x.data());
  CHECK(!sequence.columns.has_gradient());
}

namespace {

/// Values and gradients of a chain of the ops, large enough to be split.
List chain_on(int threads) {
  vc::Layout layout;
  const auto a = layout.add("a", vc::Shape<2>{{190, 250}}, vc::Init::normal(1));
  const auto column = layout.add("column", vc::Shape<1>{{190}}, vc::Init::normal(1));
  const auto number = layout.add("number", vc::Shape<0>{}, vc::Init::normal(1));
  vc::Parameters<double> parameters(layout, vc::Seed{3});
  vc::Team team(threads);
  vc::Tape<double> tape(parameters, team);
  const vc::Scope scope(tape);
  const auto x = tape.parameter(a);
  const auto bent = vc::soft_clamp(tape, vc::relu(tape, vc::tanh(tape, x)), -0.5, 0.5);
  const auto centred = vc::subtract_row(tape, bent, vc::mean(tape, bent, vc::Axis::rows));
  const auto y = vc::multiply(tape, vc::sigmoid(tape, centred), tape.parameter(column));
  const auto z = vc::divide(tape, vc::softplus(tape, y), vc::exp(tape, tape.parameter(number)));
  const auto dropped = vc::dropout(tape, z, 0.3, vc::Draws(1, 0), vc::Stream(1001));
  const auto rows = vc::mean(tape, dropped, vc::Axis::columns);
  const auto columns = vc::sum(tape, vc::abs(tape, dropped), vc::Axis::rows);
  const auto loss = vc::add(tape, vc::sum(tape, rows), vc::mean(tape, columns));
  tape.backward(loss);
  List result(parameters.gradients().begin(), parameters.gradients().end());
  result.push_back(loss.item());
  return result;
}

}  // namespace

TEST_CASE("elementwise ops: values and gradients have the same bits on one to three threads") {
  const List alone = chain_on(1);
  for (const int threads : {2, 3}) CHECK(chain_on(threads) == alone);
}
