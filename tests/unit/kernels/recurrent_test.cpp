// The kernels of recurrent cells against their naive twins, over ragged batches in both directions.
// In float only: the gradient checks and the reference values run the same templates in double.
#include <algorithm>
#include <vector>

#include <doctest/doctest.h>

#include "recurrent_problem.hpp"

using namespace kernel_test;

namespace {

template <class Cell>
void check_against_naive_twin(const Case& c, bool as_they_lie) {
  CAPTURE(c.hidden);
  CAPTURE(c.lengths.size());
  CAPTURE(static_cast<int>(c.direction));
  vc::Team team(2);
  Solution<Cell, float> found(c);
  found.as_they_lie = as_they_lie;
  Solution<Cell, double> expected(c);
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

TEST_CASE_TEMPLATE("recurrent kernels: forward and backward against the naive twin", Cell, GruCell,
                   LstmCell) {
  for (const Case& c : ragged_cases()) check_against_naive_twin<Cell>(c, false);
}

TEST_CASE_TEMPLATE("recurrent kernels: one row on weights as they lie against the naive twin", Cell,
                   GruCell, LstmCell) {
  for (const Case& c : ragged_cases()) {
    if (c.lengths.size() == 1) check_against_naive_twin<Cell>(c, true);
  }
  for (const Index hidden : {Index{32}, Index{47}, Index{48}, Index{49}, Index{64}, Index{128},
                             Index{130}, Index{256}, far}) {
    check_against_naive_twin<Cell>({hidden, {7}, Direction::forward, true}, true);
  }
}

TEST_CASE_TEMPLATE("recurrent kernels: weights beyond the second level of cache against the twin",
                   Cell, GruCell, LstmCell) {
  using Kernels = typename Cell::template Kernels<float>;
  const auto weights = random<float>(far, Kernels::gates * far, 1);
  REQUIRE(typename Kernels::Weights(weights.view()).far());
  for (const Lengths& lengths : {Lengths{4}, Lengths{3, 2}, Lengths{2, 2, 2, 3, 1}}) {
    for (const Direction direction : {Direction::forward, Direction::backward}) {
      check_against_naive_twin<Cell>({far, lengths, direction, true}, false);
    }
  }
}

namespace {

/// The problem of one row of a batch, whose numbers are that row's.
template <class Cell>
Solution<Cell, float> row_alone(const Solution<Cell, float>& batch, Index row) {
  const Index length = batch.plan.length(row), place = batch.plan.position(row);
  Solution<Cell, float> alone({batch.hidden(), {length}, batch.direction, true});
  const auto take = [](const Matrix<float>& from, Index from_column, Matrix<float>& to,
                       Index column) {
    std::copy_n(from.view().column(from_column), from.rows(), to.view().column(column));
  };
  take(batch.start, place, alone.start, 0);
  take(batch.state, place, alone.state, 0);
  for (Index t = 0; t < length; ++t) {
    const Index column = batch.plan.column(row, t);
    take(batch.x, column, alone.x, t);
    take(batch.one, column, alone.one, t);
    take(batch.other, column, alone.other, t);
    take(batch.dh, column, alone.dh, t);
  }
  return alone;
}

template <class Cell>
void check_rows_alone(Index hidden, const Lengths& lengths, Direction direction) {
  CAPTURE(hidden);
  const Solution<Cell, float> problem({hidden, lengths, direction, true});
  Solution<Cell, float> batch(problem);
  vc::Team team(1);
  batch.solve(team);
  for (Index row = 0; row < batch.plan.batch(); ++row) {
    auto alone = row_alone(problem, row);
    alone.solve(team);
    const auto check_same = [](const Matrix<float>& one, Index column, const Matrix<float>& many,
                               Index of_many) {
      CHECK(same_bits<float>(one.view().middle_columns(column, 1),
                             many.view().middle_columns(of_many, 1)));
    };
    for (Index t = 0; t < alone.plan.columns(); ++t) {
      const Index column = batch.plan.column(row, t);
      check_same(alone.h, t, batch.h, column);
      check_same(alone.carried, t, batch.carried, column);
      check_same(alone.dinputs, t, batch.dinputs, column);
    }
    check_same(alone.state, 0, batch.state, batch.plan.position(row));
  }
}

}  // namespace

TEST_CASE_TEMPLATE("recurrent kernels: a row has the same bits alone and in a batch", Cell, GruCell,
                   LstmCell) {
  for (const Direction direction : {Direction::forward, Direction::backward}) {
    for (const Index hidden : {17, 112}) {
      check_rows_alone<Cell>(hidden, {3, 0, 6, 3, 5, 1, 1, 2, 6, 4, 4}, direction);
    }
    check_rows_alone<Cell>(far, {3, 3, 2}, direction);
  }
}

TEST_CASE_TEMPLATE("recurrent kernels: inference saves nothing and gives the same bits", Cell,
                   GruCell, LstmCell) {
  const Case c{17, {3, 0, 6, 3, 5}, Direction::forward, true};
  Solution<Cell, float> training(c), inference(c);
  vc::Team team(1);
  training.solve(team);
  inference.run({}, team);
  CHECK(same_bits(inference.h, training.h));
  CHECK(same_bits(inference.carried, training.carried));
}

TEST_CASE_TEMPLATE("recurrent kernels: what is known to be zero is skipped, with the same bits",
                   Cell, GruCell, LstmCell) {
  vc::Team team(2);
  for (Case c : ragged_cases()) {
    c.with_start = false;
    CAPTURE(c.hidden);
    CAPTURE(c.lengths.size());
    CAPTURE(static_cast<int>(c.direction));
    Solution<Cell, float> plain(c), quick(c);
    quick.from_zeros = true;
    plain.solve(team);
    quick.solve(team);
    const auto a = quick.results(), b = plain.results();
    for (std::size_t k = 0; k < a.size(); ++k) {
      CAPTURE(k);
      // The gradient of a first output is not wanted, that of what is carried comes for nothing.
      const bool is_state = a[k] == &quick.state;
      const Index skipped = is_state ? c.hidden : 0, rows = a[k]->rows() - skipped;
      CHECK(same_bits<float>(a[k]->view().middle_rows(skipped, rows),
                             b[k]->view().middle_rows(skipped, rows)));
    }
  }
}

TEST_CASE_TEMPLATE("recurrent kernels: products that are summed beforehand give the same bits",
                   Cell, GruCell, LstmCell) {
  vc::Team team(2);
  for (const Case& c : ragged_cases()) {
    CAPTURE(c.hidden);
    CAPTURE(c.lengths.size());
    Solution<Cell, float> plain(c), before(c);
    before.sums_before = true;
    plain.solve(team);
    before.solve(team);
    for (std::size_t k = 0; k < plain.results().size(); ++k) {
      CAPTURE(k);
      CHECK(same_bits(*before.results()[k], *plain.results()[k]));
    }
  }
}
