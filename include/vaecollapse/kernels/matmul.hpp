// Products of two matrices, either of them as it lies or transposed.
#pragma once

#include <vaecollapse/core/team.hpp>
#include <vaecollapse/core/view.hpp>
#include <vaecollapse/kernels/gemm.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI::kernels {

/// A factor of a product: a matrix, or its transpose.
template <class Scalar>
struct Factor {
  View<const Scalar> matrix;
  bool is_transposed = false;

  Index rows() const { return is_transposed ? matrix.columns : matrix.rows; }
  Index columns() const { return is_transposed ? matrix.rows : matrix.columns; }
  Factor transposed() const { return {matrix, !is_transposed}; }
  Scalar operator()(Index i, Index k) const { return is_transposed ? matrix(k, i) : matrix(i, k); }
};

/// Two factors that can be multiplied. \shape left [I x K], right [K x N]
template <class Scalar>
struct Product {
  Factor<Scalar> left;
  Factor<Scalar> right;

  /// Numbers of scratch that `matmul` needs.
  Index scratch() const { return packed_size<Scalar>(left.rows(), left.columns()); }
};

/// c = left right, or c += left right. \shape c [I x N]
/// \cost 2 I K N flops and the packing of the left factor
template <class Scalar>
void matmul(const Product<Scalar>& product, View<Scalar> c, Output output, Scalar* scratch,
            Team& team) {
  const auto& [a, b] = product;
  gemm(a.is_transposed ? pack_transposed(a.matrix, scratch, team) : pack(a.matrix, scratch, team),
       b.is_transposed ? transposed(b.matrix) : as_is(b.matrix), c, output, team);
}

/// What is added to the gradient of the left factor's matrix: dc right^T, or the transpose of
/// that. \shape dc [I x N]
template <class Scalar>
Product<Scalar> left_gradient(const Product<Scalar>& product, View<const Scalar> dc) {
  const Factor<Scalar> seed{dc};
  if (product.left.is_transposed) return {product.right, seed.transposed()};
  return {seed, product.right.transposed()};
}

/// The same of the right factor's matrix: left^T dc, or the transpose of that.
template <class Scalar>
Product<Scalar> right_gradient(const Product<Scalar>& product, View<const Scalar> dc) {
  const Factor<Scalar> seed{dc};
  if (product.right.is_transposed) return {seed.transposed(), product.left};
  return {product.left.transposed(), seed};
}

namespace naive {

/// The reference of `matmul`.
template <class Scalar>
void matmul(const Product<Scalar>& product, View<Scalar> c, Output output) {
  for (Index j = 0; j < c.columns; ++j) {
    for (Index i = 0; i < c.rows; ++i) {
      Scalar sum = output == Output::accumulate ? c(i, j) : Scalar(0);
      for (Index k = 0; k < product.left.columns(); ++k) {
        sum += product.left(i, k) * product.right(k, j);
      }
      c(i, j) = sum;
    }
  }
}

/// The gradients of both factors' matrices, term by term.
template <class Scalar>
void matmul_backward(const Product<Scalar>& product, View<const Scalar> dc, View<Scalar> dleft,
                     View<Scalar> dright) {
  const auto& [a, b] = product;
  for (Index j = 0; j < dc.columns; ++j) {
    for (Index i = 0; i < dc.rows; ++i) {
      for (Index k = 0; k < a.columns(); ++k) {
        (a.is_transposed ? dleft(k, i) : dleft(i, k)) += dc(i, j) * b(k, j);
        (b.is_transposed ? dright(j, k) : dright(k, j)) += a(i, k) * dc(i, j);
      }
    }
  }
}

}  // namespace naive

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI::kernels
