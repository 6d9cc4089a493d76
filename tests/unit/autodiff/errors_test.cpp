// Sizes that do not fit: every op names itself and its operands.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include <vaecollapse/autodiff/ops/activation.hpp>
#include <vaecollapse/autodiff/ops/affine.hpp>
#include <vaecollapse/autodiff/ops/arithmetic.hpp>
#include <vaecollapse/autodiff/ops/contributions.hpp>
#include <vaecollapse/autodiff/ops/dropout.hpp>
#include <vaecollapse/autodiff/ops/functions.hpp>
#include <vaecollapse/autodiff/ops/gaussian.hpp>
#include <vaecollapse/autodiff/ops/gru.hpp>
#include <vaecollapse/autodiff/ops/linear_cross_entropy.hpp>
#include <vaecollapse/autodiff/ops/reductions.hpp>
#include <vaecollapse/autodiff/ops/shape.hpp>
#include <vaecollapse/autodiff/ops/softmax_cross_entropy.hpp>
#include <vaecollapse/autodiff/tape.hpp>
#include <vaecollapse/autodiff/workspace.hpp>
#include <vaecollapse/data/words.hpp>
#include <vaecollapse/nn/dropout.hpp>
#include <vaecollapse/nn/embedding.hpp>
#include <vaecollapse/nn/gru.hpp>
#include <vaecollapse/nn/linear.hpp>
#include <vaecollapse/nn/stepper.hpp>

namespace vc = vaecollapse;
using vc::Error;
using vc::Index;
using vc::ShapeError;
using vc::Symbol;
using Contribution = vc::Contribution<double>;

namespace {

/// Values of any shape, in a context that only computes: the checks come before the work.
struct Sizes {
  vc::Parameters<double> none{vc::Layout()};
  vc::Workspace<double> cx{none};
  /// Rows of lengths 2 and 1, with an id for each column.
  vc::SequencePlan plan{std::vector<Index>{2, 1}};
  std::vector<Symbol> ids{0, 1, 0};

  vc::Var<double, 2> matrix(Index rows, Index columns) {
    const auto made = cx.make<2>(vc::Shape<2>{{rows, columns}});
    std::fill_n(made.data(), made.size(), 0.0);
    return made;
  }
  vc::Var<double, 1> vector(Index size) { return cx.make<1>(vc::Shape<1>{{size}}); }
  vc::Symbols symbols() { return {&plan, ids}; }
};

}  // namespace

TEST_CASE("errors: a layer declared after the parameters were made") {
  vc::Layout layout;
  const auto early = layout.add("early", vc::Shape<2>{{2, 3}}, vc::Init::normal(1));
  vc::Parameters<double> parameters(layout, vc::Seed{1});
  const auto late = layout.add("late", vc::Shape<1>{{4}}, vc::Init::zeros());
  const char* text =
      "parameters: a slot [4] at 6 is not among the 6 numbers that there are: declare every layer "
      "before Parameters is made of the layout";
  vc::Tape<double> tape(parameters);
  vc::Workspace<double> workspace(parameters);
  CHECK(tape.parameter(early).size() == 6);
  CHECK_THROWS_WITH_AS(tape.parameter(late), text, Error);
  CHECK_THROWS_WITH_AS(workspace.parameter(late), text, Error);
}

