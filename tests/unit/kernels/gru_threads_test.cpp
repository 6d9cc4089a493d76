// The GRU's kernels on several threads: the same bits on any number of them, in whichever way they
// share the work, and hooks that see every column once.
#include <atomic>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include "gru_problem.hpp"

using namespace kernel_test;

namespace {

template <class Scalar>
void check_threads_agree(const Case& c, bool as_they_lie) {
  Solution<Scalar> alone(c);
  vc::Team one(1);
  alone.as_they_lie = as_they_lie;
  alone.solve(one);
  for (const int threads : {2, 3, 6}) {
    for (const bool sums_before : {false, true}) {
      CAPTURE(threads);
      CAPTURE(sums_before);
      Solution<Scalar> together(c);
      together.as_they_lie = as_they_lie;
      together.sums_before = sums_before;
      vc::Team team(threads);
      together.solve(team);
      for (std::size_t k = 0; k < alone.results().size(); ++k) {
        CAPTURE(k);
        CHECK(same_bits(*together.results()[k], *alone.results()[k]));
      }
    }
  }
}

}  // namespace

TEST_CASE("GRU: any number of threads gives the same bits") {
  Lengths many;
  for (Index row = 0; row < 40; ++row) many.push_back(row * 7 % 9);
  for (const Direction direction : {Direction::forward, Direction::backward}) {
    check_threads_agree<float>({17, many, direction, true}, false);
  }
}

TEST_CASE_TEMPLATE("GRU: threads that share the units of each step give the same bits", Scalar,
                   float, double) {
  const Lengths some = {5, 2, 0};
  for (const Index units : {Index{280}, Index{256}, far}) {
    REQUIRE(shares_steps<Scalar>(1, units, 2));
    REQUIRE(shares_steps<Scalar>(1, units, 6));
    REQUIRE(shares_steps<Scalar>(Index(some.size()), units, 6));
    for (const Direction direction : {Direction::forward, Direction::backward}) {
      for (const bool as_they_lie : {false, true}) {
        check_threads_agree<Scalar>({units, {5}, direction, true}, as_they_lie);
      }
      check_threads_agree<Scalar>({units, some, direction, true}, false);
    }
  }
}

TEST_CASE("GRU: a step has the same bits on any number of threads, few columns or many") {
  constexpr Index units = 200;
  const auto weights = random<float>(units, 3 * units, 1);
  const auto bias = random<float>(3 * units, 1, 2);
  std::vector<float> memory(size(kernels::packed_gates_size<float>(units, units)));
  for (const Index columns : {1, 3, 40}) {
    const auto inputs = random<float>(3 * units, columns, 3);
    const auto before = random<float>(units, columns, 4);
    std::vector<const float*> projected;
    for (Index n = 0; n < columns; ++n) projected.push_back(inputs.view().column(n));
    Matrix<float> alone(units, columns);
    for (const int threads : {1, 2, 3, 6}) {
      Matrix<float> after(units, columns);
      vc::Team team(threads);
      kernels::gru_step_forward<float>(
          kernels::pack_gates<float>(weights.view(), memory.data(), team),
          {bias.data(), bias.data()}, {{}, projected, 1}, before.view(), after.view(), team);
      if (threads == 1) alone = after;
      CAPTURE(threads);
      CAPTURE(columns);
      CHECK(same_bits(after, alone));
    }
  }
}

TEST_CASE("GRU: threads share steps where rows alone would keep few of them busy") {
  CHECK_FALSE(shares_steps(1, 512, 1));
  CHECK(shares_steps(1, 512, 2));
  CHECK_FALSE(shares_steps(1, 64, 2));  // too little to do
  if constexpr (kernels::tile_columns > 2) {
    // Where vectors are wide, to meet takes as long as what it would save.
    constexpr vc::Index lanes = vc::simd::lanes<float>;
    CHECK(shares_steps(1, lanes == 16 ? 192 : lanes == 8 ? 144 : 96, 2));
    CHECK_FALSE(shares_steps(1, lanes == 16 ? 128 : lanes == 8 ? 112 : 80, 2));
  }
  CHECK_FALSE(shares_steps(4 * kernels::border_rows, 512, 2));
  // More threads do not unmake it, and never where rows keep more of them busy than panels would.
  for (const int threads : {3, 8, 16}) {
    CHECK(shares_steps(1, 512, threads));
    CHECK_FALSE(shares_steps(2 * threads * kernels::border_rows, 128, threads));
  }
}

