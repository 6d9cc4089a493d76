// A table of symbols projected as a whole, or by the columns that its symbols take: the rule that
// chooses, and that both ways compute the same.
#include <algorithm>
#include <array>
#include <cstddef>
#include <set>
#include <span>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include <vaecollapse/autodiff/ops/column_subset.hpp>
#include <vaecollapse/autodiff/ops/contributions.hpp>
#include <vaecollapse/autodiff/tape.hpp>
#include <vaecollapse/autodiff/workspace.hpp>
#include <vaecollapse/core/rng.hpp>
#include <vaecollapse/core/team.hpp>
#include <vaecollapse/nn/embedding.hpp>
#include <vaecollapse/nn/gru.hpp>
#include <vaecollapse/nn/linear.hpp>

#include "support/values.hpp"

namespace vc = vaecollapse;
using vaecollapse_test::greatest_difference;
using vaecollapse_test::values;
using vc::Index;
using vc::Symbol;

namespace {

constexpr Index words = 6, width = 5, hidden = 11, context = 2;

/// Made-up numbers in (-1, 1).
double number(std::uint32_t which, Index i) {
  return 2 * vc::Draws(vc::Seed{3}, 0).uniform(vc::Stream::user, which, std::uint32_t(i), 0, 0) - 1;
}

/// Rows of words: some often, the last one never, and a few steps without any.
struct Rows {
  std::vector<Index> lengths;
  vc::SequencePlan plan;
  std::vector<Symbol> ids;

  explicit Rows(std::vector<Index> rows = {7, 0, 9, 1, 8})
      : lengths(std::move(rows)), plan(lengths) {
    for (Index n = 0; n < plan.columns(); ++n) {
      ids.push_back(n % 7 == 3 ? vc::no_symbol : Symbol(n * n % (words - 1)));
    }
  }
};

/// Everything that reads a table of `symbols` columns, of which word i is column i * apart.
template <class Scalar>
struct Model {
  Index symbols, apart;
  vc::Layout layout;
  vc::Embedding embedding{layout, "embedding", {symbols, width}};
  vc::BiGru both{layout, "both", {width, hidden}};
  vc::Gru gru{layout, "gru", {width, hidden, context}};
  vc::Linear output{layout, "output", {width + hidden, 4}};
  vc::Slot<2> rows;
  vc::Parameters<Scalar> parameters;

  Model(Index table, Index distance, Index batch)
      : symbols(table),
        apart(distance),
        rows(layout.add("rows", vc::Shape<2>{{context, batch}}, vc::Init::normal(1))),
        parameters(layout) {
    std::uint32_t which = 0;
    for (const auto& entry : layout.entries()) {
      const auto to = parameters.values(entry);
      const bool is_table = which++ == 0;
      for (std::size_t i = 0; i < to.size(); ++i) {
        // A word's column has the same numbers wherever it stands.
        const Index at = is_table ? word_of(Index(i)) : Index(i);
        to[i] = Scalar(number(which, at));
      }
    }
    std::fill(parameters.gradients().begin(), parameters.gradients().end(), Scalar(0.25));
  }

  Index word_of(Index i) const { return i / width / apart * width + i % width; }
  std::vector<Symbol> columns_of(std::span<const Symbol> ids) const {
    std::vector<Symbol> found(ids.begin(), ids.end());
    for (Symbol& id : found) {
      if (id != vc::no_symbol) id = Symbol(id * apart);
    }
    return found;
  }

  /// The outputs of all layers.
  template <class C>
  std::vector<vc::Var<Scalar, 2>> run(C& cx, const vc::Symbols& of) const {
    using Input = vc::Contribution<Scalar>;
    const auto x = embedding(cx, of);
    const auto a = both(cx, x);
    const auto b = gru(cx, x, cx.parameter(rows));
    const std::array inputs{Input::per_symbol(x), Input::per_step(b.states.columns)};
    return {a.states.columns, a.last(), output(cx, inputs, *of.plan).columns};
  }
};

/// What comes out: values, and gradients on top of what was there.
template <class Scalar>
struct Found {
  std::vector<std::vector<Scalar>> outputs;
  std::vector<Scalar> words;   ///< the gradients of the words' columns
  std::vector<Scalar> others;  ///< of the table's other columns
  std::vector<Scalar> weights;
};

template <class Scalar>
Found<Scalar> differentiate(Index symbols, Index apart, const Rows& rows, int threads = 1) {
  Model<Scalar> model(symbols, apart, rows.plan.batch());
  vc::Team team(threads);
  vc::Tape<Scalar> tape(model.parameters, team);
  const auto ids = model.columns_of(rows.ids);
  Found<Scalar> found;
  const vc::Scope scope(tape);
  for (const auto& y : model.run(tape, {&rows.plan, ids})) {
    found.outputs.push_back(values(y));
    for (Index i = 0; i < y.size(); ++i) y.gradient_data()[i] += Scalar(number(99, i));
  }
  tape.run_backward();
  const auto gradients = std::as_const(model.parameters).gradients();
  const Index table = symbols * width;
  for (Index i = 0; i < Index(gradients.size()); ++i) {
    const bool is_word = i < table && i / width % apart == 0 && i / width / apart < words;
    auto& to = is_word ? found.words : i < table ? found.others : found.weights;
    to.push_back(gradients[std::size_t(i)]);
  }
  return found;
}

template <class Scalar>
void check_same(const Found<Scalar>& a, const Found<Scalar>& b) {
  CHECK(a.outputs == b.outputs);
  CHECK(a.words == b.words);
  CHECK(a.weights == b.weights);
}

}  // namespace

