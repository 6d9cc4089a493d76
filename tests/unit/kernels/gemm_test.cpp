// Packed products and affine maps against their naive twins.
#include <algorithm>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include <vaecollapse/core/team.hpp>
#include <vaecollapse/kernels/affine.hpp>
#include <vaecollapse/kernels/gemm.hpp>

#include "support.hpp"

namespace vc = vaecollapse;
namespace kernels = vaecollapse::kernels;
using namespace kernel_test;
using kernels::Output;

namespace {

struct Shape {
  Index rows, depth, columns;
};

/// Every length up to a few vectors of any width, and lengths about the borders of panels, tiles
/// and depth blocks.
std::vector<Shape> shapes() {
  std::vector<Shape> result{{100, 3, 2}, {7, 511, 3}, {17, 512, 5}, {3, 513, 9}, {50, 1030, 4}};
  Numbers numbers(1);
  for (Index size = 1; size <= 50; ++size) {
    result.push_back({size, 1 + numbers.below(40), 1 + numbers.below(20)});
    result.push_back({1 + numbers.below(20), size, 1 + numbers.below(10)});
    if (size <= 20) result.push_back({1 + numbers.below(60), 1 + numbers.below(10), size});
  }
  return result;
}

/// A sum of `depth` products of numbers below one, each rounding below half a unit of the sum.
template <class Scalar>
double tolerance(Index depth) {
  return roundings<Scalar>(8 + static_cast<double>(depth));
}

/// A product in all its forms, in one precision.
template <class Scalar>
struct Product {
  Matrix<Scalar> a, a_transposed, b, b_transposed, bias, before;
  std::vector<Scalar> memory;

  explicit Product(const Shape& s)
      : a(random<Scalar>(s.rows, s.depth, 1, 1, 3)),
        a_transposed(s.depth, s.rows, 2),
        b(random<Scalar>(s.depth, s.columns, 2, 1, 1)),
        b_transposed(s.columns, s.depth, 4),
        bias(random<Scalar>(s.rows, 1, 3)),
        before(random<Scalar>(s.rows, s.columns, 4, 1, 2)),
        memory(static_cast<std::size_t>(kernels::packed_size<Scalar>(s.rows, s.depth))) {
    for (Index k = 0; k < s.depth; ++k) {
      for (Index i = 0; i < s.rows; ++i) a_transposed.view()(k, i) = a.view()(i, k);
      for (Index j = 0; j < s.columns; ++j) b_transposed.view()(j, k) = b.view()(k, j);
    }
  }
  kernels::PackedPanels<Scalar> packed(vc::Team& team) {
    return kernels::pack<Scalar>(std::as_const(a).view(), memory.data(), team);
  }
  kernels::RightOperand<Scalar> right() { return kernels::as_is<Scalar>(std::as_const(b).view()); }
  Matrix<Scalar> run(Output output, bool with_bias, vc::Team& team) {
    Matrix<Scalar> c = before;
    kernels::gemm(packed(team), right(), c.view(), output, team, with_bias ? bias.data() : nullptr);
    CHECK(c.gaps_untouched());
    return c;
  }
};

template <class Scalar>
void check_products() {
  vc::Team team(1);
  for (const Shape& s : shapes()) {
    CAPTURE(s.rows);
    CAPTURE(s.depth);
    CAPTURE(s.columns);
    Product<Scalar> product(s);
    Product<double> exact(s);
    for (const Output output : {Output::replace, Output::accumulate}) {
      for (const bool with_bias : {false, true}) {
        Matrix<double> expected = exact.before;
        kernels::naive::gemm<double>(std::as_const(exact.a).view(), exact.right(), expected.view(),
                                     output, with_bias ? exact.bias.data() : nullptr);
        CHECK(difference(product.run(output, with_bias, team), expected) <
              tolerance<Scalar>(s.depth));
      }
    }
    // The other ways to give the same operands lead to the same bits.
    const Matrix<Scalar> plain = product.run(Output::replace, false, team);
    Matrix<Scalar> other = product.before;
    kernels::gemm(kernels::pack_transposed<Scalar>(std::as_const(product.a_transposed).view(),
                                                   product.memory.data(), team),
                  kernels::transposed<Scalar>(std::as_const(product.b_transposed).view()),
                  other.view(), Output::replace, team);
    CHECK(same_bits(plain, other));
    const auto by_columns = kernels::pack_by_columns<Scalar>(
        s.rows, s.depth, [&](Index k) { return std::as_const(product.a).view().column(k); },
        product.memory.data(), team);
    kernels::gemm(by_columns, product.right(), other.view(), Output::replace, team);
    CHECK(same_bits(plain, other));
  }
}

}  // namespace

TEST_CASE("gemm: float against the naive product in double") { check_products<float>(); }
TEST_CASE("gemm: double against the naive product") { check_products<double>(); }

