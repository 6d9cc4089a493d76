// Arithmetic, functions of single numbers, sums, means and dropout against central differences.
#include <array>
#include <cstdint>
#include <vector>

#include <doctest/doctest.h>

#include <vaecollapse/autodiff/ops/activation.hpp>
#include <vaecollapse/autodiff/ops/arithmetic.hpp>
#include <vaecollapse/autodiff/ops/dropout.hpp>
#include <vaecollapse/autodiff/ops/functions.hpp>
#include <vaecollapse/autodiff/ops/reductions.hpp>
#include <vaecollapse/autodiff/ops/stop_gradient.hpp>

#include "support.hpp"

using namespace gradcheck_test;

namespace {

/// Operands of every kind; `apart` is nowhere near 0, where a quotient has no gradient.
struct Operands {
  vc::Layout layout;
  vc::Slot<2> a = matrix(layout, "a", 3, 4), b = matrix(layout, "b", 3, 4);
  vc::Slot<1> column = vector(layout, "column", 3);
  vc::Slot<0> number = layout.add("number", vc::Shape<0>{}, vc::Init::normal(1));
  vc::Slot<0> other = layout.add("other", vc::Shape<0>{}, vc::Init::normal(1));
  vc::Slot<3> cube = layout.add("cube", vc::Shape<3>{{2, 3, 2}}, vc::Init::normal(1));

  template <class Slot>
  static auto apart(Tape& t, const Slot& slot) {
    return vc::add(t, vc::sigmoid(t, t.parameter(slot)), 0.5);
  }
};

/// Checks op(t, left, right) for operands of every pair of kinds.
template <class Op>
void check_all_kinds(Op&& op) {
  const Operands o;
  const auto left_and_right = [&](const auto& left, const auto& right) {
    check(o.layout, [&](Tape& t) { return op(t, t.parameter(left), o.apart(t, right)); });
  };
  left_and_right(o.a, o.b);
  left_and_right(o.a, o.a);
  left_and_right(o.a, o.column);
  left_and_right(o.column, o.a);
  left_and_right(o.a, o.number);
  left_and_right(o.number, o.a);
  left_and_right(o.column, o.number);
  left_and_right(o.number, o.column);
  left_and_right(o.number, o.other);
  left_and_right(o.cube, o.cube);
  left_and_right(o.cube, o.number);
  check(o.layout, [&](Tape& t) { return op(t, t.parameter(o.a), 0.7); });
  check(o.layout, [&](Tape& t) { return op(t, 0.7, o.apart(t, o.a)); });
  check(o.layout, [&](Tape& t) { return op(t, 3, o.apart(t, o.number)); });
  check(o.layout, [&](Tape& t) {
    const auto x = o.apart(t, o.a);
    return op(t, x, x);
  });
}

}  // namespace

TEST_CASE("gradcheck: add of every pair of operands") {
  check_all_kinds([](Tape& t, const auto& a, const auto& b) { return vc::add(t, a, b); });
}

TEST_CASE("gradcheck: subtract of every pair of operands") {
  check_all_kinds([](Tape& t, const auto& a, const auto& b) { return vc::subtract(t, a, b); });
}

TEST_CASE("gradcheck: multiply of every pair of operands") {
  check_all_kinds([](Tape& t, const auto& a, const auto& b) { return vc::multiply(t, a, b); });
}

TEST_CASE("gradcheck: divide of every pair of operands") {
  check_all_kinds([](Tape& t, const auto& a, const auto& b) { return vc::divide(t, a, b); });
}

TEST_CASE(
    "gradcheck: a row with a number for each column is added, subtracted, multiplied, divided") {
  Operands o;
  const auto row = vector(o.layout, "row", 4);
  const auto check_with_row = [&](auto&& op) {
    check(o.layout, [&](Tape& t) { return op(t, t.parameter(o.a), o.apart(t, row)); });
    check(o.layout, [&](Tape& t) {
      const auto x = o.apart(t, o.a);
      return op(t, x, vc::sum(t, x, vc::Axis::rows));
    });
  };
  check_with_row([](Tape& t, const auto& x, const auto& r) { return vc::add_row(t, x, r); });
  check_with_row([](Tape& t, const auto& x, const auto& r) { return vc::subtract_row(t, x, r); });
  check_with_row([](Tape& t, const auto& x, const auto& r) { return vc::multiply_row(t, x, r); });
  check_with_row([](Tape& t, const auto& x, const auto& r) { return vc::divide_row(t, x, r); });
}

