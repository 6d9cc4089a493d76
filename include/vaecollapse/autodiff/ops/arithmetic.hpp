// Putting columns together, adding, and weighted sums, on the tape.
#pragma once

#include <algorithm>
#include <span>
#include <type_traits>

#include <vaecollapse/autodiff/context.hpp>
#include <vaecollapse/autodiff/tape.hpp>
#include <vaecollapse/kernels/chunk.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

/// a + b. \shape equal shapes \throws ShapeError
template <Context C, int Rank, class Scalar = typename C::scalar_type>
Var<Scalar, Rank> add(C& cx, const Var<Scalar, Rank>& a, const Var<Scalar, Rank>& b) {
  require_shapes(a.shape() == b.shape(), "add", {{"left", a.shape()}, {"right", b.shape()}},
                 "the shapes must be equal");
  const auto y = cx.template make<Rank>(a.shape(), any_gradient(a, b));
  std::copy_n(a.data(), a.size(), y.data());
  kernels::add<Scalar>(y.size(), b.data(), y.data());
  cx.template record<"add">(y, [=](BackwardContext&) {
    for (const auto& x : {a, b}) {
      if (x.has_gradient()) {
        kernels::add<Scalar>(x.size(), y.gradient_data(), x.gradient_data());
      }
    }
  });
  return y;
}

/// [a; b]: the rows of a above those of b, column by column.
/// \shape a [I x N], b [J x N] -> [(I + J) x N] \throws ShapeError
template <Context C, class Scalar = typename C::scalar_type>
Var<Scalar, 2> concatenate(C& cx, const Var<Scalar, 2>& a, const Var<Scalar, 2>& b) {
  require_shapes(a.columns() == b.columns(), "concatenate",
                 {{"upper", a.shape()}, {"lower", b.shape()}},
                 "both must have the same number of columns");
  const auto y =
      cx.template make<2>(Shape<2>{{a.rows() + b.rows(), a.columns()}}, any_gradient(a, b));
  for (Index j = 0; j < y.columns(); ++j) {
    std::copy_n(a.view().column(j), a.rows(), y.value_view().column(j));
    std::copy_n(b.view().column(j), b.rows(), y.value_view().column(j) + a.rows());
  }
  cx.template record<"concatenate">(y, [=](BackwardContext&) {
    for (Index j = 0; j < y.columns(); ++j) {
      const Scalar* d = y.gradient_view().column(j);
      if (a.has_gradient()) kernels::add(a.rows(), d, a.gradient_view().column(j));
      if (b.has_gradient()) kernels::add(b.rows(), d + a.rows(), b.gradient_view().column(j));
    }
  });
  return y;
}

/// Rows first .. first + count of every column.
/// \shape x [I x N] -> [count x N] \throws ShapeError
template <Context C, class Scalar = typename C::scalar_type>
Var<Scalar, 2> middle_rows(C& cx, const Var<Scalar, 2>& x, Index first, Index count) {
  require_shapes(first >= 0 && count >= 0 && first <= x.rows() && count <= x.rows() - first,
                 "middle_rows",
                 {{"input", x.shape()}, {"first row, rows", Shape<2>{{first, count}}}},
                 "the rows must lie in the input");
  const auto y = cx.template make<2>(Shape<2>{{count, x.columns()}}, any_gradient(x));
  for (Index j = 0; j < y.columns(); ++j) {
    std::copy_n(x.view().column(j) + first, count, y.value_view().column(j));
  }
  cx.template record<"middle_rows">(y, [=](BackwardContext&) {
    for (Index j = 0; j < y.columns(); ++j) {
      kernels::add<Scalar>(count, y.gradient_view().column(j), x.gradient_view().column(j) + first);
    }
  });
  return y;
}

/// sum_i weights[i] x[i], the weights being constants: a scalar to differentiate.
/// \shape weights as many numbers as x
template <Context C, int Rank, class Scalar = typename C::scalar_type>
Var<Scalar, 0> weighted_sum(C& cx, const Var<Scalar, Rank>& x,
                            std::type_identity_t<std::span<const Scalar>> weights) {
  require_shapes(Index(weights.size()) == x.size(), "weighted_sum",
                 {{"input", x.shape()}, {"weights", Shape<1>{{Index(weights.size())}}}},
                 "there must be a weight for each element");
  const auto y = cx.template make<0>(Shape<0>{}, any_gradient(x));
  const std::span<const Scalar> kept = cx.keep(weights);
  *y.data() = kernels::dot(x.size(), x.data(), kept.data());
  cx.template record<"weighted_sum">(y, [=](BackwardContext&) {
    kernels::add_scaled(x.size(), *y.gradient_data(), kept.data(), x.gradient_data());
  });
  return y;
}

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
