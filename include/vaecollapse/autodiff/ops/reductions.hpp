// Sums and means, of all elements or over an axis, on the tape.
#pragma once

#include <vaecollapse/autodiff/axis.hpp>
#include <vaecollapse/autodiff/context.hpp>
#include <vaecollapse/autodiff/ops/given_sequence.hpp>
#include <vaecollapse/autodiff/tape.hpp>
#include <vaecollapse/kernels/reductions.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

namespace detail {

/// The node of all elements' sum over `divisor`.
template <OpName Name, Context C, int Rank, class Scalar = typename C::scalar_type>
Var<Scalar, 0> sum_of_all(C& cx, const Var<Scalar, Rank>& x, Index divisor) {
  const auto y = cx.template make<0>(Shape<0>{}, any_gradient(x));
  *y.data() = kernels::sum_forward<Scalar>(x.size(), x.data(), divisor);
  cx.template record<Name>(y, [=](BackwardContext& back) {
    kernels::sum_backward(x.size(), *y.gradient_data(), divisor, x.gradient_data(), back.team);
  });
  return y;
}

/// The node of the sums over an axis, each over `divisor`.
template <OpName Name, Context C, class Scalar = typename C::scalar_type>
Var<Scalar, 1> sum_over(C& cx, const Var<Scalar, 2>& x, Axis axis, Index divisor) {
  const bool rows = axis == Axis::rows;
  const auto y = cx.template make<1>(Shape<1>{{x.shape()[rows ? 1 : 0]}}, any_gradient(x));
  const View<const Scalar> numbers(x.data(), x.shape()[0], x.shape()[1]);
  if (rows) {
    kernels::sum_rows_forward(numbers, divisor, y.data(), cx.team());
  } else {
    kernels::sum_columns_forward(numbers, divisor, y.data(), cx.team());
  }
  cx.template record<Name>(y, [=](BackwardContext& back) {
    const Scalar* dy = y.gradient_data();
    if (rows) {
      kernels::sum_rows_backward(dy, divisor, x.gradient_view(), back.team);
    } else {
      kernels::sum_columns_backward(dy, divisor, x.gradient_view(), back.team);
    }
  });
  return y;
}

}  // namespace detail

/// The sum of all elements, added up in double over blocks. \shape any -> []
/// \cost one pass on one thread, and one backward
template <Context C, int Rank, class Scalar = typename C::scalar_type>
Var<Scalar, 0> sum(C& cx, const Var<Scalar, Rank>& x) {
  return detail::sum_of_all<"sum">(cx, x, 1);
}

/// The sums over an axis: `Axis::rows` adds up the rows of each column, `Axis::columns` the
/// columns. \shape x [I x N] -> [N] over the rows, [I] over the columns
/// \cost one pass, and one backward
template <Context C, class Scalar = typename C::scalar_type>
Var<Scalar, 1> sum(C& cx, const Var<Scalar, 2>& x, Axis axis) {
  return detail::sum_over<"sum">(cx, x, axis, 1);
}

/// The mean of all elements, added up in double over blocks. \shape any -> []
/// \throws ShapeError if there are none \cost one pass on one thread, and one backward
template <Context C, int Rank, class Scalar = typename C::scalar_type>
Var<Scalar, 0> mean(C& cx, const Var<Scalar, Rank>& x) {
  require_shapes(x.size() > 0, "mean", {{"input", x.shape()}}, "there must be an element");
  return detail::sum_of_all<"mean">(cx, x, x.size());
}

/// The means over an axis, which is as for `sum`.
/// \shape x [I x N] -> [N] over the rows, [I] over the columns
/// \throws ShapeError if there is nothing along the axis \cost one pass, and one backward
template <Context C, class Scalar = typename C::scalar_type>
Var<Scalar, 1> mean(C& cx, const Var<Scalar, 2>& x, Axis axis) {
  const Index count = x.shape()[axis == Axis::rows ? 0 : 1];
  require_shapes(count > 0, "mean", {{"input", x.shape()}},
                 axis == Axis::rows ? "there must be a row" : "there must be a column");
  return detail::sum_over<"mean">(cx, x, axis, count);
}

/// \cond
template <class Cx, class... Given>
requires GivenSequence<Given...>
void sum(Cx&, const Given&...) = delete;  // write x.columns in place of a sequence x
template <class Cx, class... Given>
requires GivenSequence<Given...>
void mean(Cx&, const Given&...) = delete;  // write x.columns in place of a sequence x
/// \endcond

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
