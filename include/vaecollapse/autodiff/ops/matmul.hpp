// Products of two matrices, and the transpose of one, on the tape.
#pragma once

#include <vaecollapse/autodiff/context.hpp>
#include <vaecollapse/autodiff/ops/given_sequence.hpp>
#include <vaecollapse/autodiff/tape.hpp>
#include <vaecollapse/kernels/matmul.hpp>
#include <vaecollapse/kernels/transpose.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

/// Which of the two matrices of a product is read as its transpose.
struct MatmulOptions {
  bool transpose_left = false;
  bool transpose_right = false;
};

namespace detail {

template <class Scalar>
void add_product(const kernels::Product<Scalar>& product, View<Scalar> to, BackwardContext& back) {
  const ArenaFrame frame(back.arena);
  auto* scratch = back.arena.template allocate<Scalar>(product.scratch());
  kernels::matmul(product, to, kernels::Output::accumulate, scratch, back.team);
}

}  // namespace detail

/// The matrix product a b. With a transpose the matrix is read as it lies, and none is made:
/// `matmul(cx, a, b, {.transpose_left = true})` is a^T b.
/// \shape a [I x K] (its transpose: a [K x I]), b [K x N] ([N x K]) -> [I x N]
/// \throws ShapeError
/// \cost 2 I K N flops forward, twice that backward
template <Context C, class Scalar = typename C::scalar_type>
Var<Scalar, 2> matmul(C& cx, const Var<Scalar, 2>& a, const Var<Scalar, 2>& b,
                      const MatmulOptions& options = {}) {
  const kernels::Product<Scalar> product{{a.view(), options.transpose_left},
                                         {b.view(), options.transpose_right}};
  require_shapes(
      product.left.columns() == product.right.rows(), "matmul",
      {{options.transpose_left ? "left, to be transposed," : "left", a.shape()},
       {options.transpose_right ? "right, to be transposed," : "right", b.shape()}},
      "the columns of the left factor must equal the rows of the right one, after transposing");
  const auto y = cx.template make<2>(Shape<2>{{product.left.rows(), product.right.columns()}},
                                     any_gradient(a, b));
  {
    const ArenaFrame frame(cx.arena());
    auto* scratch = cx.arena().template allocate<Scalar>(product.scratch());
    kernels::matmul(product, y.value_view(), kernels::Output::replace, scratch, cx.team());
  }
  cx.template record<"matmul">(y, [=](BackwardContext& back) {
    const View<const Scalar> dy = y.gradient_view();
    if (a.has_gradient()) {
      detail::add_product(kernels::left_gradient(product, dy), a.gradient_view(), back);
    }
    if (b.has_gradient()) {
      detail::add_product(kernels::right_gradient(product, dy), b.gradient_view(), back);
    }
  });
  return y;
}

/// The transpose. Before or after a product it costs a copy that `MatmulOptions` spares.
/// \shape [I x N] -> [N x I]
/// \cost a copy
template <Context C, class Scalar = typename C::scalar_type>
Var<Scalar, 2> transpose(C& cx, const Var<Scalar, 2>& x) {
  const auto y = cx.template make<2>(Shape<2>{{x.columns(), x.rows()}}, any_gradient(x));
  kernels::transpose(x.view(), y.value_view(), kernels::Output::replace, cx.team());
  cx.template record<"transpose">(y, [=](BackwardContext& back) {
    kernels::transpose<Scalar>(y.gradient_view(), x.gradient_view(), kernels::Output::accumulate,
                               back.team);
  });
  return y;
}

/// \cond
template <class Cx, class... Given>
requires GivenSequence<Given...>
void matmul(Cx&, const Given&...) = delete;  // write x.columns in place of a sequence x
template <class Cx, class... Given>
requires GivenSequence<Given...>
void transpose(Cx&, const Given&...) = delete;  // write x.columns in place of a sequence x
/// \endcond

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
