// Ops on whole matrices: what they compute, what they refuse, and that neither the number of
// threads nor the context changes a bit.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include <vaecollapse/autodiff/eigen.hpp>
#include <vaecollapse/autodiff/ops/activation.hpp>
#include <vaecollapse/autodiff/ops/gather.hpp>
#include <vaecollapse/autodiff/ops/layer_norm.hpp>
#include <vaecollapse/autodiff/ops/losses.hpp>
#include <vaecollapse/autodiff/ops/matmul.hpp>
#include <vaecollapse/autodiff/ops/shape.hpp>
#include <vaecollapse/autodiff/ops/softmax.hpp>
#include <vaecollapse/autodiff/ops/softmax_cross_entropy.hpp>
#include <vaecollapse/autodiff/tape.hpp>
#include <vaecollapse/autodiff/workspace.hpp>
#include <vaecollapse/nn/init.hpp>

#include "support/values.hpp"

namespace vc = vaecollapse;
using vaecollapse_test::column;
using vaecollapse_test::values;
using vc::Error;
using vc::Index;
using vc::Shape;
using vc::ShapeError;
using vc::Symbol;

namespace {

using Numbers = std::vector<double>;

/// A workspace and matrices that count 1, 2, 3, ... in memory.
struct Counting {
  vc::Parameters<double> none{vc::Layout()};
  vc::Workspace<double> cx{none};

  vc::Var<double, 2> matrix(Index rows, Index columns) {
    const auto made = cx.make<2>(Shape<2>{{rows, columns}});
    for (Index i = 0; i < made.size(); ++i) made.data()[i] = double(i + 1);
    return made;
  }
  vc::Var<double, 1> vector(Index size) {
    return vc::reshape(cx, matrix(size, 1), Shape<1>{{size}});
  }
};

}  // namespace

TEST_CASE("matmul: small products, each factor as it lies or transposed") {
  Counting c;
  const auto a = c.matrix(2, 3), b = c.matrix(3, 2);
  CHECK(values(vc::matmul(c.cx, a, b)) == Numbers{22, 28, 49, 64});
  CHECK(values(vc::matmul(c.cx, a, a, {.transpose_right = true})) == Numbers{35, 44, 44, 56});
  CHECK(values(vc::matmul(c.cx, b, b, {.transpose_left = true})) == Numbers{14, 32, 32, 77});
  const vc::MatmulOptions both{.transpose_left = true, .transpose_right = true};
  CHECK(values(vc::matmul(c.cx, a, b, both)) == Numbers{9, 19, 29, 12, 26, 40, 15, 33, 51});
  CHECK(values(vc::transpose(c.cx, a)) == Numbers{1, 3, 5, 2, 4, 6});
  const auto empty = vc::matmul(c.cx, c.matrix(2, 0), c.matrix(0, 3));
  CHECK(empty.shape() == Shape<2>{{2, 3}});
  CHECK(values(empty) == Numbers(6, 0.0));
  CHECK(vc::matmul(c.cx, c.matrix(2, 3), c.matrix(3, 0)).shape() == Shape<2>{{2, 0}});
}

TEST_CASE("reshape: the same memory, value and gradient") {
  vc::Layout layout;
  const auto slot = layout.add("x", Shape<2>{{2, 6}}, vc::Init::normal(1));
  vc::Parameters<double> parameters(layout, vc::Seed{1});
  vc::Tape<double> tape(parameters);
  const vc::Scope scope(tape);
  const auto x = tape.parameter(slot);
  const auto y = vc::reshape(tape, x, Shape<3>{{3, 2, 2}});
  CHECK(y.shape() == Shape<3>{{3, 2, 2}});
  CHECK(y.data() == x.data());
  CHECK(y.gradient_data() == x.gradient_data());
  CHECK(tape.size() == 0);
  const auto one =
      vc::reshape(tape, vc::middle_rows(tape, vc::middle_columns(tape, x, 3, 1), 1, 1), Shape<0>{});
  CHECK(one.item() == x.view()(1, 3));
  tape.backward(one);
  CHECK(parameters.gradients()[7] == 1);
}