TEST_CASE("errors: a layer of another layout, in every context and every kind of layer") {
  const auto words = vc::Words::from({"ev", "kitap"});
  const auto other = [](auto make) {
    vc::Layout layout;
    layout.add("something else", vc::Shape<1>{{2}}, vc::Init::zeros());
    return make(layout);
  };
  vc::Layout layout;
  layout.add("large", vc::Shape<2>{{100, 100}}, vc::Init::zeros());
  vc::Parameters<double> parameters(layout, vc::Seed{1});
  const auto refused = [&](auto&& use) {
    vc::Tape<double> tape(parameters);
    vc::Workspace<double> workspace(parameters);
    CHECK_THROWS_AS(use(tape), Error);
    CHECK_THROWS_AS(use(workspace), Error);
  };
  const auto embed = other([&](vc::Layout& l) {
    return vc::Embedding(l, "embed", {.symbols = words.symbols(), .width = 3});
  });
  const auto gru =
      other([](vc::Layout& l) { return vc::Gru(l, "gru", {.input = 3, .hidden = 4}); });
  const auto linear =
      other([](vc::Layout& l) { return vc::Linear(l, "linear", {.input = 3, .output = 4}); });
  refused([&](auto& cx) { embed(cx, words); });
  refused([&](auto& cx) { embed.columns(cx, words); });
  refused([&](auto& cx) { gru.vars(cx); });
  refused([&](auto& cx) { linear(cx, cx.template make<2>(vc::Shape<2>{{3, 2}})); });
  refused([&](auto& cx) {
    vc::RecurrentStepper<vc::kernels::GruKernels<double>>(cx, gru.vars(cx), {});
  });
}

TEST_CASE("errors: layers of two equal layouts are interchangeable") {
  const auto make = [](vc::Layout& layout) {
    const vc::Linear first(layout, "first", {.input = 2, .output = 3});
    return vc::Linear(layout, "second", {.input = 3, .output = 4});
  };
  vc::Layout one, two;
  const vc::Linear first = make(one), second = make(two);
  vc::Parameters<double> parameters(one, vc::Seed{1});
  two.add("declared later", vc::Shape<1>{{5}}, vc::Init::zeros());
  const vc::Parameters<double> longer(two, vc::Seed{1});
  const auto run = [](auto& cx, const vc::Linear& layer) {
    const auto x = cx.template make<2>(vc::Shape<2>{{3, 1}});
    std::fill_n(x.data(), 3, 0.5);
    const auto y = layer(cx, x);
    return std::vector<double>(y.data(), y.data() + y.size());
  };
  vc::Tape<double> tape(parameters);
  vc::Workspace<double> workspace(longer);
  CHECK(run(tape, first) == run(tape, second));
  CHECK(run(workspace, first) == run(tape, first));
}

TEST_CASE("errors: extents that no value can have") {
  Sizes s;
  vc::Tape<double> tape(s.none);
  const auto refused = [&](auto shape, const char* text) {
    const std::string message =
        std::string("make: the new value is ") + text +
        ": no extent may be negative, and memory must have room for all elements";
    constexpr int rank = static_cast<int>(shape.extents.size());
    CHECK_THROWS_WITH_AS(s.cx.make<rank>(shape), message.c_str(), ShapeError);
    CHECK_THROWS_WITH_AS(tape.make<rank>(shape), message.c_str(), ShapeError);
  };
  constexpr Index large = Index{1} << 40;
  refused(vc::Shape<2>{{-1, 4}}, "[-1 x 4]");
  refused(vc::Shape<1>{{-3}}, "[-3]");
  refused(vc::Shape<2>{{-2, -2}}, "[-2 x -2]");
  refused(vc::Shape<3>{{2, 3, -1}}, "[2 x 3 x -1]");
  refused(vc::Shape<2>{{0, -1}}, "[0 x -1]");
  refused(vc::Shape<2>{{large, large}}, "[1099511627776 x 1099511627776]");
  refused(vc::Shape<3>{{large, 1 << 22, 4}}, "[1099511627776 x 4194304 x 4]");  // 2^64 numbers
  refused(vc::Shape<1>{{PTRDIFF_MAX}}, "[9223372036854775807]");
  CHECK(s.cx.make<2>(vc::Shape<2>{{0, 4}}).size() == 0);
  const auto a = s.cx.make<1>(vc::Shape<1>{{4}}), b = s.cx.make<1>(vc::Shape<1>{{4}});
  CHECK(a.data() != b.data());
  const auto x = s.matrix(3, 2);
  for (const auto& [first, count] : {std::pair<Index, Index>{-1, 2}, {1, -1}, {1, PTRDIFF_MAX}}) {
    CHECK_THROWS_AS(vc::middle_rows(s.cx, x, first, count), ShapeError);
  }
}

