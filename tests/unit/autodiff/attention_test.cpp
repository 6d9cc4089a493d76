#include <algorithm>
#include <array>
#include <cmath>
#include <span>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include <vaecollapse/autodiff/tape.hpp>
#include <vaecollapse/autodiff/workspace.hpp>
#include <vaecollapse/core/team.hpp>
#include <vaecollapse/nn/attention.hpp>
#include <vaecollapse/nn/embedding.hpp>
#include <vaecollapse/nn/gru.hpp>
#include <vaecollapse/nn/linear.hpp>

namespace vc = vaecollapse;
using vc::Index;

namespace {

/// Thirteen rows, so that two threads share them unevenly.
struct Rows {
  std::vector<Index> lengths;
  std::vector<Index> first{0};
  std::vector<vc::Symbol> ids;
  vc::SequencePlan plan{std::span<const Index>(lengths)};

  explicit Rows(const std::vector<Index>& of_lengths = {3, 5, 0, 1, 5, 4, 4, 2, 6, 1, 3, 3, 2})
      : lengths(of_lengths) {
    for (std::size_t row = 0; row < lengths.size(); ++row) {
      for (std::size_t tag = 0; tag < row % 7; ++tag) {
        ids.push_back(static_cast<vc::Symbol>((row + 3 * tag) % 6));
      }
      first.push_back(Index(ids.size()));
    }
  }
  vc::TagSets tags() const { return {first, ids}; }
};

template <class Scalar>
struct Network {
  vc::Layout layout;
  vc::Embedding tags{layout, "tags", {6, 3}};
  vc::TagAttention attention;
  vc::Gru gru;
  vc::Linear output;
  vc::Parameters<Scalar> parameters;

  explicit Network(Index units = 5)
      : attention(layout, "attention", {units, 3, 4}),
        gru(layout, "gru", {3, units}),
        output(layout, "output", {units + 3, 7}),
        parameters(layout, vc::Seed{3}) {}

  template <vc::Context C>
  auto states(C& cx, const Rows& rows) const {
    const auto table = cx.parameter(tags.table());
    const std::array inputs{vc::Contribution<Scalar>::attended(table, rows.tags())};
    return gru.sequence(cx, attention(cx, table), inputs, rows.plan);
  }
  template <vc::Context C>
  auto logits(C& cx, const Rows& rows) const {
    const auto found = states(cx, rows);
    const std::array says{
        vc::Contribution<Scalar>::per_step(found.states.columns),
        vc::Contribution<Scalar>::per_tag(cx.parameter(tags.table()), found.weights, rows.tags())};
    return output(cx, says, rows.plan).columns;
  }
};

template <class F>
std::string message_of(F&& f) {
  try {
    f();
  } catch (const vc::Error& error) {
    return error.what();
  }
  return "no error";
}

template <class Scalar>
void check_threads_agree(const Rows& rows, Index units) {
  std::vector<Scalar> values, gradients;
  for (const int threads : {1, 2, 3, 6}) {
    Network<Scalar> network(units);
    vc::Team team(threads);
    vc::Tape<Scalar> tape(network.parameters, team);
    const vc::Scope scope(tape);
    const auto y = network.logits(tape, rows);
    std::fill_n(y.gradient_data(), y.size(), Scalar(1));
    tape.run_backward();
    const auto g = network.parameters.gradients();
    if (threads == 1) {
      values.assign(y.data(), y.data() + y.size());
      gradients.assign(g.begin(), g.end());
    }
    CHECK(std::equal(values.begin(), values.end(), y.data()));
    CHECK(std::equal(gradients.begin(), gradients.end(), g.begin()));
  }
  CHECK(std::any_of(gradients.begin(), gradients.end(), [](Scalar x) { return x != 0; }));
}

}  // namespace

TEST_CASE_TEMPLATE("attention has the same bits on any number of threads", Scalar, float, double) {
  check_threads_agree<Scalar>(Rows(), 5);
  // So few rows of so many units that threads share the units of each step.
  constexpr Index units = 200;
  const vc::Team team(6);
  for (const Rows& rows : {Rows({5}), Rows({5, 2, 0})}) {
    REQUIRE(vc::kernels::threads_share_steps<Scalar>(rows.plan.batch(), units, team));
    check_threads_agree<Scalar>(rows, units);
  }
}

TEST_CASE("a workspace computes what a tape computes, to the bit") {
  const Rows rows;
  Network<float> network;
  vc::Tape<float> tape(network.parameters);
  vc::Workspace<float> workspace(network.parameters);
  const vc::Scope scope(tape);
  const vc::Scope other(workspace);
  const auto on_tape = network.logits(tape, rows), plain = network.logits(workspace, rows);
  REQUIRE(on_tape.size() == plain.size());
  CHECK(std::equal(plain.data(), plain.data() + plain.size(), on_tape.data()));
}