TEST_CASE("slices and concatenation of rows and columns") {
  Counting c;
  const auto x = c.matrix(2, 3);
  CHECK(values(vc::middle_rows(c.cx, x, 1, 1)) == Numbers{2, 4, 6});
  CHECK(values(vc::middle_columns(c.cx, x, 1, 2)) == Numbers{3, 4, 5, 6});
  CHECK(vc::middle_columns(c.cx, x, 3, 0).shape() == Shape<2>{{2, 0}});
  CHECK(vc::middle_rows(c.cx, x, 2, 0).shape() == Shape<2>{{0, 3}});

  const auto upper = c.matrix(1, 2), lower = c.matrix(2, 2);
  CHECK(values(vc::concatenate(c.cx, upper)) == Numbers{1, 2});
  CHECK(values(vc::concatenate(c.cx, upper, lower)) == Numbers{1, 1, 2, 2, 3, 4});
  CHECK(values(vc::concatenate(c.cx, upper, lower, upper)) == Numbers{1, 1, 2, 1, 2, 3, 4, 2});
  const std::vector<vc::Var<double, 2>> listed{lower, c.matrix(0, 2), upper};
  CHECK(values(vc::concatenate(c.cx, listed)) == Numbers{1, 2, 1, 3, 4, 2});

  const auto left = c.matrix(2, 1), right = c.matrix(2, 2);
  CHECK(values(vc::concatenate_columns(c.cx, left, right, left)) ==
        Numbers{1, 2, 1, 2, 3, 4, 1, 2});
  const std::array<vc::Var<double, 2>, 2> both{right, left};
  CHECK(values(vc::concatenate_columns(c.cx, both)) == Numbers{1, 2, 3, 4, 1, 2});
}

TEST_CASE("gather: repeats, none, and lists that are gone before backward") {
  vc::Layout layout;
  const auto slot = layout.add("x", Shape<2>{{2, 3}}, vc::Init::normal(1));
  vc::Parameters<double> parameters(layout, vc::Seed{1});
  vc::Tape<double> tape(parameters);
  const vc::Scope scope(tape);
  const auto x = tape.parameter(slot);
  const auto y = vc::gather(tape, x, std::vector<Index>{2, 0, 2, -1});
  const auto z = vc::gather(tape, x, std::vector<Symbol>{1, vc::no_symbol});
  CHECK(column(y, 0) == column(x, 2));
  CHECK(column(y, 1) == column(x, 0));
  CHECK(column(y, 2) == column(x, 2));
  CHECK(column(y, 3) == Numbers{0, 0});
  CHECK(column(z, 0) == column(x, 1));
  CHECK(column(z, 1) == Numbers{0, 0});
  for (Index i = 0; i < y.size(); ++i) y.gradient_data()[i] = double(i + 1);
  tape.run_backward();
  const auto gradients = std::as_const(parameters).gradients();
  CHECK(Numbers(gradients.begin(), gradients.end()) == Numbers{3, 4, 0, 0, 1 + 5, 2 + 6});
}

TEST_CASE("softmax: over the rows of each column, whatever the rank") {
  Counting c;
  const auto x = c.matrix(3, 2);
  const double sum = std::exp(-2.0) + std::exp(-1.0) + 1;
  for (const Index j : {0, 1}) {
    for (const Index i : {0, 1, 2}) {
      const double log_p = double(i) - 2 - std::log(sum);
      CHECK(vc::softmax(c.cx, x).view()(i, j) == doctest::Approx(std::exp(log_p)).epsilon(1e-14));
      CHECK(vc::log_softmax(c.cx, x).view()(i, j) == doctest::Approx(log_p).epsilon(1e-14));
    }
  }
  CHECK(values(vc::softmax(c.cx, c.vector(3))) == column(vc::softmax(c.cx, x), 0));
  const auto cube = vc::reshape(c.cx, c.matrix(3, 4), Shape<3>{{3, 2, 2}});
  CHECK(values(vc::log_softmax(c.cx, cube)) == values(vc::log_softmax(c.cx, c.matrix(3, 4))));
}

