// A warm step of arithmetic, functions, sums, means and dropout allocates nothing.
#include <cstdint>
#include <vector>

#include <doctest/doctest.h>

#include <vaecollapse/autodiff/ops/arithmetic.hpp>
#include <vaecollapse/autodiff/ops/functions.hpp>
#include <vaecollapse/autodiff/ops/reductions.hpp>
#include <vaecollapse/autodiff/ops/stop_gradient.hpp>
#include <vaecollapse/core/team.hpp>
#include <vaecollapse/nn/dropout.hpp>

#include "unit/allocation/counter.hpp"

namespace vc = vaecollapse;

TEST_CASE("a warm step of elementwise ops allocates nothing") {
  for (const int threads : {1, 2}) {
    vc::Layout layout;
    const auto matrix = layout.add("matrix", vc::Shape<2>{{60, 700}}, vc::Init::normal(1));
    const auto column = layout.add("column", vc::Shape<1>{{60}}, vc::Init::normal(1));
    vc::Parameters<float> parameters(layout, vc::Seed{1});
    vc::Team team(threads);
    vc::Tape<float> tape(parameters, team);
    const vc::Dropout drop(0.3, vc::Stream(1001)), drop_symbols(0.3, vc::Stream(1002));
    const vc::SequencePlan plan(std::vector<vc::Index>(70, 10));
    const std::vector<std::uint32_t> rows(700, 3);
    const auto step = [&](std::uint64_t number) {
      const vc::Scope scope(tape);
      const vc::Draws draws(1, number);
      const auto x = tape.parameter(matrix), shares = vc::sigmoid(tape, x);
      const auto shifted = vc::add(tape, vc::multiply(tape, shares, tape.parameter(column)), 0.5);
      const auto scaled = vc::divide(tape, vc::exp(tape, x), vc::sum(tape, vc::abs(tape, shifted)));
      const auto dropped = drop(tape, vc::softplus(tape, scaled), draws, rows);
      const auto y = drop_symbols(tape, vc::Sequence<float>{dropped, &plan}, draws).columns;
      const auto of_rows = vc::mean(tape, vc::stop_gradient(tape, y), vc::Axis::columns);
      const auto away = vc::subtract(tape, y, of_rows);
      const auto of_columns = vc::sum(tape, away, vc::Axis::rows);
      tape.backward(vc::mean(tape, vc::scale(tape, of_columns, 2)));
    };
    CAPTURE(threads);
    CHECK(allocation_test::allocations_once_warm(step) == 0);
  }
}