TEST_CASE("the weights' gradient is all there is, from the states and from outside") {
  const Rows rows;
  Network<double> network;
  vc::Tape<double> tape(network.parameters);
  const auto total = [&](double from_states, double from_outside) {
    const vc::Scope scope(tape);
    const auto found = network.states(tape, rows);
    std::fill_n(found.states.columns.gradient_data(), found.states.columns.size(), from_states);
    std::fill_n(found.weights.gradient_data(), found.weights.size(), from_outside);
    tape.run_backward();
    return std::vector<double>(found.weights.gradient_data(),
                               found.weights.gradient_data() + found.weights.size());
  };
  // What comes from outside to a softmax is the same for all: it moves no state, and stays.
  const auto inside = total(1, 0), both = total(1, 2);
  for (std::size_t i = 0; i < inside.size(); ++i) {
    CHECK(std::abs(both[i] - inside[i] - 2) < 1e-12);
  }
}

TEST_CASE("a mix by weights of one is the sum of the tags") {
  const Rows rows;
  Network<double> network;
  vc::Workspace<double> workspace(network.parameters);
  const vc::Scope scope(workspace);
  const auto weights =
      workspace.make<1>(vc::Shape<1>{{vc::detail::count_column_tags(rows.plan, rows.tags())}});
  std::fill_n(weights.data(), weights.size(), 1.0);
  vc::Layout layout;
  const vc::Linear linear(layout, "linear", {3, 4});
  vc::Parameters<double> other(layout, vc::Seed{1});
  const auto mix = [&](const vc::Contribution<double>& input) {
    vc::Workspace<double> cx(other);
    const std::array inputs{input};
    const auto y = linear(cx, inputs, rows.plan).columns;
    return std::vector<double>(y.data(), y.data() + y.size());
  };
  const auto table = workspace.parameter(network.tags.table());
  const auto mixed = mix(vc::Contribution<double>::per_tag(table, weights, rows.tags()));
  const auto summed =
      mix(vc::Contribution<double>::per_row(vc::tag_sum(workspace, table, rows.tags())));
  for (std::size_t i = 0; i < summed.size(); ++i) CHECK(std::abs(mixed[i] - summed[i]) < 1e-13);
}

TEST_CASE("errors name the op and the shapes") {
  const Rows rows;
  Network<float> network;
  vc::Workspace<float> cx(network.parameters);
  const vc::Scope scope(cx);
  using Contribution = vc::Contribution<float>;
  const auto table = cx.parameter(network.tags.table());
  const auto vars = network.attention(cx, table);
  const auto run = [&](const vc::AttentionVars<float>& attention,
                       std::span<const Contribution> inputs) {
    return message_of([&] { network.gru.sequence(cx, attention, inputs, rows.plan); });
  };

  CHECK(run(vars, std::vector<Contribution>{}) ==
        "gru_attending: there are 0 attended inputs: there must be one");
  const auto attended = Contribution::attended(table, rows.tags());
  CHECK(run(vars, std::vector{attended, attended}) ==
        "gru_attending: there are 2 attended inputs: there must be one");

  auto narrow = vars;
  narrow.score = cx.make<1>(vc::Shape<1>{{3}});
  CHECK(run(narrow, std::vector{attended}) ==
        "gru_attending: query is [5 x 4], keys is [4 x 6], score is [3], recurrent weights is "
        "[5 x 15], table of tags is [3 x 6]: query must be [hidden x width], keys [width x tags], "
        "score [width]");

  std::vector<vc::Symbol> ids = rows.ids;
  for (const vc::Symbol wrong : {vc::Symbol{6}, vc::no_symbol}) {
    ids[4] = wrong;
    CHECK(run(vars, std::vector{Contribution::attended(table, {rows.first, ids})}) ==
          "gru_attending: tag " + std::to_string(wrong) +
              " is not in the table [3 x 6], whose columns are the tags");
  }

  const std::vector<Index> fewer(rows.first.begin(), rows.first.end() - 1);
  CHECK(run(vars, std::vector{Contribution::attended(table, {fewer, rows.ids})}) ==
        "gru_attending: tag sets is [12], plan [rows x symbols] is [13 x 39]: there must be a set "
        "of tags for each row of the plan");

  CHECK(message_of([&] { network.gru.sequence(cx, std::vector{attended}, rows.plan); }) ==
        "gru: weights of tags is [0], tags of all columns is [111]: there must be a weight for "
        "each tag of each column; an attended input gets them from a GRU's attention, and can "
        "stand nowhere else");
}
