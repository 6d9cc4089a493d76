// The products of attention to a ragged sequence, against their naive twins.
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include <vaecollapse/core/rng.hpp>
#include <vaecollapse/kernels/additive_attention.hpp>
#include <vaecollapse/kernels/naive/sequence_attention.hpp>
#include <vaecollapse/kernels/sequence_attention.hpp>

namespace sequence_attention_test {
namespace {

namespace vc = vaecollapse;
namespace kernels = vaecollapse::kernels;
using vc::Index;
using vc::View;

std::size_t size_of(Index n) { return static_cast<std::size_t>(n); }

/// Queries of a ragged batch, with memory for which positions they attend to.
struct Ragged {
  vc::SequencePlan plan;
  std::vector<Index> rows, first_position, first_pair, first_query, queries;
  std::vector<vc::Symbol> positions;
  kernels::AttendedPositions attended;

  Ragged(const std::vector<Index>& lengths, std::vector<Index> rows_of_queries)
      : plan(std::span<const Index>(lengths)),
        rows(std::move(rows_of_queries)),
        first_position(lengths.size() + 1),
        first_pair(rows.size() + 1),
        first_query(lengths.size() + 1),
        queries(rows.size()),
        positions(size_of(plan.columns())) {
    attended = kernels::attended_positions(
        plan, rows, {first_position, positions, first_pair, first_query, queries});
  }
  Ragged(const Ragged&) = delete;
};

/// Numbers about 1 that depend on the seed and their place.
template <class Scalar>
std::vector<Scalar> numbers(std::uint64_t seed, Index n) {
  const vc::Draws draws(vc::Seed{seed}, 0);
  std::vector<Scalar> drawn;
  for (std::uint32_t i = 0; Index(i) < n; ++i) {
    drawn.push_back(static_cast<Scalar>(vc::normal(draws.bits(vc::Stream::user, i, 0, 0, 0)[0])));
  }
  return drawn;
}

template <class Scalar>
void check_close(const std::vector<Scalar>& found, const std::vector<Scalar>& expected, Index n) {
  REQUIRE(found.size() == expected.size());
  double worst = 0;
  for (std::size_t i = 0; i < found.size(); ++i) {
    const double error = std::abs(double(found[i]) - double(expected[i]));
    const double relative = error / (1 + std::abs(double(expected[i])));
    if (!(relative <= worst)) worst = std::isnan(relative) ? HUGE_VAL : relative;
  }
  CHECK(worst <= 8 * double(n + 1) * double(std::numeric_limits<Scalar>::epsilon()));
}

/// Rows of 0 to 9 positions, with no, one and many queries: every size of a tile.
const std::vector<Index> lengths{3, 0, 9, 1, 4, 6, 2};
const std::vector<Index> rows{2, 0, 2, 6, 2, 1, 4, 2, 0, 2, 5, 2, 2, 0, 1, 6, 2, 3};

template <class Scalar>
struct Case {
  Ragged ragged{lengths, rows};
  Index width;
  std::vector<Scalar> table, queries, pairs;
  explicit Case(Index rows_of_table)
      : width(rows_of_table),
        table(numbers<Scalar>(1, width * ragged.plan.columns())),
        queries(numbers<Scalar>(2, width * Index(rows.size()))),
        pairs(numbers<Scalar>(3, ragged.attended.pairs())) {}

  const kernels::AttendedPositions& attended() const { return ragged.attended; }
  View<const Scalar> columns() const { return {table.data(), width, ragged.plan.columns()}; }
  View<const Scalar> asked() const { return {queries.data(), width, Index(rows.size())}; }
  template <class F>
  void for_rows(F&& f) const {
    for (Index row = 0; row < ragged.plan.batch(); ++row) f(row);
  }
};

constexpr Index widths[] = {1, 3, 8, 16, 17, 33, 70};

}  // namespace
}  // namespace sequence_attention_test

namespace st = sequence_attention_test;
namespace vc = vaecollapse;
namespace kernels = vaecollapse::kernels;

TEST_CASE("queries know the positions of their rows, and rows their queries") {
  const st::Ragged ragged({2, 0, 3}, {2, 0, 2, 1});
  const auto& attended = ragged.attended;
  CHECK(ragged.first_pair == std::vector<vc::Index>{0, 3, 5, 8, 8});
  CHECK(attended.pairs() == 8);
  CHECK(ragged.queries == std::vector<vc::Index>{1, 3, 0, 2});
  CHECK(ragged.first_query == std::vector<vc::Index>{0, 1, 2, 4});
  for (const vc::Index row : {0, 2}) {
    for (vc::Index step = 0; step < ragged.plan.length(row); ++step) {
      CHECK(vc::at(attended.of_row(row), step) == ragged.plan.column(row, step));
    }
  }
  CHECK(attended.of_row(1).empty());
}

