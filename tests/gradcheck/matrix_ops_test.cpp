// Ops on whole matrices against central differences: products, shapes, slices, softmax, losses by
// label and layer normalisation.
#include <array>
#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include <vaecollapse/autodiff/eigen.hpp>
#include <vaecollapse/autodiff/ops/activation.hpp>
#include <vaecollapse/autodiff/ops/gather.hpp>
#include <vaecollapse/autodiff/ops/losses.hpp>
#include <vaecollapse/autodiff/ops/matmul.hpp>
#include <vaecollapse/autodiff/ops/shape.hpp>
#include <vaecollapse/autodiff/ops/softmax.hpp>
#include <vaecollapse/nn/layer_norm.hpp>

#include "support.hpp"

using namespace gradcheck_test;
using Value = vc::Var<double, 2>;

TEST_CASE("gradcheck: matmul, each factor as it lies or transposed, and a matrix by itself") {
  for (const bool left : {false, true}) {
    for (const bool right : {false, true}) {
      CAPTURE(left);
      CAPTURE(right);
      vc::Layout layout;
      const auto a = left ? matrix(layout, "a", 5, 3) : matrix(layout, "a", 3, 5);
      const auto b = right ? matrix(layout, "b", 4, 5) : matrix(layout, "b", 5, 4);
      const vc::MatmulOptions options{.transpose_left = left, .transpose_right = right};
      check(layout,
            [&](Tape& t) { return vc::matmul(t, t.parameter(a), t.parameter(b), options); });
    }
  }
  vc::Layout layout;
  const auto a = matrix(layout, "a", 3, 5);
  check(layout, [&](Tape& t) {
    return vc::matmul(t, t.parameter(a), t.parameter(a), {.transpose_right = true});
  });
}

TEST_CASE("gradcheck: matmul by a constant on either side") {
  vc::Layout layout;
  const auto x = matrix(layout, "x", 3, 4);
  Eigen::Tensor<double, 2> c(4, 3);
  c.setConstant(0.3);
  c(1, 2) = -2;
  check(layout, [&](Tape& t) { return vc::matmul(t, t.constant(c), t.parameter(x)); });
  check(layout, [&](Tape& t) { return vc::matmul(t, t.parameter(x), t.constant(c)); });
}

TEST_CASE("gradcheck: transpose, of squares in registers and of what is left") {
  vc::Layout layout;
  const auto x = matrix(layout, "x", 19, 21);
  check(layout, [&](Tape& t) { return vc::transpose(t, t.parameter(x)); });
}

TEST_CASE("gradcheck: reshape, of a value that is used as it was too") {
  vc::Layout layout;
  const auto x = matrix(layout, "x", 4, 6);
  check(layout, [&](Tape& t) {
    return vc::reshape(t, vc::tanh(t, t.parameter(x)), vc::Shape<3>{{2, 3, 4}});
  });
  check(layout, [&](Tape& t) {
    const auto y = vc::tanh(t, t.parameter(x));
    const auto z = vc::reshape(t, y, vc::Shape<2>{{6, 4}});
    return vc::matmul(t, y, vc::tanh(t, z));
  });
}

TEST_CASE("gradcheck: slices of columns and rows, that overlap too") {
  vc::Layout layout;
  const auto x = matrix(layout, "x", 6, 5);
  check(layout, [&](Tape& t) { return vc::middle_columns(t, t.parameter(x), 1, 3); });
  check(layout, [&](Tape& t) { return vc::middle_rows(t, t.parameter(x), 2, 4); });
  check(layout, [&](Tape& t) {
    const auto a = t.parameter(x);
    const auto both =
        vc::concatenate_columns(t, vc::middle_columns(t, a, 2, 3), vc::middle_columns(t, a, 0, 4));
    return vc::concatenate(t, vc::middle_rows(t, both, 4, 2), vc::middle_rows(t, both, 0, 5));
  });
}

