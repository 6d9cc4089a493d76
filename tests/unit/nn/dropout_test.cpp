// Dropout, of values and of sequences: what stays, what is drawn, and where it does nothing.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include <doctest/doctest.h>

#include <vaecollapse/autodiff/tape.hpp>
#include <vaecollapse/autodiff/workspace.hpp>
#include <vaecollapse/nn/dropout.hpp>

namespace vc = vaecollapse;
using vc::Index;

namespace {

/// Ones in a context that only computes.
struct Ones {
  vc::Parameters<float> none{vc::Layout()};
  vc::Workspace<float> cx{none};

  vc::Var<float, 2> matrix(Index rows, Index columns) {
    const auto x = cx.make<2>(vc::Shape<2>{{rows, columns}});
    std::fill_n(x.data(), x.size(), 1.0f);
    return x;
  }
};

template <int Rank>
std::vector<float> values(const vc::Var<float, Rank>& x) {
  return {x.data(), x.data() + x.size()};
}

std::vector<float> column(const vc::Var<float, 2>& x, Index j) {
  return {x.view().column(j), x.view().column(j) + x.rows()};
}

}  // namespace

TEST_CASE("Dropout: x itself in evaluation, in diagnosis, and for p = 0") {
  Ones ones;
  const auto x = ones.matrix(8, 3);
  const vc::SequencePlan plan(std::vector<Index>{2, 1});
  const vc::Sequence<float> sequence{x, &plan};
  const vc::Dropout half(0.5, vc::Stream(1001)), none(0, vc::Stream(1001));
  for (const auto pass : {vc::Pass::evaluate, vc::Pass::diagnose}) {
    const vc::Draws draws(1, 0, pass);
    CHECK(half(ones.cx, x, draws).data() == x.data());
    CHECK(half(ones.cx, sequence, draws).columns.data() == x.data());
  }
  CHECK(none(ones.cx, x, vc::Draws(1, 0)).data() == x.data());
  CHECK(none(ones.cx, sequence, vc::Draws(1, 0)).columns.data() == x.data());
}

TEST_CASE("Dropout: drops the share p, and what stays is divided by 1 - p") {
  Ones ones;
  const double p = 0.3;
  const auto y = vc::Dropout(p, vc::Stream(1001))(ones.cx, ones.matrix(64, 1000), vc::Draws(4, 9));
  double dropped = 0;
  for (const float number : values(y)) {
    if (number == 0) {
      ++dropped;
    } else {
      REQUIRE(number == doctest::Approx(1 / 0.7));
    }
  }
  // 5 standard deviations: a false alarm in 1.7 million seeds, and this one is fixed.
  CHECK(std::abs(dropped - 64000 * p) < 5 * std::sqrt(64000 * p * (1 - p)));
  const auto all = vc::Dropout(1, vc::Stream(1001))(ones.cx, ones.matrix(5, 3), vc::Draws(4, 9));
  CHECK(values(all) == std::vector<float>(15, 0.0f));
}

TEST_CASE("Dropout: draws differ by step, stream, row and seed, and by nothing else") {
  Ones ones;
  const auto run = [&](const vc::Draws& draws, std::uint32_t stream = 1001,
                       std::vector<std::uint32_t> rows = {}) {
    return vc::Dropout(0.5, vc::Stream(stream))(ones.cx, ones.matrix(64, 3), draws, rows);
  };
  const auto first = run(vc::Draws(4, 9));
  CHECK(values(run(vc::Draws(4, 9))) == values(first));
  CHECK(values(run(vc::Draws(4, 10))) != values(first));
  CHECK(values(run(vc::Draws(5, 9))) != values(first));
  CHECK(values(run(vc::Draws(4, 9), 1002)) != values(first));
  CHECK(column(first, 0) != column(first, 1));
  // A corpus row draws the same in another batch and at another place.
  const auto batch = run(vc::Draws(4, 9), 1001, {2, 90, 0});
  CHECK(column(batch, 0) == column(first, 2));
  CHECK(column(batch, 2) == column(first, 0));
  CHECK(column(batch, 1) != column(first, 1));
}

TEST_CASE("Dropout: a sequence draws by row, symbol and unit") {
  Ones ones;
  const vc::SequencePlan plan(std::vector<Index>{2, 3}), alone(std::vector<Index>{3});
  const vc::Dropout drop(0.5, vc::Stream(1001));
  const vc::Draws draws(4, 9);
  const auto run = [&](const vc::SequencePlan& p, std::vector<std::uint32_t> rows) {
    return drop(ones.cx, vc::Sequence<float>{ones.matrix(64, p.columns()), &p}, draws, rows);
  };
  const auto two = run(plan, {}), numbered = run(plan, {0, 1}), one = run(alone, {1});
  CHECK(two.plan == &plan);
  CHECK(values(two.columns) == values(numbered.columns));
  for (Index t = 0; t < 3; ++t) {
    CHECK(column(one.columns, alone.column(0, t)) == column(two.columns, plan.column(1, t)));
  }
  CHECK(column(two.columns, plan.column(0, 0)) != column(two.columns, plan.column(0, 1)));
}

TEST_CASE("Dropout: gradients pass where values do") {
  vc::Layout layout;
  const auto slot = layout.add("x", vc::Shape<2>{{32, 5}}, vc::Init::normal(1));
  vc::Parameters<float> parameters(layout, vc::Seed{1});
  vc::Tape<float> tape(parameters);
  const vc::Scope scope(tape);
  const auto x = tape.parameter(slot);
  const auto y = vc::Dropout(0.5, vc::Stream(1001))(tape, x, vc::Draws(4, 9));
  std::fill_n(y.gradient_data(), y.size(), 1.0f);
  tape.run_backward();
  for (Index i = 0; i < y.size(); ++i) {
    CHECK(x.gradient_data()[i] == (y.data()[i] == 0 ? 0.0f : 2.0f));
  }
}
