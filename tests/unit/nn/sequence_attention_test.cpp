// Attention to the positions of a ragged sequence: names, decoding step by step, threads, refusals.
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include <vaecollapse/autodiff/ops/arithmetic.hpp>
#include <vaecollapse/autodiff/tape.hpp>
#include <vaecollapse/autodiff/workspace.hpp>
#include <vaecollapse/core/team.hpp>
#include <vaecollapse/nn/sequence_attention.hpp>

namespace {

namespace vc = vaecollapse;
using vc::Index;
using vc::SequenceAttention;

constexpr SequenceAttention::Score both_scores[] = {SequenceAttention::Score::dot,
                                                    SequenceAttention::Score::additive};

/// A memory of five rows, one of them empty, and queries for all of them.
struct AttentionProblem {
  using Score = SequenceAttention::Score;
  static constexpr Index inputs = 6, width = 20, values = 9;

  vc::Layout layout;
  vc::Slot<2> states = layout.add("states", vc::Shape<2>{{inputs, 14}}, vc::Init::normal(1));
  vc::Slot<2> queries = layout.add("queries", vc::Shape<2>{{4, 9}}, vc::Init::normal(1));
  vc::SequenceAttention attention;
  std::vector<Index> lengths{3, 5, 0, 1, 5}, rows{4, 0, 1, 3, 2, 4, 1, 0, 4};
  vc::SequencePlan plan{std::span<const Index>(lengths)};

  explicit AttentionProblem(Score score)
      : attention(layout, "attention", {4, inputs, width, values}, score) {}

  template <class C>
  auto memory(C& cx) const {
    using Scalar = typename C::scalar_type;
    return attention.memory(cx, vc::Sequence<Scalar>{cx.parameter(states), &plan});
  }
};

}  // namespace

TEST_CASE("SequenceAttention: its parameters, with a score for additive scores alone") {
  for (const auto score : both_scores) {
    const AttentionProblem problem(score);
    std::vector<std::string> names;
    for (const auto& entry : problem.layout.entries()) names.push_back(entry.name);
    std::vector<std::string> expected{"states",
                                      "queries",
                                      "attention.query.weight",
                                      "attention.query.bias",
                                      "attention.key.weight",
                                      "attention.key.bias",
                                      "attention.value.weight",
                                      "attention.value.bias"};
    if (score == SequenceAttention::Score::additive)
      expected.emplace_back("attention.score.weight");
    CHECK(names == expected);
    CHECK(problem.layout.find("attention.key.weight")->shape ==
          vc::Shape<2>{{AttentionProblem::inputs, AttentionProblem::width}});
    CHECK(problem.layout.find("attention.value.weight")->shape ==
          vc::Shape<2>{{AttentionProblem::inputs, AttentionProblem::values}});
    CHECK(problem.attention.width() == AttentionProblem::width);
    CHECK(problem.attention.value() == AttentionProblem::values);
  }
}

TEST_CASE("SequenceAttention: a row without positions gives zeros, and weights add up to one") {
  for (const auto score : both_scores) {
    const AttentionProblem problem(score);
    const vc::Parameters<double> parameters(problem.layout, vc::Seed{3});
    vc::Workspace<double> workspace(parameters);
    const auto found = problem.attention(workspace, problem.memory(workspace),
                                         workspace.parameter(problem.queries), problem.rows);
    CHECK(found.columns.shape() == vc::Shape<2>{{AttentionProblem::values, 9}});
    for (Index i = 0; i < AttentionProblem::values; ++i) CHECK(found.columns.view()(i, 4) == 0);
    Index pair = 0;
    for (const Index row : problem.rows) {
      double sum = 0;
      for (Index p = 0; p < problem.plan.length(row); ++p) sum += found.weights.data()[pair++];
      CHECK(sum == doctest::Approx(problem.plan.length(row) == 0 ? 0 : 1).epsilon(1e-12));
    }
    CHECK(pair == found.weights.size());
  }
}