TEST_CASE("cross_entropy by label: the loss of a sequence, column by column") {
  Counting c;
  const auto logits = vc::softmax(c.cx, c.matrix(4, 5));
  const std::vector<Symbol> symbols{3, 0, vc::no_symbol, 1, 2};
  const std::vector<Index> labels(symbols.begin(), symbols.end());
  const vc::SequencePlan plan(std::vector<Index>(5, 1));
  const auto expected = values(
      vc::cross_entropy(c.cx, vc::Sequence<double>{logits, &plan}, vc::Symbols{&plan, symbols}));
  const auto found = values(vc::cross_entropy(c.cx, logits, symbols));
  for (std::size_t n = 0; n < expected.size(); ++n) {
    CHECK(found[n] == doctest::Approx(expected[n]).epsilon(1e-14));
  }
  CHECK(values(vc::cross_entropy(c.cx, logits, labels)) == found);
  CHECK(expected[2] == 0);
  CHECK(vc::cross_entropy(c.cx, c.matrix(4, 0), std::vector<Index>()).size() == 0);
}

TEST_CASE("cross_entropy by label: the size of the logits costs no digits") {
  for (const float size : {-1e8f, 0.0f, 1e4f, 1e8f}) {
    CAPTURE(size);
    vc::Layout layout;
    const auto slot = layout.add("logits", Shape<2>{{2, 1}}, vc::init::constant(size));
    vc::Parameters<float> parameters(layout, vc::Seed{1});
    vc::Tape<float> tape(parameters);
    const auto loss = vc::cross_entropy(tape, tape.parameter(slot), std::vector<Index>{0});
    CHECK(loss.data()[0] == doctest::Approx(std::log(2.0)).epsilon(1e-6));
    tape.backward(vc::reshape(tape, loss, Shape<0>{}));
    CHECK(parameters.gradients()[0] == doctest::Approx(-0.5).epsilon(1e-6));
    CHECK(parameters.gradients()[1] == doctest::Approx(0.5).epsilon(1e-6));
  }
}

TEST_CASE("binary_cross_entropy and mean_squared_error of small values") {
  Counting c;
  const auto x = c.matrix(2, 2), y = c.matrix(3, 2);
  const auto zeros = vc::gather(c.cx, x, std::vector<Index>{-1, -1});
  for (const double nats : values(vc::binary_cross_entropy(c.cx, zeros, x))) {
    CHECK(nats == doctest::Approx(std::log(2.0)).epsilon(1e-14));
  }
  CHECK(vc::mean_squared_error(c.cx, x, zeros).item() == 30.0 / 4);
  CHECK(vc::mean_squared_error(c.cx, x, vc::middle_rows(c.cx, y, 1, 2)).item() == 10.0 / 4);
}