TEST_CASE_TEMPLATE("each product of pairs equals its naive twin", Scalar, float, double) {
  for (const vc::Index width : st::widths) {
    CAPTURE(width);
    const st::Case<Scalar> c(width);
    auto pairs = c.pairs, expected = c.pairs;
    c.for_rows([&](vc::Index row) {
      kernels::pair_products<Scalar>(c.attended(), row, Scalar(0.5), c.columns(), c.asked(),
                                     pairs.data(), kernels::Output::accumulate);
    });
    kernels::naive::pair_products<Scalar>(c.attended(), Scalar(0.5), c.columns(), c.asked(),
                                          expected.data());
    st::check_close(pairs, expected, width);

    auto out = c.queries, expected_out = c.queries;
    c.for_rows([&](vc::Index row) {
      kernels::mix_positions<Scalar>(c.attended(), row, c.columns(), c.pairs.data(),
                                     {out.data(), width, vc::Index(st::rows.size())},
                                     kernels::Output::accumulate);
    });
    kernels::naive::mix_positions<Scalar>(c.attended(), c.columns(), c.pairs.data(),
                                          {expected_out.data(), width, vc::Index(st::rows.size())});
    st::check_close(out, expected_out, 9);

    auto table = c.table, expected_table = c.table;
    c.for_rows([&](vc::Index row) {
      kernels::mix_queries<Scalar>(c.attended(), row, c.asked(), c.pairs.data(),
                                   {table.data(), width, c.ragged.plan.columns()});
    });
    kernels::naive::mix_queries<Scalar>(c.attended(), c.asked(), c.pairs.data(),
                                        {expected_table.data(), width, c.ragged.plan.columns()});
    st::check_close(table, expected_table, vc::Index(st::rows.size()));
  }
}

TEST_CASE_TEMPLATE("what is replaced was not read", Scalar, float, double) {
  const st::Case<Scalar> c(17);
  const auto nan = std::numeric_limits<Scalar>::quiet_NaN();
  std::vector<Scalar> pairs(c.pairs.size(), nan), out(c.queries.size(), nan);
  std::vector<Scalar> expected(c.pairs.size()), expected_out(c.queries.size());
  c.for_rows([&](vc::Index row) {
    kernels::pair_products<Scalar>(c.attended(), row, Scalar(1), c.columns(), c.asked(),
                                   pairs.data(), kernels::Output::replace);
    kernels::mix_positions<Scalar>(c.attended(), row, c.columns(), c.pairs.data(),
                                   {out.data(), 17, vc::Index(st::rows.size())},
                                   kernels::Output::replace);
  });
  kernels::naive::pair_products<Scalar>(c.attended(), Scalar(1), c.columns(), c.asked(),
                                        expected.data());
  kernels::naive::mix_positions<Scalar>(c.attended(), c.columns(), c.pairs.data(),
                                        {expected_out.data(), 17, vc::Index(st::rows.size())});
  st::check_close(pairs, expected, 17);
  st::check_close(out, expected_out, 9);
}

TEST_CASE_TEMPLATE("softmax over the positions of each query, and back", Scalar, float, double) {
  const st::Case<Scalar> c(1);
  auto weights = c.pairs, expected = c.pairs;
  c.for_rows([&](vc::Index row) { kernels::pair_softmax(c.attended(), row, weights.data()); });
  kernels::naive::pair_softmax(c.attended(), expected.data());
  st::check_close(weights, expected, 9);
  const auto dweights = st::numbers<Scalar>(7, c.attended().pairs());
  std::vector<Scalar> dscores(dweights.size()), expected_dscores(dweights.size());
  c.for_rows([&](vc::Index row) {
    kernels::pair_softmax_backward(c.attended(), row, Scalar(0.25), weights.data(), dweights.data(),
                                   dscores.data());
  });
  kernels::naive::pair_softmax_backward(c.attended(), Scalar(0.25), expected.data(),
                                        dweights.data(), expected_dscores.data());
  st::check_close(dscores, expected_dscores, 9);
}

TEST_CASE_TEMPLATE("a query alone has the bits that it has among others", Scalar, float, double) {
  const st::Case<Scalar> c(33);
  std::vector<Scalar> together(c.pairs.size()), mixed(c.queries.size());
  c.for_rows([&](vc::Index row) {
    kernels::pair_products<Scalar>(c.attended(), row, Scalar(0.5), c.columns(), c.asked(),
                                   together.data(), kernels::Output::replace);
    kernels::mix_positions<Scalar>(c.attended(), row, c.columns(), c.pairs.data(),
                                   {mixed.data(), 33, vc::Index(st::rows.size())},
                                   kernels::Output::replace);
  });
  for (std::size_t query = 0; query < st::rows.size(); ++query) {
    const vc::Index row = st::rows[query], begin = c.attended().begin(vc::Index(query));
    const auto count = st::size_of(c.attended().begin(vc::Index(query) + 1) - begin);
    const st::Ragged alone(st::lengths, {row});
    std::vector<Scalar> pairs(count), out(33);
    kernels::pair_products<Scalar>(alone.attended, row, Scalar(0.5), c.columns(),
                                   c.asked().middle_columns(vc::Index(query), 1), pairs.data(),
                                   kernels::Output::replace);
    kernels::mix_positions<Scalar>(alone.attended, row, c.columns(), c.pairs.data() + begin,
                                   {out.data(), 33, 1}, kernels::Output::replace);
    CHECK(std::equal(pairs.begin(), pairs.end(), together.begin() + begin));
    CHECK(std::equal(out.begin(), out.end(), mixed.begin() + 33 * vc::Index(query)));
  }
}

