// The GRU's kernels against their naive twin, over ragged batches in both directions. In float
// only: the gradient checks and the reference values run the same templates in double.
#include <algorithm>
#include <atomic>
#include <span>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include <vaecollapse/core/team.hpp>
#include <vaecollapse/kernels/naive/gru.hpp>

#include "support.hpp"

namespace vc = vaecollapse;
namespace kernels = vaecollapse::kernels;
namespace naive = vaecollapse::kernels::naive;
using namespace kernel_test;
using vc::Direction;

namespace {

using Lengths = std::vector<Index>;

std::size_t size(Index n) { return static_cast<std::size_t>(n); }

struct Case {
  Index hidden;
  Lengths lengths;
  Direction direction;
  bool with_h0;
};

/// Hidden sizes about the widths of vectors; one row, ragged rows, empty rows, more rows than
/// tiles.
std::vector<Case> cases() {
  std::vector<Case> result;
  for (const Index hidden : {1, 2, 5, 8, 15, 16, 17, 33}) {
    for (const Lengths& lengths :
         {Lengths{1}, Lengths{4}, Lengths{2, 5, 1}, Lengths{3, 0, 6, 3, 0},
          Lengths{1, 2, 3, 4, 5, 6, 7, 7, 7, 6, 5, 4, 3, 2, 1, 0, 7, 7, 7}, Lengths{0, 0}}) {
      for (const Direction direction : {Direction::forward, Direction::backward}) {
        result.push_back({hidden, lengths, direction, (hidden + Index(lengths.size())) % 2 == 0});
      }
    }
  }
  return result;
}

/// A problem and its whole solution: states, and every gradient for given gradients of the states.
template <class Scalar>
struct Solution {
  vc::SequencePlan plan;
  Direction direction;
  Matrix<Scalar> weights, input_bias, recurrent_bias, inputs, h0, dh;
  Matrix<Scalar> input_weights, x, one, other;
  Matrix<Scalar> h, dinputs, dh0, dweights, dinput_bias, drecurrent_bias;
  /// Tell the kernels that h_0 is zero and its gradient unwanted; sum the products beforehand.
  bool from_zeros = false, hears_before = false;
  /// Read the recurrent weights as they lie: for one row.
  bool as_they_lie = false;

  explicit Solution(const Case& c)
      : plan(c.lengths),
        direction(c.direction),
        weights(random<Scalar>(c.hidden, 3 * c.hidden, 1, 0.6)),
        input_bias(random<Scalar>(3 * c.hidden, 1, 2)),
        recurrent_bias(random<Scalar>(3 * c.hidden, 1, 3)),
        inputs(3 * c.hidden, plan.columns()),
        h0(random<Scalar>(c.hidden, plan.batch(), 5, c.with_h0 ? 1 : 0)),
        dh(random<Scalar>(c.hidden, plan.columns(), 6, 1, 4)),
        input_weights(random<Scalar>(3, 3 * c.hidden, 10)),
        x(random<Scalar>(3, plan.columns(), 11, 1, 2)),
        one(random<Scalar>(3 * c.hidden, plan.columns(), 12)),
        other(random<Scalar>(3 * c.hidden, plan.columns(), 13)),
        h(c.hidden, plan.columns(), 3),
        dinputs(3 * c.hidden, plan.columns()),
        dh0(c.hidden, plan.batch()),
        dweights(random<Scalar>(c.hidden, 3 * c.hidden, 7, 1, 1)),
        dinput_bias(random<Scalar>(3 * c.hidden, 1, 8)),
        drecurrent_bias(random<Scalar>(3 * c.hidden, 1, 9)) {}

  kernels::GruBiases<Scalar> biases() const { return {input_bias.data(), recurrent_bias.data()}; }
  View<const Scalar> constant(const Matrix<Scalar>& matrix) const { return matrix.view(); }

  /// W^T x and two columns that were made before.
  void sum_inputs() {
    naive::affine_forward<Scalar>(constant(input_weights), nullptr, constant(x), inputs.view());
    for (Index n = 0; n < plan.columns(); ++n) {
      for (Index i = 0; i < inputs.rows(); ++i) {
        inputs.view()(i, n) += one.view()(i, n) + other.view()(i, n);
      }
    }
  }

  void solve_naively() {
    sum_inputs();
    const naive::GruProblem<Scalar> gru{plan,     direction,        constant(weights),
                                        biases(), constant(inputs), constant(h0)};
    naive::gru_sequence_forward<Scalar>(gru, h.view());
    naive::gru_sequence_backward<Scalar>(
        gru, constant(h), constant(dh),
        {dweights.view(), dinput_bias.data(), drecurrent_bias.data(), dinputs.view(), dh0.view()});
  }