TEST_CASE("dot attention: keys without rows are all alike") {
  const AttentionProblem problem(SequenceAttention::Score::dot);
  const vc::Parameters<float> parameters(problem.layout, vc::Seed{3});
  vc::Workspace<float> workspace(parameters);
  const auto keys = workspace.make<2>(vc::Shape<2>{{0, 14}});
  const auto queries = workspace.make<2>(vc::Shape<2>{{0, 9}});
  const auto found = vc::dot_attention(workspace, queries, problem.rows, keys,
                                       workspace.parameter(problem.states), problem.plan);
  Index pair = 0;
  for (const Index row : problem.rows) {
    const Index length = problem.plan.length(row);
    for (Index i = 0; i < length; ++i) {
      CHECK(found.weights.data()[pair++] == doctest::Approx(1.0F / float(length)));
    }
  }
}

TEST_CASE("a decoder that asks for one column at a time gets the bits of all at once") {
  for (const auto score : both_scores) {
    const AttentionProblem problem(score);
    const vc::Parameters<float> parameters(problem.layout, vc::Seed{3});
    vc::Workspace<float> workspace(parameters);
    const auto memory = problem.memory(workspace);
    // The projected queries: what `operator()` projects itself may depend on their number.
    const auto queries = workspace.make<2>(vc::Shape<2>{{AttentionProblem::width, 9}});
    for (Index i = 0; i < queries.size(); ++i) queries.data()[i] = std::sin(float(i));
    const auto ask = [&](const vc::Var<float, 2>& asked, std::span<const Index> rows) {
      return score == SequenceAttention::Score::dot
                 ? vc::dot_attention(workspace, asked, rows, memory.keys, memory.values,
                                     *memory.plan)
                 : vc::additive_attention(workspace, asked, rows, memory.keys,
                                          workspace.parameter(*problem.attention.score_weight()),
                                          memory.values, *memory.plan);
    };
    const auto whole = ask(queries, problem.rows);
    for (Index query = 0; query < 9; ++query) {
      const vc::Scope<vc::Workspace<float>> step(workspace);
      const auto one = workspace.make<2>(vc::Shape<2>{{AttentionProblem::width, 1}});
      std::copy_n(queries.view().column(query), AttentionProblem::width, one.data());
      const auto found = ask(one, std::span(problem.rows).subspan(std::size_t(query), 1));
      CHECK(std::equal(found.columns.data(), found.columns.data() + AttentionProblem::values,
                       whole.columns.view().column(query)));
    }
  }
}

TEST_CASE(
    "SequenceAttention: AttentionProblem::values, weights and gradients have the same bits on any "
    "team") {
  for (const auto score : both_scores) {
    const AttentionProblem problem(score);
    const auto trained = [&](int threads) {
      vc::Team team(threads);
      vc::Parameters<float> parameters(problem.layout, vc::Seed{3});
      vc::Tape<float> tape(parameters, team);
      const vc::Scope scope(tape);
      const auto found = problem.attention(tape, problem.memory(tape),
                                           tape.parameter(problem.queries), problem.rows);
      std::vector<float> numbers(found.columns.data(), found.columns.data() + found.columns.size());
      numbers.insert(numbers.end(), found.weights.data(),
                     found.weights.data() + found.weights.size());
      for (Index i = 0; i < found.columns.size(); ++i) {
        found.columns.gradient_data()[i] = std::cos(float(i));
      }
      tape.run_backward();
      numbers.insert(numbers.end(), parameters.gradients().begin(), parameters.gradients().end());
      return numbers;
    };
    const std::vector<float> alone = trained(1);
    CHECK(std::count(alone.begin(), alone.end(), 0.0F) < 40);
    CHECK(trained(2) == alone);
    CHECK(trained(3) == alone);
  }
}