TEST_CASE("gradcheck: scale") {
  const Operands o;
  check(o.layout, [&](Tape& t) { return vc::scale(t, t.parameter(o.a), -1.5); });
  check(o.layout, [&](Tape& t) { return vc::scale(t, t.parameter(o.number), 0.5); });
}

TEST_CASE("gradcheck: exp, log, square, sqrt, sigmoid, softplus, abs") {
  const Operands o;
  check(o.layout, [&](Tape& t) { return vc::exp(t, t.parameter(o.a)); });
  check(o.layout, [&](Tape& t) { return vc::exp(t, t.parameter(o.cube)); });
  check(o.layout, [&](Tape& t) { return vc::log(t, o.apart(t, o.a)); });
  check(o.layout, [&](Tape& t) { return vc::square(t, t.parameter(o.a)); });
  check(o.layout, [&](Tape& t) { return vc::sqrt(t, o.apart(t, o.a)); });
  check(o.layout, [&](Tape& t) { return vc::sigmoid(t, t.parameter(o.column)); });
  check(o.layout, [&](Tape& t) { return vc::softplus(t, t.parameter(o.number)); });

  vc::Layout layout;
  const auto x = vector(layout, "x", 11);
  const std::vector<double> values{-30, -7, -1, -0.2, -0.01, 0.01, 0.2, 1, 3, 9, 30};
  check(
      layout, [&](Tape& t) { return vc::abs(t, t.parameter(x)); }, values);
  check(
      layout, [&](Tape& t) { return vc::sigmoid(t, t.parameter(x)); }, values);
  check(
      layout, [&](Tape& t) { return vc::softplus(t, t.parameter(x)); }, values);
}

TEST_CASE("gradcheck: sum and mean, of all and over each axis") {
  const Operands o;
  check(o.layout, [&](Tape& t) { return vc::sum(t, t.parameter(o.a)); });
  check(o.layout, [&](Tape& t) { return vc::sum(t, t.parameter(o.cube)); });
  check(o.layout, [&](Tape& t) { return vc::mean(t, t.parameter(o.column)); });
  check(o.layout, [&](Tape& t) { return vc::mean(t, t.parameter(o.a)); });
  for (const auto axis : {vc::Axis::rows, vc::Axis::columns}) {
    check(o.layout, [&](Tape& t) { return vc::sum(t, t.parameter(o.a), axis); });
    check(o.layout, [&](Tape& t) { return vc::mean(t, t.parameter(o.a), axis); });
  }
}

TEST_CASE("gradcheck: dropout of any rank") {
  const Operands o;
  const vc::Draws draws(5, 3);
  const std::vector<std::uint32_t> rows{7, 1, 900, 12};
  const auto stream = vc::Stream(1001);
  check(o.layout, [&](Tape& t) { return vc::dropout(t, t.parameter(o.a), 0.4, draws, stream); });
  check(o.layout,
        [&](Tape& t) { return vc::dropout(t, t.parameter(o.a), 0.4, draws, stream, rows); });
  check(o.layout, [&](Tape& t) { return vc::dropout(t, t.parameter(o.cube), 0.4, draws, stream); });
  check(o.layout, [&](Tape& t) { return vc::dropout(t, t.parameter(o.column), 1, draws, stream); });
}

TEST_CASE("gradcheck: what is stopped takes part as a constant") {
  // d/dx (c x) with c = stop_gradient(x) is that of scaling by the numbers of x.
  vc::Layout layout;
  const auto x = vector(layout, "x", 5);
  vc::Parameters<double> parameters(layout, vc::Seed{2});
  Tape tape(parameters);
  const vc::Scope scope(tape);
  const auto v = tape.parameter(x);
  tape.backward(vc::sum(tape, vc::multiply(tape, vc::stop_gradient(tape, v), v)));
  for (Index i = 0; i < 5; ++i) CHECK(v.gradient_data()[i] == v.data()[i]);
}