  /// Runs the forward pass. \shape saved [4H x N] or empty
  void run(View<Scalar> saved, vc::Team& team) {
    const Index hidden = weights.rows();
    std::vector<Scalar> memory(size(kernels::packed_gates_size<Scalar>(hidden, hidden)));
    std::vector<Scalar> input_memory(size(kernels::packed_gates_size<Scalar>(x.rows(), hidden)));
    const kernels::GruProduct<Scalar> product{
        kernels::pack_gates(constant(input_weights), input_memory.data(), team), constant(x)};
    std::vector<const Scalar*> made;
    for (Index n = 0; n < plan.columns(); ++n) {
      made.push_back(constant(one).column(n));
      made.push_back(constant(other).column(n));
    }
    Matrix<Scalar> heard(3 * hidden, plan.columns(), 2);
    if (hears_before) {
      kernels::gru_hear<Scalar>(plan, hidden, biases(), std::span(&product, 1), heard.view(), team);
    }
    kernels::gru_sequence_forward<Scalar>(
        plan, direction,
        as_they_lie ? kernels::RecurrentGates<Scalar>(constant(weights))
                    : kernels::pack_gates<Scalar>(constant(weights), memory.data(), team),
        biases(),
        {std::span(&product, 1), made, 2, hears_before ? constant(heard) : View<const Scalar>{}},
        from_zeros ? View<const Scalar>{} : constant(h0), h.view(), saved, team);
    CHECK(heard.gaps_untouched());
  }

  void solve(vc::Team& team) {
    const Index hidden = weights.rows();
    std::vector<Scalar> memory(
        size(std::max(kernels::packed_size<Scalar>(hidden, 3 * hidden),
                      kernels::packed_size<Scalar>(hidden, plan.columns()))));
    Matrix<Scalar> saved(4 * hidden, plan.columns(), 5);
    run(saved.view(), team);
    std::vector<const Scalar*> previous(static_cast<std::size_t>(plan.columns()));
    kernels::gru_previous_states<Scalar>(plan, direction, constant(h0), constant(h), previous);
    kernels::gru_sequence_backward<Scalar>(
        plan, direction,
        as_they_lie ? kernels::RecurrentGatesBackward<Scalar>(constant(weights))
                    : kernels::pack_gates_for_backward(constant(weights), memory.data(), team),
        previous, constant(dh), saved.view(), dh0.view(),
        from_zeros ? kernels::InitialGradient::unwanted : kernels::InitialGradient::wanted, team);
    const View<const Scalar> gates = saved.view();
    const auto [first, count] = from_zeros
                                    ? kernels::SequenceOrder(plan, direction).continuing_columns()
                                    : kernels::ColumnRange{0, plan.columns()};
    kernels::gru_recurrent_weights_backward<Scalar>(
        std::span(previous).subspan(size(first), size(count)), gates.middle_columns(first, count),
        dweights.view(), memory.data(), team);
    std::vector<Scalar> sums(size(4 * hidden));
    kernels::gru_biases_backward(gates, dinput_bias.data(), drecurrent_bias.data(), sums.data(),
                                 team);
    for (Index n = 0; n < plan.columns(); ++n) {
      std::copy_n(gates.column(n) + hidden, 3 * hidden, dinputs.view().column(n));
    }
    CHECK(saved.gaps_untouched());
  }