namespace {

void check_hooks(const Lengths& lengths, Index hidden) {
  const vc::SequencePlan plan(lengths);
  const auto weights = random<float>(hidden, 3 * hidden, 1);
  const auto biases = random<float>(3 * hidden, 1, 2);
  const auto inputs = random<float>(3 * hidden, plan.columns(), 3);
  std::vector<const float*> projected;
  for (Index n = 0; n < plan.columns(); ++n) projected.push_back(inputs.view().column(n));
  const Matrix<float> h0(hidden, plan.batch()), dh(hidden, plan.columns());
  Matrix<float> h(hidden, plan.columns()), saved(4 * hidden, plan.columns()),
      state(hidden, plan.batch()), sums(4 * hidden, kernels::gate_sums(plan.batch()));
  std::vector<float> memory(size(kernels::packed_gates_size<float>(hidden + 64, hidden)));
  vc::Team team(2);
  for (const Direction direction : {Direction::forward, Direction::backward}) {
    std::vector<std::atomic<int>> before(static_cast<std::size_t>(plan.columns()));
    std::vector<std::atomic<int>> after(static_cast<std::size_t>(plan.columns()));
    std::atomic<int> disorder = 0;
    const auto count = [&](auto& visits, Index step, Index first, Index last) {
      for (Index j = first; j < last; ++j) {
        ++visits[static_cast<std::size_t>(plan.offset(step) + j)];
      }
    };
    // The row at a place must have been at its step before.
    const auto at = [&](auto& visits, Index step, Index j) -> int {
      return j < plan.active(step) ? int(visits[static_cast<std::size_t>(plan.offset(step) + j)])
                                   : 1;
    };
    kernels::gru_sequence_forward<float>(
        plan, direction, kernels::pack_gates(weights.view(), memory.data(), team),
        {biases.data(), biases.data()}, {{}, projected, 1}, h0.view(), h.view(), saved.view(), team,
        [&](Index step, Index first, Index last) {
          for (Index other = 0; other < plan.steps(); ++other) {
            const bool earlier = direction == Direction::forward ? other < step : other > step;
            for (Index j = first; j < last; ++j) {
              if (earlier && at(before, other, j) != 1) ++disorder;
              if (!earlier && j < plan.active(other) && at(before, other, j) != 0) ++disorder;
            }
          }
          count(before, step, first, last);
        });
    std::vector<const float*> previous(static_cast<std::size_t>(plan.columns()));
    kernels::previous_columns<float>(plan, direction, h0.view(), std::as_const(h).view(), previous);
    kernels::gru_sequence_backward<float>(
        plan, direction, kernels::pack_gates_for_backward(weights.view(), memory.data(), team),
        previous, dh.view(), saved.view(), state.view(), sums.view(),
        kernels::InitialGradient::wanted, team,
        [&](Index step, Index first, Index last) { count(after, step, first, last); });
    CHECK(disorder == 0);
    for (const auto& visits : before) CHECK(visits == 1);
    for (const auto& visits : after) CHECK(visits == 1);
  }
}

}  // namespace

TEST_CASE("GRU: hooks see every column once, in the order of the steps") {
  check_hooks({3, 0, 6, 3, 5, 1, 1, 2, 6, 4, 4, 5, 5, 5, 2, 2, 2, 2}, 3);
  REQUIRE(shares_steps(1, 280, 2));
  check_hooks({4}, 280);
}
