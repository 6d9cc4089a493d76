// The GRU's kernels against their naive twin, over ragged batches in both directions. In float
// only: the gradient checks and the reference values run the same templates in double.
#include <algorithm>
#include <vector>

#include <doctest/doctest.h>

#include "gru_problem.hpp"

using namespace kernel_test;

namespace {

void check_against_naive_twin(const Case& c, bool as_they_lie) {
  CAPTURE(c.hidden);
  CAPTURE(c.lengths.size());
  CAPTURE(static_cast<int>(c.direction));
  vc::Team team(2);
  Solution<float> found(c);
  found.as_they_lie = as_they_lie;
  Solution<double> expected(c);
  found.solve(team);
  expected.solve_naively();
  const auto a = found.results();
  const auto b = expected.results();
  for (std::size_t k = 0; k < a.size(); ++k) {
    CAPTURE(k);
    // Some hundred roundings, through at most seven steps.
    CHECK(difference(*a[k], *b[k]) < roundings<float>(200));
    CHECK(a[k]->gaps_untouched());
  }
}

}  // namespace

TEST_CASE("GRU: forward and backward against the naive twin") {
  for (const Case& c : ragged_cases()) check_against_naive_twin(c, false);
}

TEST_CASE("GRU: one row on weights as they lie against the naive twin") {
  for (const Case& c : ragged_cases()) {
    if (c.lengths.size() == 1) check_against_naive_twin(c, true);
  }
  for (const Index hidden : {Index{32}, Index{47}, Index{48}, Index{49}, Index{64}, Index{128},
                             Index{130}, Index{256}, far}) {
    check_against_naive_twin({hidden, {7}, Direction::forward, true}, true);
  }
}

TEST_CASE("GRU: weights beyond the second level of cache against the naive twin") {
  const auto weights = random<float>(far, 3 * far, 1);
  REQUIRE(kernels::RecurrentGates<float>(weights.view()).far());
  for (const Lengths& lengths : {Lengths{4}, Lengths{3, 2}, Lengths{2, 2, 2, 3, 1}}) {
    for (const Direction direction : {Direction::forward, Direction::backward}) {
      check_against_naive_twin({far, lengths, direction, true}, false);
    }
  }
}

namespace {

void check_rows_alone(Index hidden, const Lengths& lengths, Direction direction) {
  CAPTURE(hidden);
  Solution<float> batch({hidden, lengths, direction, true});
  vc::Team team(1);
  batch.solve(team);
  for (Index row = 0; row < batch.plan.batch(); ++row) {
    const Index length = batch.plan.length(row), place = batch.plan.position(row);
    Solution<float> alone({hidden, {length}, direction, true});
    const auto take = [](const Matrix<float>& from, Index from_column, Matrix<float>& to,
                         Index column) {
      std::copy_n(from.view().column(from_column), from.rows(), to.view().column(column));
    };
    take(batch.h0, place, alone.h0, 0);
    for (Index t = 0; t < length; ++t) {
      take(batch.x, batch.plan.column(row, t), alone.x, t);
      take(batch.one, batch.plan.column(row, t), alone.one, t);
      take(batch.other, batch.plan.column(row, t), alone.other, t);
      take(batch.dh, batch.plan.column(row, t), alone.dh, t);
    }
    alone.solve(team);
    for (Index t = 0; t < length; ++t) {
      const Index column = batch.plan.column(row, t);
      CHECK(same_bits<float>(alone.h.view().middle_columns(t, 1),
                             batch.h.view().middle_columns(column, 1)));
      CHECK(same_bits<float>(alone.dinputs.view().middle_columns(t, 1),
                             batch.dinputs.view().middle_columns(column, 1)));
    }
    CHECK(same_bits<float>(alone.dh0.view(), batch.dh0.view().middle_columns(place, 1)));
  }
}

}  // namespace

TEST_CASE("GRU: a row has the same bits alone and in a batch") {
  for (const Direction direction : {Direction::forward, Direction::backward}) {
    for (const Index hidden : {17, 112}) {
      check_rows_alone(hidden, {3, 0, 6, 3, 5, 1, 1, 2, 6, 4, 4}, direction);
    }
    check_rows_alone(far, {3, 3, 2}, direction);
  }
}

TEST_CASE("GRU: inference saves nothing and gives the same bits") {
  const Case c{17, {3, 0, 6, 3, 5}, Direction::forward, true};
  Solution<float> training(c), inference(c);
  vc::Team team(1);
  training.solve(team);
  inference.run({}, team);
  CHECK(same_bits(inference.h, training.h));
}

TEST_CASE("GRU: what is known to be zero is skipped, with the same bits") {
  vc::Team team(2);
  for (Case c : ragged_cases()) {
    c.with_h0 = false;
    CAPTURE(c.hidden);
    CAPTURE(c.lengths.size());
    CAPTURE(static_cast<int>(c.direction));
    Solution<float> plain(c), quick(c);
    quick.from_zeros = true;
    plain.solve(team);
    quick.solve(team);
    const auto a = quick.results(), b = plain.results();
    for (std::size_t k = 0; k < a.size(); ++k) {
      CAPTURE(k);
      if (a[k] != &quick.dh0) CHECK(same_bits(*a[k], *b[k]));
    }
  }
}

TEST_CASE("GRU: products that are summed beforehand give the same bits") {
  vc::Team team(2);
  for (const Case& c : ragged_cases()) {
    CAPTURE(c.hidden);
    CAPTURE(c.lengths.size());
    Solution<float> plain(c), before(c);
    before.sums_before = true;
    plain.solve(team);
    before.solve(team);
    for (std::size_t k = 0; k < plain.results().size(); ++k) {
      CAPTURE(k);
      CHECK(same_bits(*before.results()[k], *plain.results()[k]));
    }
  }
}