TEST_CASE("gradcheck: concatenate rows and columns of any number, one of them twice") {
  vc::Layout layout;
  const auto a = matrix(layout, "a", 3, 4), b = matrix(layout, "b", 2, 4);
  const auto c = matrix(layout, "c", 3, 2);
  check(layout, [&](Tape& t) { return vc::concatenate(t, t.parameter(a), t.parameter(b)); });
  check(layout, [&](Tape& t) {
    const auto x = t.parameter(a), y = t.parameter(b);
    return vc::concatenate(t, y, x, y, y);
  });
  check(layout, [&](Tape& t) {
    const std::vector<Value> parts{t.parameter(c), t.parameter(a), t.parameter(c)};
    return vc::concatenate_columns(t, parts);
  });
}

TEST_CASE("gradcheck: gather, with columns taken twice, never, and none") {
  vc::Layout layout;
  const auto x = matrix(layout, "x", 3, 5);
  const std::vector<Index> indices{4, 0, 4, -1, 2, 4};
  const std::vector<Symbol> symbols{1, vc::no_symbol, 1};
  check(layout, [&](Tape& t) { return vc::gather(t, t.parameter(x), indices); });
  check(layout, [&](Tape& t) { return vc::gather(t, t.parameter(x), symbols); });
}

TEST_CASE("gradcheck: softmax and its logarithm, of a matrix and of a vector") {
  vc::Layout layout;
  const auto x = matrix(layout, "x", 19, 3);
  const auto v = vector(layout, "v", 5);
  check(layout, [&](Tape& t) { return vc::softmax(t, t.parameter(x)); });
  check(layout, [&](Tape& t) { return vc::log_softmax(t, t.parameter(x)); });
  check(layout, [&](Tape& t) { return vc::softmax(t, t.parameter(v)); });
  check(layout, [&](Tape& t) { return vc::log_softmax(t, t.parameter(v)); });
}

TEST_CASE("gradcheck: cross-entropy by label, with a column without one") {
  vc::Layout layout;
  const auto x = matrix(layout, "x", 5, 4);
  const std::vector<Index> labels{3, 0, -1, 4};
  const std::vector<Symbol> symbols{1, 1, vc::no_symbol, 2};
  check(layout, [&](Tape& t) { return vc::cross_entropy(t, t.parameter(x), labels); });
  check(layout, [&](Tape& t) { return vc::cross_entropy(t, t.parameter(x), symbols); });
}

TEST_CASE("gradcheck: binary cross-entropy, in logits and targets") {
  vc::Layout layout;
  const auto x = matrix(layout, "x", 5, 4), targets = matrix(layout, "targets", 5, 4);
  check(layout,
        [&](Tape& t) { return vc::binary_cross_entropy(t, t.parameter(x), t.parameter(targets)); });
}

TEST_CASE("gradcheck: mean squared error") {
  vc::Layout layout;
  const auto a = matrix(layout, "a", 5, 4), b = matrix(layout, "b", 5, 4);
  check(layout, [&](Tape& t) { return vc::mean_squared_error(t, t.parameter(a), t.parameter(b)); });
  check(layout, [&](Tape& t) { return vc::mean_squared_error(t, t.parameter(a), t.parameter(a)); });
}

TEST_CASE("gradcheck: layer normalisation, of a matrix and of a vector, and the layer") {
  vc::Layout layout;
  const auto x = matrix(layout, "x", 19, 3);
  const auto gain = vector(layout, "gain", 19), bias = vector(layout, "bias", 19);
  const auto v = vector(layout, "v", 19);
  const vc::LayerNorm norm(layout, "norm", {19});
  check(layout, [&](Tape& t) {
    return vc::layer_norm(t, t.parameter(x), t.parameter(gain), t.parameter(bias), 1e-2);
  });
  check(layout, [&](Tape& t) {
    return vc::layer_norm(t, t.parameter(v), t.parameter(gain), t.parameter(bias));
  });
  check(layout, [&](Tape& t) { return norm(t, t.parameter(x)); });
}
