// Functions of single numbers, on the tape.
#pragma once

#include <vaecollapse/autodiff/context.hpp>
#include <vaecollapse/autodiff/ops/given_sequence.hpp>
#include <vaecollapse/autodiff/tape.hpp>
#include <vaecollapse/kernels/functions.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

namespace detail {

/// The node of F::of(x).
template <OpName Name, class F, Context C, int Rank, class Scalar = typename C::scalar_type>
Var<Scalar, Rank> map(C& cx, const Var<Scalar, Rank>& x) {
  const auto y = cx.template make<Rank>(x.shape(), any_gradient(x));
  kernels::map_forward<F>(x.size(), x.data(), y.data(), cx.team());
  cx.template record<Name>(y, [=](BackwardContext& back) {
    kernels::map_backward<F, Scalar>(x.size(), x.data(), y.data(), y.gradient_data(),
                                     x.gradient_data(), back.team);
  });
  return y;
}

}  // namespace detail

/// e^x of every element: infinite where that overflows, 0 where it is less than the smallest normal
/// number. \shape that of x \cost one exp an element, a multiplication backward
template <Context C, int Rank, class Scalar = typename C::scalar_type>
Var<Scalar, Rank> exp(C& cx, const Var<Scalar, Rank>& x) {
  return detail::map<"exp", kernels::Exp>(cx, x);
}

/// The natural logarithm of every element: of 0 it is -infinity, with an infinite gradient, and
/// below 0 NaN. \shape that of x \cost one log an element, a division backward
template <Context C, int Rank, class Scalar = typename C::scalar_type>
Var<Scalar, Rank> log(C& cx, const Var<Scalar, Rank>& x) {
  return detail::map<"log", kernels::Log>(cx, x);
}

/// x^2 of every element. \shape that of x \cost one pass, and one backward
template <Context C, int Rank, class Scalar = typename C::scalar_type>
Var<Scalar, Rank> square(C& cx, const Var<Scalar, Rank>& x) {
  return detail::map<"square", kernels::Square>(cx, x);
}

/// The square root of every element: of 0 it is 0, with an infinite gradient, and below 0 NaN.
/// \shape that of x \cost one square root an element, a division backward
template <Context C, int Rank, class Scalar = typename C::scalar_type>
Var<Scalar, Rank> sqrt(C& cx, const Var<Scalar, Rank>& x) {
  return detail::map<"sqrt", kernels::Sqrt>(cx, x);
}

/// 1 / (1 + e^-x) of every element, without overflow. \shape that of x
/// \cost one exp an element, two multiplications backward
template <Context C, int Rank, class Scalar = typename C::scalar_type>
Var<Scalar, Rank> sigmoid(C& cx, const Var<Scalar, Rank>& x) {
  return detail::map<"sigmoid", kernels::Sigmoid>(cx, x);
}

/// log(1 + e^x) of every element, without overflow: x itself where x is large. \shape that of x
/// \cost one exp and one log an element, one exp backward
template <Context C, int Rank, class Scalar = typename C::scalar_type>
Var<Scalar, Rank> softplus(C& cx, const Var<Scalar, Rank>& x) {
  return detail::map<"softplus", kernels::Softplus>(cx, x);
}

/// |x| of every element; its gradient at 0 is 0. \shape that of x \cost one pass, and one backward
template <Context C, int Rank, class Scalar = typename C::scalar_type>
Var<Scalar, Rank> abs(C& cx, const Var<Scalar, Rank>& x) {
  return detail::map<"abs", kernels::Abs>(cx, x);
}

/// \cond
template <class Cx, class... Given>
requires GivenSequence<Given...>
void exp(Cx&, const Given&...) = delete;  // write x.columns in place of a sequence x
template <class Cx, class... Given>
requires GivenSequence<Given...>
void log(Cx&, const Given&...) = delete;  // write x.columns in place of a sequence x
template <class Cx, class... Given>
requires GivenSequence<Given...>
void square(Cx&, const Given&...) = delete;  // write x.columns in place of a sequence x
template <class Cx, class... Given>
requires GivenSequence<Given...>
void sqrt(Cx&, const Given&...) = delete;  // write x.columns in place of a sequence x
template <class Cx, class... Given>
requires GivenSequence<Given...>
void sigmoid(Cx&, const Given&...) = delete;  // write x.columns in place of a sequence x
template <class Cx, class... Given>
requires GivenSequence<Given...>
void softplus(Cx&, const Given&...) = delete;  // write x.columns in place of a sequence x
template <class Cx, class... Given>
requires GivenSequence<Given...>
void abs(Cx&, const Given&...) = delete;  // write x.columns in place of a sequence x
/// \endcond

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