TEST_CASE("errors: shapes of ops on matrices") {
  Counting c;
  const auto refused = [](auto&& run, const char* message) {
    CHECK_THROWS_WITH_AS(run(), message, ShapeError);
  };
  refused([&] { vc::matmul(c.cx, c.matrix(2, 3), c.matrix(2, 3)); },
          "matmul: left is [2 x 3], right is [2 x 3]: the columns of the left factor must equal "
          "the rows of the right one, after transposing");
  refused([&] { vc::matmul(c.cx, c.matrix(2, 3), c.matrix(3, 4), {.transpose_left = true}); },
          "matmul: left, to be transposed, is [2 x 3], right is [3 x 4]: the columns of the left "
          "factor must equal the rows of the right one, after transposing");
  refused(
      [&] {
        vc::reshape(c.cx, c.matrix(2, 3), Shape<2>{{4, 2}});
      },
      "reshape: input is [2 x 3], wanted is [4 x 2]: both must have the same number of "
      "elements");
  refused(
      [&] {
        vc::reshape(c.cx, c.matrix(2, 3), Shape<2>{{-2, -3}});
      },
      "reshape: the new value is [-2 x -3]: no extent may be negative, and memory must have "
      "room for all elements");
  refused([&] { vc::middle_rows(c.cx, c.matrix(2, 3), 1, 2); },
          "middle_rows: input is [2 x 3], first row, rows is [1 x 2]: what is taken must lie in "
          "the input");
  refused([&] { vc::middle_columns(c.cx, c.matrix(2, 3), 2, 2); },
          "middle_columns: input is [2 x 3], first column, columns is [2 x 2]: what is taken must "
          "lie in the input");
  for (const auto& [first, count] : {std::pair<Index, Index>{-1, 2}, {1, -1}, {1, PTRDIFF_MAX}}) {
    CHECK_THROWS_AS(vc::middle_columns(c.cx, c.matrix(2, 3), first, count), ShapeError);
  }
  refused([&] { vc::concatenate(c.cx, c.matrix(2, 3), c.matrix(1, 3), c.matrix(2, 4)); },
          "concatenate: part 1 is [2 x 3], part 3 is [2 x 4]: all parts must have the same number "
          "of columns");
  refused([&] { vc::concatenate_columns(c.cx, c.matrix(2, 3), c.matrix(1, 3)); },
          "concatenate_columns: part 1 is [2 x 3], part 2 is [1 x 3]: all parts must have the "
          "same number of rows");
  refused(
      [&] {
        vc::cross_entropy(c.cx, c.matrix(2, 3), std::vector<Index>{0, 1});
      },
      "cross_entropy: logits is [2 x 3], labels is [2]: there must be a label for each column "
      "of logits");
  refused([&] { vc::binary_cross_entropy(c.cx, c.matrix(2, 3), c.matrix(3, 2)); },
          "binary_cross_entropy: logits is [2 x 3], targets is [3 x 2]: there must be a target "
          "for each logit");
  refused([&] { vc::mean_squared_error(c.cx, c.matrix(2, 3), c.matrix(3, 2)); },
          "mean_squared_error: left is [2 x 3], right is [3 x 2]: the shapes must be equal, and "
          "there must be an element");
  CHECK_THROWS_AS(vc::mean_squared_error(c.cx, c.matrix(0, 3), c.matrix(0, 3)), ShapeError);
  refused([&] { vc::layer_norm(c.cx, c.matrix(2, 3), c.vector(2), c.vector(3)); },
          "layer_norm: input is [2 x 3], gain is [2], bias is [3]: gain and bias must have a "
          "number for each row of the input");
}

TEST_CASE("errors: labels and indices out of range, and no parts") {
  Counting c;
  const auto x = c.matrix(4, 3);
  CHECK_THROWS_WITH_AS(
      vc::cross_entropy(c.cx, x, std::vector<Index>{0, 4, 1}),
      "cross_entropy: the label of column 1 is 4, and logits is [4 x 3]: a label must be at least "
      "0 and below V = 4, or -1 for none",
      Error);
  CHECK_THROWS_AS(vc::cross_entropy(c.cx, x, std::vector<Symbol>{0, 1, -2}), Error);
  // Far beyond what a symbol can be.
  CHECK_THROWS_AS(vc::cross_entropy(c.cx, x, std::vector<Index>{0, 1, Index{1} << 32}), Error);
  CHECK_THROWS_WITH_AS(vc::gather(c.cx, x, std::vector<Index>{2, 0, 3}),
                       "gather: index 2 is 3, and the input is [4 x 3]: an index must be at least "
                       "0 and below 3, its columns, or -1 for a column of zeros",
                       Error);
  CHECK_THROWS_AS(vc::gather(c.cx, x, std::vector<Symbol>{-2}), Error);
  CHECK_THROWS_WITH_AS(vc::concatenate(c.cx, std::vector<vc::Var<double, 2>>()),
                       "concatenate: there are no parts: give at least one value", Error);
}