  std::vector<const Matrix<Scalar>*> results() const {
    return {&h, &dinputs, &dh0, &dweights, &dinput_bias, &drecurrent_bias};
  }
};

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

template <class Scalar = float>
bool shares_steps(Index rows, Index hidden, int threads) {
  const vc::Team team(threads);
  return kernels::threads_share_steps<Scalar>(rows, hidden, team);
}

template <class Scalar>
void check_threads_agree(const Case& c, bool as_they_lie) {
  Solution<Scalar> alone(c);
  vc::Team one(1);
  alone.as_they_lie = as_they_lie;
  alone.solve(one);
  for (const int threads : {2, 3, 6}) {
    for (const bool hears_before : {false, true}) {
      CAPTURE(threads);
      CAPTURE(hears_before);
      Solution<Scalar> together(c);
      together.as_they_lie = as_they_lie;
      together.hears_before = hears_before;
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

TEST_CASE("GRU: forward and backward against the naive twin") {
  for (const Case& c : cases()) check_against_naive_twin(c, false);
}

TEST_CASE("GRU: one row on weights as they lie against the naive twin") {
  for (const Case& c : cases()) {
    if (c.lengths.size() == 1) check_against_naive_twin(c, true);
  }
  for (const Index hidden : {47, 48, 49, 130}) {
    check_against_naive_twin({hidden, {7}, Direction::forward, true}, true);
  }
}

TEST_CASE("GRU: any number of threads gives the same bits") {
  Lengths many;
  for (Index row = 0; row < 40; ++row) many.push_back(row * 7 % 9);
  for (const Direction direction : {Direction::forward, Direction::backward}) {
    check_threads_agree<float>({17, many, direction, true}, false);
  }
}

TEST_CASE_TEMPLATE("GRU: threads that share the units of each step give the same bits", Scalar,
                   float, double) {
  constexpr Index units = 200;
  const Lengths some = {5, 2, 0};
  REQUIRE(shares_steps<Scalar>(1, units, 2));
  REQUIRE(shares_steps<Scalar>(1, units, 6));
  REQUIRE(shares_steps<Scalar>(Index(some.size()), units, 6));
  for (const Direction direction : {Direction::forward, Direction::backward}) {
    for (const bool as_they_lie : {false, true}) {
      check_threads_agree<Scalar>({units, {7}, direction, true}, as_they_lie);
    }
    check_threads_agree<Scalar>({units, some, direction, true}, false);
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
    std::vector<const float*> made;
    for (Index n = 0; n < columns; ++n) made.push_back(inputs.view().column(n));
    Matrix<float> alone(units, columns);
    for (const int threads : {1, 2, 3, 6}) {
      Matrix<float> after(units, columns);
      vc::Team team(threads);
      kernels::gru_step_forward<float>(
          kernels::pack_gates<float>(weights.view(), memory.data(), team),
          {bias.data(), bias.data()}, {{}, made, 1}, before.view(), after.view(), team);
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
  CHECK_FALSE(shares_steps(2 * kernels::tile_columns, 512, 2));
  // More threads do not unmake it, and never where rows keep more of them busy than panels would.
  for (const int threads : {3, 8, 16}) {
    CHECK(shares_steps(1, 512, threads));
    CHECK_FALSE(shares_steps(Index{threads} * kernels::tile_columns, 128, threads));
  }
}

TEST_CASE("GRU: a row has the same bits alone and in a batch") {
  for (const Direction direction : {Direction::forward, Direction::backward}) {
    Solution<float> batch({17, {3, 0, 6, 3, 5, 1, 1, 2, 6, 4, 4}, direction, true});
    vc::Team team(1);
    batch.solve(team);
    for (Index row = 0; row < batch.plan.batch(); ++row) {
      const Index length = batch.plan.length(row), place = batch.plan.position(row);
      Solution<float> alone({17, {length}, direction, true});
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
  for (Case c : cases()) {
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
  for (const Case& c : cases()) {
    CAPTURE(c.hidden);
    CAPTURE(c.lengths.size());
    Solution<float> plain(c), before(c);
    before.hears_before = true;
    plain.solve(team);
    before.solve(team);
    for (std::size_t k = 0; k < plain.results().size(); ++k) {
      CAPTURE(k);
      CHECK(same_bits(*before.results()[k], *plain.results()[k]));
    }
  }
}

namespace {

void check_hooks(const Lengths& lengths, Index hidden) {
  const vc::SequencePlan plan(lengths);
  const auto weights = random<float>(hidden, 3 * hidden, 1);
  const auto biases = random<float>(3 * hidden, 1, 2);
  const auto inputs = random<float>(3 * hidden, plan.columns(), 3);
  std::vector<const float*> made;
  for (Index n = 0; n < plan.columns(); ++n) made.push_back(inputs.view().column(n));
  const Matrix<float> h0(hidden, plan.batch()), dh(hidden, plan.columns());
  Matrix<float> h(hidden, plan.columns()), saved(4 * hidden, plan.columns()),
      state(hidden, plan.batch());
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
        {biases.data(), biases.data()}, {{}, made, 1}, h0.view(), h.view(), saved.view(), team,
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
    kernels::gru_previous_states<float>(plan, direction, h0.view(), std::as_const(h).view(),
                                        previous);
    kernels::gru_sequence_backward<float>(
        plan, direction, kernels::pack_gates_for_backward(weights.view(), memory.data(), team),
        previous, dh.view(), saved.view(), state.view(), kernels::InitialGradient::wanted, team,
        [&](Index step, Index first, Index last) { count(after, step, first, last); });
    CHECK(disorder == 0);
    for (const auto& visits : before) CHECK(visits == 1);
    for (const auto& visits : after) CHECK(visits == 1);
  }
}

}  // namespace

TEST_CASE("GRU: hooks see every column once, in the order of the steps") {
  check_hooks({3, 0, 6, 3, 5, 1, 1, 2, 6, 4, 4, 5, 5, 5, 2, 2, 2, 2}, 3);
  REQUIRE(shares_steps(1, 200, 2));
  check_hooks({4}, 200);
}