TEST_CASE("gathers_columns: a table is projected as a whole up to a quarter of the symbols") {
  CHECK_FALSE(vc::detail::gathers_columns(40, 640));  // the study: characters of a batch of words
  CHECK_FALSE(vc::detail::gathers_columns(160, 640));
  CHECK(vc::detail::gathers_columns(161, 640));
  CHECK(vc::detail::gathers_columns(10000, 640));
  CHECK_FALSE(vc::detail::gathers_columns(1, 4));
  CHECK(vc::detail::gathers_columns(1, 3));
  CHECK(vc::detail::gathers_columns(1, 0));
}

TEST_CASE("taken_columns: each column once, in the table's order, and where each symbol finds it") {
  vc::Arena arena;
  for (const Index table : {1, 63, 64, 65, 128, 1000}) {
    for (const Index count : {0, 1, 5, 300}) {
      CAPTURE(table);
      CAPTURE(count);
      const vc::ArenaFrame frame(arena);
      std::vector<Symbol> ids;
      for (Index i = 0; i < count; ++i) {
        const auto id = Symbol((number(1, i) + 1) / 2 * double(table));
        ids.push_back(i % 5 == 4 ? vc::no_symbol : i == 0 ? Symbol(table - 1) : id);
      }
      std::set<Symbol> expected(ids.begin(), ids.end());
      expected.erase(vc::no_symbol);
      const auto taken = vc::detail::taken_columns(table, ids, arena);
      CHECK(
          std::equal(expected.begin(), expected.end(), taken.columns.begin(), taken.columns.end()));
      REQUIRE(taken.places.size() == ids.size());
      for (std::size_t n = 0; n < ids.size(); ++n) {
        const Symbol place = taken.places[n];
        CHECK((place == vc::no_symbol ? vc::no_symbol : vc::at(taken.columns, place)) == ids[n]);
      }
    }
  }
}

TEST_CASE("ColumnSubset: what is put back lands where it came from, and nowhere else") {
  vc::Arena arena;
  vc::Team team(2);
  std::vector<double> numbers(4 * 7);
  for (std::size_t i = 0; i < numbers.size(); ++i) numbers[i] = double(i);
  const vc::View<double> matrix(numbers.data(), 3, 7, 4);
  const std::vector<Symbol> columns{1, 2, 6};
  const vc::detail::ColumnSubset subset{columns};
  CHECK(subset.count(7) == 3);
  CHECK(vc::detail::ColumnSubset().of(matrix, arena, team).data == matrix.data);
  const vc::View<double> some = subset.of(matrix, arena, team);
  std::vector<double> expected = numbers;
  for (Index j = 0; j < 3; ++j) {
    for (Index i = 0; i < 3; ++i) {
      const auto place = std::size_t(i + 4 * vc::at(columns, j));
      CHECK(some(i, j) == double(place));
      some(i, j) = expected[place] = -double(place);
    }
  }
  subset.put_back<double>(some, matrix, team);
  CHECK(numbers == expected);
}

TEST_CASE_TEMPLATE("a small table and a large one with the same columns: the same bits", Scalar,
                   float, double) {
  const Rows rows;
  REQUIRE_FALSE(vc::detail::gathers_columns(words, rows.plan.columns()));
  const auto projected = differentiate<Scalar>(words, 1, rows);
  for (const auto& sizes : {std::pair<Index, Index>{7, 1}, {13, 2}, {500, 90}}) {
    const Index symbols = sizes.first, apart = sizes.second;
    CAPTURE(symbols);
    REQUIRE(vc::detail::gathers_columns(symbols, rows.plan.columns()));
    for (const int threads : {1, 2, 3}) {
      const auto gathered = differentiate<Scalar>(symbols, apart, rows, threads);
      check_same(gathered, projected);
      CHECK(std::all_of(gathered.others.begin(), gathered.others.end(),
                        [](Scalar g) { return g == Scalar(0.25); }));
    }
  }
}