namespace {

/// A tensor of a user's own, with an extent that cannot be.
struct BrokenTensor {
  static constexpr int NumIndices = 2;
  static constexpr int Layout = 0;
  const double* data() const { return nullptr; }
  Index dimension(std::size_t axis) const { return axis == 0 ? 3 : -2; }
};

}  // namespace

TEST_CASE("errors: leaves of extents that cannot be") {
  Sizes s;
  vc::Tape<double> tape(s.none);
  CHECK_THROWS_WITH_AS(
      tape.variable(BrokenTensor{}),
      "variable: the new value is [3 x -2]: no extent may be negative, and memory must have room "
      "for all elements",
      ShapeError);
  CHECK_THROWS_AS(tape.constant(BrokenTensor{}), ShapeError);
  CHECK_THROWS_AS(s.cx.constant(BrokenTensor{}), ShapeError);
}

TEST_CASE("errors: affine") {
  Sizes s;
  const char* rule =
      ": weights must be [input x output], bias [output], and the rows of input equal the "
      "weights' rows";
  CHECK_THROWS_WITH_AS(
      vc::affine(s.cx, s.matrix(3, 4), s.vector(4), s.matrix(5, 2)),
      (std::string("affine: weights is [3 x 4], bias is [4], input is [5 x 2]") + rule).c_str(),
      ShapeError);
  CHECK_THROWS_WITH_AS(
      vc::affine(s.cx, s.matrix(3, 4), s.vector(3), s.matrix(3, 2)),
      (std::string("affine: weights is [3 x 4], bias is [3], input is [3 x 2]") + rule).c_str(),
      ShapeError);
}

TEST_CASE("errors: add, concatenate, weighted sum") {
  Sizes s;
  CHECK_THROWS_WITH_AS(vc::add(s.cx, s.matrix(2, 3), s.matrix(3, 2)),
                       "add: left is [2 x 3], right is [3 x 2]: the shapes must be equal, or one "
                       "of them be [] or, for a column that stands for all columns, [rows]",
                       ShapeError);
  CHECK_THROWS_WITH_AS(vc::divide(s.cx, s.matrix(2, 3), s.vector(3)),
                       "divide: left is [2 x 3], right is [3]: a column that stands for all "
                       "columns must have as many rows as these",
                       ShapeError);
  CHECK_THROWS_WITH_AS(vc::subtract(s.cx, s.vector(3), s.matrix(2, 3)),
                       "subtract: left is [3], right is [2 x 3]: a column that stands for all "
                       "columns must have as many rows as these",
                       ShapeError);
  CHECK_THROWS_WITH_AS(vc::subtract_row(s.cx, s.matrix(2, 3), s.vector(2)),
                       "subtract_row: matrix is [2 x 3], row is [2]: the row must have a number "
                       "for each column",
                       ShapeError);
  CHECK_THROWS_WITH_AS(vc::concatenate(s.cx, s.matrix(2, 3), s.matrix(2, 4)),
                       "concatenate: part 1 is [2 x 3], part 2 is [2 x 4]: all parts must have the "
                       "same number of columns",
                       ShapeError);
  CHECK_THROWS_WITH_AS(vc::weighted_sum(s.cx, s.matrix(2, 3), std::vector<double>(5)),
                       "weighted_sum: input is [2 x 3], weights is [5]: there must be a weight for "
                       "each element",
                       ShapeError);
}