TEST_CASE("attention: a Var that is queries, keys and values has the same gradient on any team") {
  // Each of two rows attends to the other, so that it adds to the gradients of the other's columns.
  vc::Layout layout;
  const auto slot = layout.add("x", vc::Shape<2>{{64, 160}}, vc::Init::normal(0.3));
  const auto score = layout.add("score", vc::Shape<1>{{64}}, vc::Init::normal(1));
  const std::vector<Index> lengths{80, 80};
  const vc::SequencePlan plan(lengths);
  std::vector<Index> rows(160);
  for (Index step = 0; step < 80; ++step) {
    rows[std::size_t(plan.column(0, step))] = 1;
    rows[std::size_t(plan.column(1, step))] = 0;
  }
  vc::Parameters<float> parameters(layout, vc::Seed{3});
  const auto gradients = [&](bool is_dot, vc::Team& team) {
    parameters.zero_gradients();
    vc::Tape<float> tape(parameters, team);
    const vc::Scope scope(tape);
    const auto x = tape.parameter(slot);
    const auto found =
        is_dot ? vc::dot_attention(tape, x, rows, x, x, plan)
               : vc::additive_attention(tape, x, rows, x, tape.parameter(score), x, plan);
    for (Index i = 0; i < found.columns.size(); ++i) {
      found.columns.gradient_data()[i] = std::cos(float(i));
    }
    tape.run_backward();
    return std::vector<float>(parameters.gradients().begin(), parameters.gradients().end());
  };
  vc::Team one, two(2);
  for (const bool is_dot : {true, false}) {
    const std::vector<float> alone = gradients(is_dot, one);
    int others = 0;
    for (int i = 0; i < 40; ++i) others += gradients(is_dot, two) != alone;
    CAPTURE(is_dot);
    CHECK(others == 0);
  }
}

TEST_CASE("attention to a sequence: what does not fit is refused with what would") {
  const AttentionProblem problem(SequenceAttention::Score::dot);
  const vc::Parameters<float> parameters(problem.layout, vc::Seed{3});
  vc::Workspace<float> workspace(parameters);
  const auto memory = problem.memory(workspace);
  const auto queries = workspace.make<2>(vc::Shape<2>{{AttentionProblem::width, 2}});
  const std::vector<Index> one{0}, behind{0, 5}, negative{-1, 0};
  CHECK_THROWS_WITH_AS(
      vc::dot_attention(workspace, queries, one, memory.keys, memory.values, problem.plan),
      "dot_attention: queries is [20 x 2], row of each query is [1], keys is [20 x 14], values is "
      "[9 x 14], plan [rows x positions] is [5 x 14]: queries must be [width x queries] with a row "
      "for each, keys [width x positions] and values [any x positions]",
      vc::ShapeError);
  CHECK_THROWS_WITH_AS(
      vc::dot_attention(workspace, queries, behind, memory.keys, memory.values, problem.plan),
      "dot_attention: query 1 belongs to row 5: it must be at least 0 and below 5, the rows of the "
      "plan",
      vc::Error);
  CHECK_THROWS_WITH_AS(
      vc::additive_attention(workspace, queries, negative, memory.keys,
                             workspace.make<1>(vc::Shape<1>{{AttentionProblem::width}}),
                             memory.values, problem.plan),
      "additive_attention: query 0 belongs to row -1: it must be at least 0 and below 5, the rows "
      "of the plan",
      vc::Error);
  CHECK_THROWS_WITH_AS(
      vc::additive_attention(workspace, queries, one, memory.keys,
                             workspace.make<1>(vc::Shape<1>{{3}}), memory.values, problem.plan),
      "additive_attention: queries is [20 x 2], row of each query is [1], keys is [20 x 14], "
      "values is [9 x 14], plan [rows x positions] is [5 x 14]: queries must be [width x queries] "
      "with a row for each, keys [width x positions] and values [any x positions]",
      vc::ShapeError);
  const std::vector<Index> two{0, 1};
  CHECK_THROWS_WITH_AS(
      vc::additive_attention(workspace, queries, two, memory.keys,
                             workspace.make<1>(vc::Shape<1>{{3}}), memory.values, problem.plan),
      "additive_attention: keys is [20 x 14], score is [3]: there must be a score for each row of "
      "the keys",
      vc::ShapeError);
  const vc::SequencePlan other(std::vector<Index>{1, 1});
  CHECK_THROWS_WITH_AS(
      problem.attention(workspace, memory,
                        vc::Sequence<float>{workspace.make<2>(vc::Shape<2>{{4, 2}}), &other}),
      "sequence attention: plan of the queries [rows x positions] is [2 x 2], plan of the memory "
      "is [5 x 14]: both must have as many rows",
      vc::ShapeError);
}
