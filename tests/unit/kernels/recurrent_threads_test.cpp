// The kernels of recurrent cells on several threads: the same bits on any number of them, in
// whichever way they share the work, and hooks that see every column once.
#include <algorithm>
#include <atomic>
#include <vector>

#include <doctest/doctest.h>

#include "recurrent_problem.hpp"

using namespace kernel_test;

namespace {

template <class Cell, class Scalar>
void check_threads_agree(const Case& c, bool as_they_lie) {
  Solution<Cell, Scalar> alone(c);
  vc::Team one(1);
  alone.as_they_lie = as_they_lie;
  alone.solve(one);
  for (const int threads : {2, 3, 6}) {
    for (const bool sums_before : {false, true}) {
      CAPTURE(threads);
      CAPTURE(sums_before);
      Solution<Cell, Scalar> together(c);
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

template <class Cell, class Scalar>
void check_shared_units() {
  constexpr int gates = static_cast<int>(Cell::template Kernels<Scalar>::gates);
  const Lengths some = {5, 2, 0};
  for (const Index units : {Index{280}, Index{256}, far}) {
    REQUIRE(shares_steps<Scalar>(1, units, 2, gates));
    REQUIRE(shares_steps<Scalar>(1, units, 6, gates));
    REQUIRE(shares_steps<Scalar>(Index(some.size()), units, 6, gates));
    for (const Direction direction : {Direction::forward, Direction::backward}) {
      for (const bool as_they_lie : {false, true}) {
        check_threads_agree<Cell, Scalar>({units, {5}, direction, true}, as_they_lie);
      }
      check_threads_agree<Cell, Scalar>({units, some, direction, true}, false);
    }
  }
}

}  // namespace

TEST_CASE_TEMPLATE("recurrent kernels: any number of threads gives the same bits", Cell, GruCell,
                   LstmCell) {
  Lengths many;
  for (Index row = 0; row < 40; ++row) many.push_back(row * 7 % 9);
  for (const Direction direction : {Direction::forward, Direction::backward}) {
    check_threads_agree<Cell, float>({17, many, direction, true}, false);
  }
}

TEST_CASE_TEMPLATE("recurrent kernels: threads that share the units of each step, the same bits",
                   Cell, GruCell, LstmCell) {
  check_shared_units<Cell, float>();
  check_shared_units<Cell, double>();
}

TEST_CASE_TEMPLATE("recurrent kernels: a step on any number of threads, few columns or many", Cell,
                   GruCell, LstmCell) {
  using Kernels = typename Cell::template Kernels<float>;
  constexpr Index units = 200, gates = Kernels::gates;
  const Index state_rows = Solution<Cell, float>::state_rows(units);
  const auto weights = random<float>(units, gates * units, 1);
  const auto bias = random<float>(gates * units, 1, 2);
  std::vector<float> memory(size(Kernels::Panels::size(weights.view())));
  for (const Index columns : {1, 3, 40}) {
    const auto inputs = random<float>(gates * units, columns, 3);
    const auto before = random<float>(state_rows, columns, 4);
    std::vector<const float*> projected;
    for (Index n = 0; n < columns; ++n) projected.push_back(inputs.view().column(n));
    Matrix<float> alone(state_rows, columns);
    for (const int threads : {1, 2, 3, 6}) {
      Matrix<float> after(state_rows, columns);
      vc::Team team(threads);
      Kernels::step(Kernels::Panels::pack(weights.view(), memory.data(), team),
                    {bias.data(), bias.data()}, {{}, projected, 1}, before.view(), after.view(),
                    team);
      if (threads == 1) alone = after;
      CAPTURE(threads);
      CAPTURE(columns);
      CHECK(same_bits(after, alone));
    }
  }
}

TEST_CASE_TEMPLATE("recurrent kernels: a step is a sequence of length one", Cell, GruCell,
                   LstmCell) {
  using Kernels = typename Cell::template Kernels<float>;
  constexpr Index units = 17, columns = 7;
  vc::Team team(1);
  Solution<Cell, float> sequence({units, Lengths(size(columns), 1), Direction::forward, true});
  sequence.run({}, team);
  sequence.sum_inputs();
  std::vector<float> memory(size(Kernels::Panels::size(sequence.constant(sequence.weights))));
  std::vector<const float*> projected;
  for (Index n = 0; n < columns; ++n) projected.push_back(sequence.inputs.view().column(n));
  Matrix<float> after(sequence.start.rows(), columns);
  Kernels::step(Kernels::Panels::pack(sequence.constant(sequence.weights), memory.data(), team),
                sequence.biases(), {{}, projected, 1}, sequence.constant(sequence.start),
                after.view(), team);
  const View<const float> found = after.view();
  const Matrix<double> h(sequence.h), carried(sequence.carried);
  CHECK(difference(found.middle_rows(0, units), h.view()) < roundings<float>(20));
  CHECK(difference(found.middle_rows(units, carried.rows()), carried.view()) <
        roundings<float>(20));
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

template <class Cell>
void check_hooks(const Lengths& lengths, Index hidden) {
  Solution<Cell, float> s({hidden, lengths, Direction::forward, true});
  using Kernels = typename Cell::template Kernels<float>;
  Matrix<float> saved(Kernels::saved_rows(hidden), s.plan.columns());
  const vc::Shape<2> of_sums = Kernels::sums(hidden, s.plan.batch());
  Matrix<float> sums(of_sums[0], of_sums[1]);
  std::vector<float> memory(
      size(std::max(Kernels::Panels::size(s.constant(s.weights)),
                    kernels::packed_size<float>(hidden, Kernels::gates * hidden))));
  vc::Team team(2);
  for (const Direction direction : {Direction::forward, Direction::backward}) {
    ColumnVisits before(s.plan, direction), after(s.plan, opposite(direction));
    Kernels::forward(
        {s.plan, direction, s.constant(s.start), s.h.view(), s.carried.view(), saved.view()},
        Kernels::Panels::pack(s.constant(s.weights), memory.data(), team), s.biases(), {}, team,
        [&](Index step, Index first, Index last) { before(step, first, last); });
    std::vector<const float*> previous(size(s.plan.columns())), previous_carried(previous);
    kernels::previous_columns<float>(s.plan, direction, s.first_h(), s.constant(s.h), previous);
    kernels::previous_columns<float>(s.plan, direction, s.first_carried(), s.constant(s.carried),
                                     previous_carried);
    Kernels::backward(
        {s.plan, direction, previous, previous_carried, s.constant(s.carried), s.constant(s.dh),
         saved.view(), s.state.view(), sums.view(), kernels::InitialGradient::wanted},
        Kernels::pack_for_backward(s.constant(s.weights), memory.data(), team), team,
        [&](Index step, Index first, Index last) { after(step, first, last); });
    CHECK(before.once_and_in_order());
    CHECK(after.once_and_in_order());
  }
}

}  // namespace

TEST_CASE_TEMPLATE("recurrent kernels: hooks see every column once, in the order of the steps",
                   Cell, GruCell, LstmCell) {
  check_hooks<Cell>({3, 0, 6, 3, 5, 1, 1, 2, 6, 4, 4, 5, 5, 5, 2, 2, 2, 2}, 3);
  REQUIRE(shares_steps(1, 280, 2, static_cast<int>(Cell::template Kernels<float>::gates)));
  check_hooks<Cell>({4}, 280);
}
