// The LSTM's kernels on several threads: the same bits on any number of them, in whichever way they
// share the work, and hooks that see every column once.
#include <atomic>
#include <vector>

#include <doctest/doctest.h>

#include "lstm_problem.hpp"

using namespace kernel_test;

namespace {

template <class Scalar>
void check_lstm_threads_agree(const Case& c, bool as_they_lie) {
  LstmSolution<Scalar> alone(c);
  vc::Team one(1);
  alone.as_they_lie = as_they_lie;
  alone.solve(one);
  for (const int threads : {2, 3, 6}) {
    for (const bool sums_before : {false, true}) {
      CAPTURE(threads);
      CAPTURE(sums_before);
      LstmSolution<Scalar> together(c);
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

TEST_CASE("LSTM: any number of threads gives the same bits") {
  Lengths many;
  for (Index row = 0; row < 40; ++row) many.push_back(row * 7 % 9);
  for (const Direction direction : {Direction::forward, Direction::backward}) {
    check_lstm_threads_agree<float>({17, many, direction, true}, false);
  }
}

TEST_CASE_TEMPLATE("LSTM: threads that share the units of each step give the same bits", Scalar,
                   float, double) {
  const Lengths some = {5, 2, 0};
  for (const Index units : {Index{256}, far}) {
    REQUIRE(shares_steps<Scalar>(1, units, 2, kernels::lstm_gates));
    REQUIRE(shares_steps<Scalar>(Index(some.size()), units, 6, kernels::lstm_gates));
    for (const Direction direction : {Direction::forward, Direction::backward}) {
      for (const bool as_they_lie : {false, true}) {
        check_lstm_threads_agree<Scalar>({units, {5}, direction, true}, as_they_lie);
      }
      check_lstm_threads_agree<Scalar>({units, some, direction, true}, false);
    }
  }
}

TEST_CASE("LSTM: a step has the same bits on any number of threads, few columns or many") {
  constexpr Index units = 200;
  using Panels = kernels::GatePanels<float, kernels::lstm_gates>;
  const auto weights = random<float>(units, 4 * units, 1);
  const auto bias = random<float>(4 * units, 1, 2);
  std::vector<float> memory(size(Panels::size(weights.view())));
  for (const Index columns : {1, 3, 40}) {
    const auto inputs = random<float>(4 * units, columns, 3);
    const auto h = random<float>(units, columns, 4), c = random<float>(units, columns, 5);
    std::vector<const float*> projected;
    for (Index n = 0; n < columns; ++n) projected.push_back(inputs.view().column(n));
    Matrix<float> alone_h(units, columns), alone_c(units, columns);
    for (const int threads : {1, 2, 3, 6}) {
      Matrix<float> after_h(units, columns), after_c(units, columns);
      vc::Team team(threads);
      kernels::lstm_step_forward<float>(
          Panels::pack(weights.view(), memory.data(), team), {bias.data(), bias.data()},
          {{}, projected, 1}, {h.view(), c.view()}, {after_h.view(), after_c.view()}, team);
      if (threads == 1) {
        alone_h = after_h;
        alone_c = after_c;
      }
      CAPTURE(threads);
      CAPTURE(columns);
      CHECK(same_bits(after_h, alone_h));
      CHECK(same_bits(after_c, alone_c));
    }
  }
}

TEST_CASE("LSTM: a step is a sequence of length one") {
  vc::Team team(1);
  LstmSolution<float> sequence({17, {1, 1, 1, 1, 1, 1, 1}, Direction::forward, true});
  sequence.run({}, team);
  sequence.sum_inputs();
  using Panels = kernels::GatePanels<float, kernels::lstm_gates>;
  std::vector<float> memory(size(Panels::size(sequence.constant(sequence.weights))));
  std::vector<const float*> projected;
  for (Index n = 0; n < 7; ++n) projected.push_back(sequence.inputs.view().column(n));
  Matrix<float> h(17, 7), c(17, 7);
  kernels::lstm_step_forward<float>(
      Panels::pack(sequence.constant(sequence.weights), memory.data(), team), sequence.biases(),
      {{}, projected, 1}, sequence.start(), {h.view(), c.view()}, team);
  CHECK(difference(h, Matrix<double>(sequence.h)) < roundings<float>(20));
  CHECK(difference(c, Matrix<double>(sequence.c)) < roundings<float>(20));
}

namespace {

/// How often a hook saw each column of a plan, and how often it came in a wrong order.
class ColumnVisits {
 public:
  ColumnVisits(const vc::SequencePlan& plan, Direction order)
      : plan_(plan), order_(order), visits_(size(plan.columns())) {}

  void operator()(Index step, Index first, Index last) {
    for (Index j = first; j < last; ++j) {
      for (Index other = 0; other < plan_.steps(); ++other) {
        if (j >= plan_.active(other)) continue;
        const bool earlier = order_ == Direction::forward ? other < step : other > step;
        if (at(other, j) != (earlier ? 1 : 0)) ++disorder_;
      }
      ++at(step, j);
    }
  }
  bool once_and_in_order() const {
    if (disorder_ != 0) return false;
    for (const auto& visits : visits_) {
      if (visits != 1) return false;
    }
    return true;
  }

 private:
  std::atomic<int>& at(Index step, Index j) { return visits_[size(plan_.offset(step) + j)]; }

  const vc::SequencePlan& plan_;
  Direction order_;
  std::vector<std::atomic<int>> visits_;
  std::atomic<int> disorder_ = 0;
};

void check_lstm_hooks(const Lengths& lengths, Index hidden) {
  using Panels = kernels::GatePanels<float, kernels::lstm_gates>;
  const vc::SequencePlan plan(lengths);
  const auto weights = random<float>(hidden, 4 * hidden, 1),
             biases = random<float>(4 * hidden, 1, 2);
  const Matrix<float> zeros(hidden, plan.batch()), dh(hidden, plan.columns());
  Matrix<float> h(hidden, plan.columns()), c(h), saved(4 * hidden, plan.columns()),
      dh_before(zeros), dc_before(zeros), sums(4 * hidden, kernels::gate_sums(plan.batch()));
  std::vector<float> memory(size(
      std::max(Panels::size(weights.view()), kernels::packed_size<float>(hidden, 4 * hidden))));
  const View<const float> cells = c.view();
  vc::Team team(2);
  for (const Direction direction : {Direction::forward, Direction::backward}) {
    ColumnVisits before(plan, direction), after(plan, opposite(direction));
    kernels::lstm_sequence_forward<float>(
        plan, direction, Panels::pack(weights.view(), memory.data(), team),
        {biases.data(), biases.data()}, {}, {zeros.view(), zeros.view()}, {h.view(), c.view()},
        saved.view(), team,
        [&](Index step, Index first, Index last) { before(step, first, last); });
    std::vector<const float*> previous(size(plan.columns()));
    kernels::previous_columns<float>(plan, direction, zeros.view(), cells, previous);
    kernels::lstm_sequence_backward<float>(
        plan, direction, kernels::pack(weights.view(), memory.data(), team), previous, cells,
        dh.view(), saved.view(), {dh_before.view(), dc_before.view()}, sums.view(),
        kernels::InitialGradient::wanted, team,
        [&](Index step, Index first, Index last) { after(step, first, last); });
    CHECK(before.once_and_in_order());
    CHECK(after.once_and_in_order());
  }
}

}  // namespace

TEST_CASE("LSTM: hooks see every column once, in the order of the steps") {
  check_lstm_hooks({3, 0, 6, 3, 5, 1, 1, 2, 6, 4, 4, 5, 5, 5, 2, 2, 2, 2}, 3);
  REQUIRE(shares_steps(1, 280, 2, kernels::lstm_gates));
  check_lstm_hooks({4}, 280);
}