TEST_CASE("errors: a scalar that has no value, and a gradient that is not there") {
  Sizes s;
  const vc::Var<double, 0> declared;
  const char* no_value =
      "a scalar Var without a value was used: it was declared, and no op's result was assigned to "
      "it";
  CHECK_THROWS_WITH_AS(vc::add(s.cx, s.matrix(2, 3), declared), no_value, Error);
  CHECK_THROWS_WITH_AS(vc::exp(s.cx, declared), no_value, Error);
  CHECK_THROWS_WITH_AS(declared.item(), no_value, Error);
  const char* no_gradient =
      "the gradient of a Var was used that has none: it is a constant, is frozen or depends on "
      "nothing that moves. An op's pullback asks x.has_gradient() of each operand first";
  const auto constant = s.matrix(2, 3);
  CHECK_THROWS_WITH_AS(constant.gradient_data(), no_gradient, Error);
  CHECK_THROWS_WITH_AS(constant.gradient_view(), no_gradient, Error);
  CHECK(constant.gradient_or_null() == nullptr);
}

TEST_CASE("errors: means of nothing") {
  Sizes s;
  CHECK_THROWS_WITH_AS(vc::mean(s.cx, s.matrix(0, 3)),
                       "mean: input is [0 x 3]: there must be an element", ShapeError);
  CHECK_THROWS_WITH_AS(vc::mean(s.cx, s.matrix(0, 3), vc::Axis::rows),
                       "mean: input is [0 x 3]: there must be a row", ShapeError);
  CHECK_THROWS_WITH_AS(vc::mean(s.cx, s.matrix(3, 0), vc::Axis::columns),
                       "mean: input is [3 x 0]: there must be a column", ShapeError);
}

TEST_CASE("errors: dropout") {
  Sizes s;
  const vc::Draws draws(1, 0);
  const std::vector<std::uint32_t> rows{4, 5};
  const auto run = [&](double p) {
    vc::dropout(s.cx, s.matrix(2, 3), p, draws, vc::Stream(1001), rows);
  };
  CHECK_THROWS_WITH_AS(run(0.5),
                       "dropout: input is [2 x 3], corpus rows is [2]: there must be a corpus row "
                       "for each column, or none at all",
                       ShapeError);
  CHECK_THROWS_WITH_AS(run(1.5), "dropout: p is 1.500000, it must lie between 0 and 1", Error);
  CHECK_THROWS_AS(run(std::nan("")), Error);
  CHECK_THROWS_WITH_AS(vc::Dropout(-0.5, vc::Stream(1001)),
                       "dropout: p is -0.500000, it must lie between 0 and 1", Error);
}

TEST_CASE("errors: gather and tag sum") {
  Sizes s;
  s.ids = {0, 4, 0};
  CHECK_THROWS_WITH_AS(
      vc::gather(s.cx, vc::Embedded<double>{s.matrix(2, 4), s.symbols()}),
      "gather: symbol 4 is not in the table [2 x 4], whose columns are the symbols", Error);
  s.ids = {0, -2, 0};
  CHECK_THROWS_WITH_AS(
      vc::gather(s.cx, vc::Embedded<double>{s.matrix(2, 4), s.symbols()}),
      "gather: symbol -2 is not in the table [2 x 4], whose columns are the symbols", Error);
  s.ids = {0, 1};
  CHECK_THROWS_WITH_AS(vc::gather(s.cx, vc::Embedded<double>{s.matrix(2, 4), s.symbols()}),
                       "gather: ids is [2], plan [rows x symbols] is [2 x 3]: there must be an id "
                       "for each symbol of the plan",
                       ShapeError);
  const std::vector<Index> first{0, 2};
  for (const Symbol bad : {4, -1}) {
    const std::vector<Symbol> tags{0, bad};
    const std::string text = "tag_sum: tag " + std::to_string(bad) +
                             " is not in the table [2 x 4], whose columns are the tags";
    CHECK_THROWS_WITH_AS(vc::tag_sum(s.cx, s.matrix(2, 4), vc::TagSets{first, tags}), text.c_str(),
                         Error);
  }
}

// A contribution is made by its functions alone, so that it has all that its kind needs.
static_assert(!std::is_default_constructible_v<Contribution>);
static_assert(!std::is_aggregate_v<Contribution>);
static_assert(!std::is_constructible_v<Contribution, vc::Var<double, 2>>);
// Contexts copy it into their arena and run no destructor.
static_assert(std::is_trivially_copyable_v<Contribution>);