namespace {

/// Everything at once, large enough that threads share the work.
template <vc::Context C>
auto all_matrix_ops(C& cx, const vc::Slot<2>& slot, const vc::Slot<1>& gain) {
  const auto x = cx.parameter(slot);
  const auto weights = cx.parameter(gain);
  const auto normal = vc::layer_norm(cx, x, weights, weights);
  const auto product = vc::matmul(cx, x, normal, {.transpose_left = true});
  const auto turned = vc::transpose(cx, vc::softmax(cx, product));
  std::vector<Index> indices, labels;
  for (Index i = 0; i < 500; ++i) indices.push_back(i * i % x.columns());
  const auto gathered = vc::gather(cx, vc::log_softmax(cx, turned), indices);
  const auto joined = vc::concatenate_columns(cx, gathered, turned, gathered);
  const auto stacked = vc::concatenate(cx, joined, vc::middle_rows(cx, joined, 3, 150));
  const auto part = vc::middle_columns(cx, stacked, 1, 600);
  for (Index i = 0; i < 600; ++i) labels.push_back(i % part.rows());
  const auto binary = vc::binary_cross_entropy(cx, part, vc::tanh(cx, part));
  const auto nll = vc::cross_entropy(cx, binary, labels);
  return vc::mean_squared_error(cx, vc::reshape(cx, nll, Shape<2>{{60, 10}}),
                                vc::middle_columns(cx, vc::middle_rows(cx, part, 0, 60), 7, 10));
}

}  // namespace

TEST_CASE_TEMPLATE("matrix ops: the same bits on any number of threads, and in a workspace", Scalar,
                   float, double) {
  vc::Layout layout;
  const auto x = layout.add("x", Shape<2>{{67, 203}}, vc::Init::normal(1));
  const auto gain = layout.add("gain", Shape<1>{{67}}, vc::Init::normal(1));
  const auto run = [&](int threads) {
    vc::Parameters<Scalar> parameters(layout, vc::Seed{2});
    vc::Team team(threads);
    vc::Tape<Scalar> tape(parameters, team);
    const vc::Scope scope(tape);
    const auto loss = all_matrix_ops(tape, x, gain);
    tape.backward(loss);
    const auto gradients = std::as_const(parameters).gradients();
    std::vector<Scalar> result(gradients.begin(), gradients.end());
    result.push_back(loss.item());
    return result;
  };
  const auto expected = run(1);
  CHECK(std::count(expected.begin(), expected.end(), Scalar(0)) == 0);
  CHECK(run(2) == expected);
  CHECK(run(3) == expected);
  const vc::Parameters<Scalar> parameters(layout, vc::Seed{2});
  vc::Workspace<Scalar> workspace(parameters);
  CHECK(all_matrix_ops(workspace, x, gain).item() == expected.back());
}

TEST_CASE("matrix ops: nothing is recorded of what is frozen") {
  vc::Layout layout;
  const auto x = layout.add("x", Shape<2>{{67, 203}}, vc::Init::normal(1));
  const auto gain = layout.add("gain", Shape<1>{{67}}, vc::Init::normal(1));
  layout.add("moves", Shape<1>{{1}}, vc::Init::zeros());
  vc::Parameters<float> parameters(layout, vc::Seed{2});
  vc::Tape<float> tape(parameters);
  const vc::ParameterRange moving(layout, {"moves"});
  tape.set_moving(moving);
  const vc::Scope scope(tape);
  CHECK_FALSE(all_matrix_ops(tape, x, gain).has_gradient());
  CHECK(tape.size() == 0);
}