TEST_CASE_TEMPLATE("gemm: any number of threads gives the same bits", Scalar, float, double) {
  vc::Team alone(1), pair(2), three(3);
  for (const Shape& s :
       {Shape{1, 5, 1}, Shape{200, 40, 3}, Shape{9, 30, 100}, Shape{60, 600, 33}}) {
    Product<Scalar> product(s);
    for (const Output output : {Output::replace, Output::accumulate}) {
      const Matrix<Scalar> expected = product.run(output, true, alone);
      CHECK(same_bits(product.run(output, true, pair), expected));
      CHECK(same_bits(product.run(output, true, three), expected));
    }
  }
}

TEST_CASE_TEMPLATE("gemm: a slice of a product has the bits of the whole", Scalar, float, double) {
  vc::Team team(1);
  for (const Shape& s : {Shape{33, 20, 21}, Shape{7, 700, 10}}) {
    Product<Scalar> product(s);
    const Matrix<Scalar> whole = product.run(Output::replace, true, team);
    for (Index first = 0; first < s.columns; ++first) {
      for (Index last = first + 1; last <= s.columns; ++last) {
        Matrix<Scalar> slice(s.rows, s.columns);
        kernels::gemm_columns(product.packed(team), product.right(), slice.view(), Output::replace,
                              first, last, product.bias.data());
        CHECK(same_bits<Scalar>(slice.view().middle_columns(first, last - first),
                                whole.view().middle_columns(first, last - first)));
        for (Index j = 0; j < s.columns; ++j) {
          if (j < first || j >= last) CHECK(slice.view()(0, j) == 0);
        }
      }
    }
  }
}

TEST_CASE("gemm: an inner dimension of zero leaves the bias, or zeros") {
  vc::Team team(1);
  const Matrix<float> bias = random<float>(5, 1, 1);
  Matrix<float> c = random<float>(5, 3, 2);
  const kernels::PackedPanels<float> nothing{nullptr, 5, 0};
  const kernels::RightOperand<float> right{nullptr, 1, 0, 3};
  kernels::gemm(nothing, right, c.view(), Output::replace, team, bias.data());
  for (Index j = 0; j < 3; ++j) CHECK(c.view()(4, j) == bias.view()(4, 0));
  kernels::gemm(nothing, right, c.view(), Output::replace, team);
  for (Index j = 0; j < 3; ++j) CHECK(c.view()(4, j) == 0);
}

namespace {

/// All four kernels of an affine map.
template <class Scalar>
struct Affine {
  Matrix<Scalar> weights, bias, x, dy, y, dx, dweights, dbias;

  explicit Affine(const Shape& s)
      : weights(random<Scalar>(s.rows, s.depth, 1, 1, 1)),
        bias(random<Scalar>(s.depth, 1, 2)),
        x(random<Scalar>(s.rows, s.columns, 3, 1, 2)),
        dy(random<Scalar>(s.depth, s.columns, 4, 1, 3)),
        y(s.depth, s.columns, 1),
        dx(random<Scalar>(s.rows, s.columns, 5, 1, 1)),
        dweights(random<Scalar>(s.rows, s.depth, 6, 1, 2)),
        dbias(random<Scalar>(s.depth, 1, 7)) {}

  void run(vc::Team& team) {
    const View<const Scalar> w = weights.view(), in = x.view(), d = dy.view();
    std::vector<Scalar> scratch(static_cast<std::size_t>(
        kernels::affine_forward_scratch<Scalar>(w.rows, w.columns) +
        kernels::packed_size<Scalar>(w.rows, std::max(w.columns, in.columns))));
    kernels::affine_forward(w, std::as_const(bias).data(), in, y.view(), Output::replace,
                            scratch.data(), team);
    kernels::affine_input_backward(w, d, dx.view(), scratch.data(), team);
    kernels::affine_weights_backward(in, d, dweights.view(), scratch.data(), team);
    kernels::affine_bias_backward(d, dbias.data(), team);
  }
  void run_naive() {
    const View<const Scalar> w = weights.view(), in = x.view(), d = dy.view();
    kernels::naive::affine_forward(w, std::as_const(bias).data(), in, y.view());
    kernels::naive::affine_backward(w, in, d, dx.view(), dweights.view(), dbias.data());
  }
};

}  // namespace

TEST_CASE_TEMPLATE("affine: forward and backward against the naive twin", Scalar, float, double) {
  vc::Team team(2);
  for (const Shape& s : shapes()) {
    if (s.depth > 100) continue;
    CAPTURE(s.rows);
    CAPTURE(s.depth);
    CAPTURE(s.columns);
    Affine<Scalar> affine(s);
    Affine<double> exact(s);
    affine.run(team);
    exact.run_naive();
    CHECK(difference(affine.y, exact.y) < tolerance<Scalar>(s.rows));
    CHECK(difference(affine.dx, exact.dx) < tolerance<Scalar>(s.depth));
    CHECK(difference(affine.dweights, exact.dweights) < tolerance<Scalar>(s.columns));
    CHECK(difference(affine.dbias, exact.dbias) < tolerance<Scalar>(s.columns));
    for (const auto* result : {&affine.y, &affine.dx, &affine.dweights, &affine.dbias}) {
      CHECK(result->gaps_untouched());
    }
  }
}