TEST_CASE("errors: a sum of contributions") {
  Sizes s;
  const auto run = [&](const Contribution& input, Index rows = 2, Index biases = 3) {
    vc::affine_sum(s.cx, s.matrix(rows, 3), s.vector(biases), std::array{input}, s.plan);
  };
  CHECK_THROWS_WITH_AS(
      run(Contribution::per_step(s.matrix(2, 4))),
      "affine_sum: input per step is [2 x 4], plan [rows x symbols] is [2 x 3]: the input must "
      "have a column for each symbol of the plan",
      ShapeError);
  CHECK_THROWS_WITH_AS(
      run(Contribution::per_row(s.matrix(2, 3))),
      "affine_sum: input per row is [2 x 3], plan [rows x symbols] is [2 x 3]: the input must have "
      "a column for each row of the plan",
      ShapeError);
  CHECK_THROWS_WITH_AS(
      run(Contribution::per_symbol({s.matrix(2, 1), s.symbols()})),
      "affine_sum: symbol 1 is not in the table [2 x 1], whose columns are the symbols", Error);
  CHECK_THROWS_WITH_AS(run(Contribution::per_symbol({s.matrix(2, 2), {}})),
                       "affine_sum: ids is [0], plan [rows x symbols] is [2 x 3]: there must be an "
                       "id for each symbol of the plan",
                       ShapeError);
  CHECK_THROWS_WITH_AS(
      run(Contribution::per_row(s.matrix(2, 2)), 5),
      "affine_sum: weights is [5 x 3], all inputs together is [2 x 3]: the rows of the inputs "
      "together must equal the weights' rows",
      ShapeError);
  CHECK_THROWS_WITH_AS(run(Contribution::per_row(s.matrix(2, 2)), 2, 4),
                       "affine_sum: weights is [2 x 3], bias is [4]: there must be a bias for each "
                       "of the weights' columns",
                       ShapeError);
}

TEST_CASE("errors: cross-entropy") {
  Sizes s;
  CHECK_THROWS_WITH_AS(
      vc::cross_entropy(s.cx, vc::Sequence<double>{s.matrix(4, 2), &s.plan}, s.symbols()),
      "cross_entropy: logits is [4 x 2], targets is [3]: there must be a column of logits for each "
      "target",
      ShapeError);
  s.ids = {0, 4, 0};
  CHECK_THROWS_WITH_AS(
      vc::cross_entropy(s.cx, vc::Sequence<double>{s.matrix(4, 3), &s.plan}, s.symbols()),
      "cross_entropy: target 4 is not one of the rows of logits [4 x 3]", Error);
  s.ids = {0};
  CHECK_THROWS_WITH_AS(
      vc::cross_entropy(s.cx, vc::Sequence<double>{s.matrix(4, 3), &s.plan}, s.symbols()),
      "cross_entropy: ids is [1], plan [rows x symbols] is [2 x 3]: there must be an id for each "
      "symbol of the plan",
      ShapeError);
}

TEST_CASE("errors: linear cross-entropy") {
  Sizes s;
  const auto run = [&s](Index hidden, Index symbols, Index biases, Index rows, Index columns) {
    vc::linear_cross_entropy(s.cx, s.matrix(hidden, symbols), s.vector(biases),
                             vc::Sequence<double>{s.matrix(rows, columns), &s.plan}, s.symbols());
  };
  CHECK_THROWS_WITH_AS(
      run(4, 7, 6, 4, 3),
      "linear_cross_entropy: weights is [4 x 7], bias is [6]: there must be a bias "
      "for each of the weights' columns",
      ShapeError);
  for (const Index rows : {5, 4}) {
    const Index columns = rows == 5 ? 3 : 2;
    const std::string sizes = std::to_string(rows) + " x " + std::to_string(columns);
    const std::string expected =
        "linear_cross_entropy: weights is [4 x 7], states is [" + sizes +
        "], targets is [3]: weights must be [input x symbols], and there must be a column of "
        "states, of input rows, for each target";
    CHECK_THROWS_WITH_AS(run(4, 7, 7, rows, columns), expected.c_str(), ShapeError);
  }
  s.ids = {0, 7, 0};
  CHECK_THROWS_WITH_AS(run(4, 7, 7, 4, 3),
                       "linear_cross_entropy: symbol 7 is not in the table [4 x 7], whose columns "
                       "are the symbols",
                       Error);
  s.ids = {0};
  CHECK_THROWS_WITH_AS(run(4, 7, 7, 4, 3),
                       "linear_cross_entropy: ids is [1], plan [rows x symbols] is [2 x 3]: there "
                       "must be an id for each symbol of the plan",
                       ShapeError);
}