TEST_CASE("a table beyond a block of depth: both ways have the bits forward, and agree backward") {
  constexpr Index symbols = 1500, outputs = 4;
  static_assert(symbols > 2 * vc::kernels::depth_block);
  const vc::SequencePlan plan(std::vector<Index>{900, 0, 300});
  std::vector<Symbol> ids;
  for (Index n = 0; n < plan.columns(); ++n) ids.push_back(Symbol(n * n * 31 % symbols));
  vc::Layout layout;
  const auto table = layout.add("table", vc::Shape<2>{{width, symbols}}, vc::Init::normal(1));
  const auto weights = layout.add("weights", vc::Shape<2>{{width, outputs}}, vc::Init::normal(1));
  const auto run = [&](bool gathers) {
    vc::Parameters<double> parameters(layout, vc::Seed{4});
    vc::Tape<double> tape(parameters);
    const vc::Scope scope(tape);
    using Input = vc::Contribution<double>;
    const Input::PerSymbol plain{tape.parameter(table), ids};
    const std::array inputs{Input(gathers ? plain.gathered(tape.arena()) : plain)};
    const auto w = tape.parameter(weights);
    const auto y = tape.make<2>(vc::Shape<2>{{outputs, plan.columns()}});
    vc::detail::contributions_forward<double>(w, inputs, plan, y.value_view(), tape.arena(),
                                              tape.team());
    for (Index i = 0; i < y.size(); ++i) y.gradient_data()[i] = number(6, i);
    vc::BackwardContext back{tape.arena(), tape.team()};
    vc::detail::contributions_backward<double>(w, inputs, plan, y.gradient_view(), back);
    const auto gradients = std::as_const(parameters).gradients();
    return std::pair(values(y), std::vector<double>(gradients.begin(), gradients.end()));
  };
  const auto projected = run(false), gathered = run(true);
  CHECK(gathered.first == projected.first);
  CHECK(greatest_difference(gathered.second, projected.second) < 1e-12);
  CHECK(
      std::any_of(gathered.second.begin(), gathered.second.end(), [](double g) { return g != 0; }));
}

TEST_CASE("one symbol many times, none at all, a table of one, and rows without steps") {
  Rows one, none, empty(std::vector<Index>{0, 0});
  std::fill(one.ids.begin(), one.ids.end(), Symbol{0});
  std::fill(none.ids.begin(), none.ids.end(), vc::no_symbol);
  for (const Rows* rows : {&one, &none, &empty}) {
    CAPTURE(rows->plan.columns());
    const auto few = differentiate<double>(rows == &empty ? 600 : words, 1, *rows);
    const auto many = differentiate<double>(500, 7, *rows);
    check_same(many, few);
    CHECK(std::all_of(many.others.begin(), many.others.end(), [](double g) { return g == 0.25; }));
  }
  // A table of one column: gathered for three symbols, projected for four.
  for (const Index steps : {3, 4}) {
    Rows rows({steps});
    std::fill(rows.ids.begin(), rows.ids.end(), Symbol{0});
    CHECK(vc::detail::gathers_columns(1, steps) == (steps == 3));
    const auto single = differentiate<double>(1, 1, rows);
    const auto among = differentiate<double>(words, 1, rows);
    CHECK(single.outputs == among.outputs);
    CHECK(single.weights == among.weights);
    CHECK(single.words == std::vector<double>(among.words.begin(), among.words.begin() + width));
  }
}

TEST_CASE("a workspace computes the same from a large table") {
  const Rows rows;
  const Model<float> few(words, 1, 5), many(500, 90, 5);
  std::vector<std::vector<std::vector<float>>> found;
  for (const auto* model : {&few, &many}) {
    vc::Workspace<float> cx(model->parameters);
    const vc::Scope scope(cx);
    const auto ids = model->columns_of(rows.ids);
    found.emplace_back();
    for (const auto& y : model->run(cx, {&rows.plan, ids})) found.back().push_back(values(y));
  }
  CHECK(found[0] == found[1]);
  CHECK(found[0] == differentiate<float>(500, 90, rows).outputs);
}

TEST_CASE("a contribution whose columns are chosen is not chosen again") {
  const Rows rows;
  Model<double> model(500, 90, 5);
  vc::Tape<double> tape(model.parameters);
  const vc::Scope scope(tape);
  using Input = vc::Contribution<double>;
  const auto ids = model.columns_of(rows.ids);
  const auto table = tape.parameter(model.embedding.table());
  const Input::PerSymbol plain{table, ids};
  const std::array given{Input(plain)}, chosen{Input(plain.gathered(tape.arena()))};
  const auto run = [&](const std::array<Input, 1>& inputs) {
    const auto weights = tape.make<2>(vc::Shape<2>{{width, 3}});
    for (Index i = 0; i < weights.size(); ++i) weights.data()[i] = number(8, i);
    const auto bias = tape.make<1>(vc::Shape<1>{{3}});
    std::fill_n(bias.data(), 3, 0.5);
    return values(vc::affine_sum(tape, weights, bias, inputs, rows.plan).columns);
  };
  CHECK(run(chosen) == run(given));
}
