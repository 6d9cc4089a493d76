#include <array>
#include <cstddef>
#include <span>
#include <vector>

#include <doctest/doctest.h>

#include <vaecollapse/autodiff/gradcheck.hpp>
#include <vaecollapse/nn/attention.hpp>
#include <vaecollapse/nn/embedding.hpp>
#include <vaecollapse/nn/gru.hpp>
#include <vaecollapse/nn/linear.hpp>

#include "support.hpp"

namespace vc = vaecollapse;
using vc::Index;
using Contribution = vc::Contribution<double>;

namespace {

constexpr double tolerance = 1e-7;

/// Rows of lengths 3, 5, 0, 1, 5 with one tag, none, two, all six, and three.
struct Rows {
  std::vector<Index> lengths{3, 5, 0, 1, 5};
  std::vector<Index> first{0, 1, 1, 3, 9, 12};
  std::vector<vc::Symbol> ids{2, 0, 5, 0, 1, 2, 3, 4, 5, 1, 3, 4};
  std::vector<vc::Symbol> symbols{0, 1, 2, 3, 3, 2, 1, 0, 1, 2, 3, 0, vc::no_symbol, 2};
  vc::SequencePlan plan{std::span<const Index>(lengths)};

  vc::TagSets tags() const { return {first, ids}; }
};

constexpr Index tag_count = 6, tag_width = 3, hidden = 5, latent = 2, width = 4, outputs = 7;

/// A GRU that attends, and an output layer that mixes the tags by the same weights.
struct Network {
  vc::Layout layout;
  vc::Embedding symbols{layout, "symbols", {4, 2}};
  vc::Embedding tags{layout, "tags", {tag_count, tag_width}};
  vc::Slot<2> z = layout.add("z", vc::Shape<2>{{latent, 5}}, vc::Init::normal(1));
  vc::Slot<2> h0 = layout.add("h0", vc::Shape<2>{{hidden, 5}}, vc::Init::normal(1));
  vc::TagAttention attention{layout, "attention", {hidden, tag_width, width}};
  vc::Gru gru;
  vc::Linear output{layout, "output", {hidden + tag_width, outputs}};

  explicit Network(vc::Direction direction)
      : gru(layout, "gru", {2, hidden, tag_width + latent}, direction) {}

  auto states(vc::Tape<double>& tape, const Rows& rows, bool with_h0 = true) const {
    const auto table = tape.parameter(tags.table());
    const std::array inputs{
        Contribution::per_symbol(symbols(tape, vc::Symbols{&rows.plan, rows.symbols})),
        Contribution::attended(table, rows.tags()), Contribution::per_row(tape.parameter(z))};
    return gru.sequence(tape, attention(tape, table), inputs, rows.plan,
                        with_h0 ? tape.parameter(h0) : vc::Var<double, 2>{});
  }
};

void check(Network& network, auto&& f) {
  vc::Parameters<double> parameters(network.layout, vc::Seed{3});
  // Keys and scores large enough for weights that are far from equal.
  for (double& x : parameters.values()) x *= 1.5;
  const auto result = vc::gradcheck(parameters, f);
  INFO(result.message());
  CHECK(result.error < tolerance);
  CHECK(result.checked > 150);
  gradcheck_test::check_frozen(parameters, f);
}

}  // namespace

TEST_CASE("gradcheck: states of an attending GRU") {
  const Rows rows;
  for (const vc::Direction direction : {vc::Direction::forward, vc::Direction::backward}) {
    Network network(direction);
    check(network,
          [&](vc::Tape<double>& tape) { return network.states(tape, rows).states.columns; });
    check(network,
          [&](vc::Tape<double>& tape) { return network.states(tape, rows, false).states.columns; });
  }
}

TEST_CASE("gradcheck: last states of an attending GRU") {
  const Rows rows;
  for (const vc::Direction direction : {vc::Direction::forward, vc::Direction::backward}) {
    Network network(direction);
    check(network, [&](vc::Tape<double>& tape) { return network.states(tape, rows).last(); });
  }
}

TEST_CASE("gradcheck: the weights of the tags") {
  const Rows rows;
  for (const vc::Direction direction : {vc::Direction::forward, vc::Direction::backward}) {
    Network network(direction);
    check(network, [&](vc::Tape<double>& tape) { return network.states(tape, rows).weights; });
  }
}

TEST_CASE("gradcheck: states and tags mixed by the weights, through an output layer") {
  const Rows rows;
  for (const vc::Direction direction : {vc::Direction::forward, vc::Direction::backward}) {
    Network network(direction);
    check(network, [&](vc::Tape<double>& tape) {
      const auto found = network.states(tape, rows);
      const std::array says{
          Contribution::per_step(found.states.columns),
          Contribution::per_tag(tape.parameter(network.tags.table()), found.weights, rows.tags())};
      return network.output(tape, says, rows.plan).columns;
    });
  }
}

TEST_CASE("gradcheck: tags mixed by weights that are parameters, as only and as first input") {
  const Rows rows;
  vc::Layout layout;
  const vc::Embedding tags(layout, "tags", {tag_count, tag_width});
  const vc::Linear output(layout, "output", {tag_width, outputs});
  const vc::Linear both(layout, "both", {tag_width + latent, outputs});
  const auto weights = layout.add("weights", vc::Shape<1>{{1 * 3 + 0 * 5 + 2 * 0 + 6 * 1 + 3 * 5}},
                                  vc::Init::normal(1));
  const auto z = layout.add("z", vc::Shape<2>{{latent, 5}}, vc::Init::normal(1));
  vc::Parameters<double> parameters(layout, vc::Seed{3});
  const auto result = vc::gradcheck(parameters, [&](vc::Tape<double>& tape) {
    const auto mixed =
        Contribution::per_tag(tape.parameter(tags.table()), tape.parameter(weights), rows.tags());
    const std::array alone{mixed};
    const std::array first{mixed, Contribution::per_row(tape.parameter(z))};
    return vc::add(tape, output(tape, alone, rows.plan).columns,
                   both(tape, first, rows.plan).columns);
  });
  INFO(result.message());
  CHECK(result.error < tolerance);
  CHECK(result.checked > 80);
}