TEST_CASE_TEMPLATE("additive scores equal their naive twin, there and back", Scalar, float,
                   double) {
  for (const vc::Index width : st::widths) {
    CAPTURE(width);
    const st::Case<Scalar> c(width);
    const auto score = st::numbers<Scalar>(4, width);
    const kernels::AttentionKeys<Scalar> by{c.columns(), score.data()};
    std::vector<Scalar> pairs(c.pairs.size()), expected(c.pairs.size());
    c.for_rows([&](vc::Index row) {
      kernels::additive_scores_forward<Scalar>(c.attended(), row, by, c.asked(), pairs.data());
    });
    kernels::naive::additive_scores_forward<Scalar>(c.attended(), c.columns(), score.data(),
                                                    c.asked(), expected.data());
    st::check_close(pairs, expected, width);

    const auto batch = c.ragged.plan.batch(), queries = vc::Index(st::rows.size());
    auto dqueries = c.queries, dkeys = c.table;
    std::vector<Scalar> of_rows(st::size_of(width * batch)), dscore(score.size());
    c.for_rows([&](vc::Index row) {
      kernels::additive_scores_backward<Scalar>(c.attended(), row, by, c.asked(), c.pairs.data(),
                                                {{dqueries.data(), width, queries},
                                                 {dkeys.data(), width, c.ragged.plan.columns()},
                                                 of_rows.data() + row * width});
    });
    for (std::size_t i = 0; i < of_rows.size(); ++i) dscore[i % score.size()] += of_rows[i];
    auto expected_dqueries = c.queries, expected_dkeys = c.table;
    std::vector<Scalar> expected_dscore(score.size());
    kernels::naive::additive_scores_backward<Scalar>(
        c.attended(), c.columns(), score.data(), c.asked(), c.pairs.data(),
        {expected_dqueries.data(), width, queries},
        {expected_dkeys.data(), width, c.ragged.plan.columns()}, expected_dscore.data());
    st::check_close(dqueries, expected_dqueries, 9);
    st::check_close(dkeys, expected_dkeys, queries);
    st::check_close(dscore, expected_dscore, vc::Index(c.pairs.size()));

    // Each is left out where it has no memory, and the others are the same.
    auto alone = c.table;
    c.for_rows([&](vc::Index row) {
      kernels::additive_scores_backward<Scalar>(
          c.attended(), row, by, c.asked(), c.pairs.data(),
          {{}, {alone.data(), width, c.ragged.plan.columns()}});
    });
    CHECK(alone == dkeys);
  }
}

TEST_CASE_TEMPLATE("additive scores of more positions than a block holds", Scalar, float, double) {
  const st::Ragged ragged({71, 3}, {0, 1, 0, 0});
  constexpr vc::Index width = 19;
  const auto keys = st::numbers<Scalar>(1, width * 74), queries = st::numbers<Scalar>(2, width * 4),
             score = st::numbers<Scalar>(3, width),
             dscores = st::numbers<Scalar>(4, ragged.attended.pairs());
  const vc::View<const Scalar> columns(keys.data(), width, 74), asked(queries.data(), width, 4);
  std::vector<Scalar> dqueries(queries.size()), dkeys(keys.size()), of_rows(2 * width),
      dscore(width);
  for (const vc::Index row : {0, 1}) {
    kernels::additive_scores_backward<Scalar>(
        ragged.attended, row, {columns, score.data()}, asked, dscores.data(),
        {{dqueries.data(), width, 4}, {dkeys.data(), width, 74}, of_rows.data() + row * width});
  }
  for (std::size_t i = 0; i < dscore.size(); ++i) dscore[i] = of_rows[i] + of_rows[i + width];
  std::vector<Scalar> expected_dqueries(queries.size()), expected_dkeys(keys.size()),
      expected_dscore(width);
  kernels::naive::additive_scores_backward<Scalar>(
      ragged.attended, columns, score.data(), asked, dscores.data(),
      {expected_dqueries.data(), width, 4}, {expected_dkeys.data(), width, 74},
      expected_dscore.data());
  st::check_close(dqueries, expected_dqueries, 71);
  st::check_close(dkeys, expected_dkeys, 3);
  st::check_close(dscore, expected_dscore, ragged.attended.pairs());
}