TEST_CASE("errors: Gaussian sample and KL") {
  Sizes s;
  CHECK_THROWS_WITH_AS(
      vc::gaussian_sample(s.cx, s.matrix(2, 3), s.matrix(2, 3), s.matrix(3, 2).view()),
      "gaussian_sample: mu is [2 x 3], logvar is [2 x 3], noise is [3 x 2]: the shapes must be "
      "equal",
      ShapeError);
  CHECK_THROWS_WITH_AS(vc::gaussian_kl(s.cx, s.matrix(2, 3), s.matrix(2, 4)),
                       "gaussian_kl: mu is [2 x 3], logvar is [2 x 4]: the shapes must be equal",
                       ShapeError);
}

TEST_CASE("errors: GRU") {
  Sizes s;
  const auto run = [&](const vc::GruVars<double>& vars, const vc::Var<double, 2>& h0) {
    const std::array inputs{Contribution::per_row(s.matrix(2, 2))};
    vc::gru(s.cx, vars, std::span<const Contribution>(inputs), s.plan, vc::Direction::forward, h0);
  };
  const vc::GruVars<double> good{s.matrix(2, 12), s.matrix(4, 12), s.vector(12), s.vector(12)};
  vc::GruVars<double> bad = good;
  bad.recurrent_bias = s.vector(4);
  CHECK_THROWS_WITH_AS(
      run(bad, {}),
      "gru: input weights is [2 x 12], recurrent weights is [4 x 12], input bias is [12], "
      "recurrent bias is [4]: weights must be [input x 3 hidden] and [hidden x 3 hidden], biases "
      "[3 hidden]",
      ShapeError);
  CHECK_THROWS_WITH_AS(run(good, s.matrix(4, 3)),
                       "gru: h0 is [4 x 3], recurrent weights is [4 x 12]: h0 must be [hidden x "
                       "batch]",
                       ShapeError);
  // A state for none of the rows is not the default Var, which stands for zeros.
  CHECK_THROWS_AS(run(good, s.matrix(4, 0)), ShapeError);
  CHECK_NOTHROW(run(good, {}));
  bad = good;
  bad.input = s.matrix(3, 12);
  CHECK_THROWS_WITH_AS(run(bad, {}),
                       "gru: weights is [3 x 12], all inputs together is [2 x 3]: the rows of the "
                       "inputs together must equal the weights' rows",
                       ShapeError);
}

TEST_CASE("errors: what cannot be projected before decoding") {
  Sizes s;
  const std::array inputs{Contribution::per_step(s.matrix(2, 3))};
  CHECK_THROWS_WITH_AS(
      vc::ProjectedInputs<double>(s.cx, s.matrix(2, 3).view(), inputs),
      "ProjectedInputs: an input known step by step cannot be projected beforehand", Error);
  const vc::Embedded<double> words{s.matrix(1, 3), {}};
  const std::array twice{Contribution::per_symbol(words), Contribution::per_symbol(words)};
  CHECK_THROWS_WITH_AS(vc::ProjectedInputs<double>(s.cx, s.matrix(2, 3).view(), twice),
                       "ProjectedInputs: there may be one table of symbols", Error);
}
