// The four operations of arithmetic, and weighted sums, on the tape.
#pragma once

#include <algorithm>
#include <initializer_list>
#include <span>
#include <string_view>
#include <type_traits>

#include <vaecollapse/autodiff/context.hpp>
#include <vaecollapse/autodiff/ops/given_sequence.hpp>
#include <vaecollapse/autodiff/tape.hpp>
#include <vaecollapse/kernels/arithmetic.hpp>
#include <vaecollapse/kernels/chunk.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

namespace detail {

/// A number as an operand: it has no gradient.
template <class Scalar>
struct NumberOperand {
  static constexpr int rank = 0;
  Scalar value;
  const Scalar* data() const { return &value; }
  Scalar* gradient_data() const { return nullptr; }
  bool has_gradient() const { return false; }
  ScopeStamp stamp() const { return {}; }
  Shape<0> shape() const { return {}; }
};

/// What arithmetic on `Scalar` computes with: Vars as they are.
template <class Scalar, int Rank>
const Var<Scalar, Rank>& as_operand(const Var<Scalar, Rank>& x) {
  return x;
}
template <class Scalar, class Number>
NumberOperand<Scalar> as_operand(Number x) {
  return {static_cast<Scalar>(x)};
}

inline constexpr int no_operand = -1, a_number = -2;

/// The rank of a Var of `Scalar`.
template <class Scalar, class T>
inline constexpr int operand_rank = std::is_arithmetic_v<T> ? a_number : no_operand;
template <class Scalar, int Rank>
inline constexpr int operand_rank<Scalar, Var<Scalar, Rank>> = Rank;

constexpr bool operands_fit(int a, int b) {
  if (a == no_operand || b == no_operand) return false;
  if (a == a_number || b == a_number) return a != b;
  return a == b || a == 0 || b == 0 || (a == 2 && b == 1) || (a == 1 && b == 2);
}

/// How an operand of one rank is spread where the result has another.
template <int Rank, int ResultRank>
inline constexpr kernels::Spread spread_of = Rank == ResultRank ? kernels::Spread::each
                                             : Rank == 0        ? kernels::Spread::one
                                                                : kernels::Spread::column;

template <int Left, int Right>
void require_operands_fit(std::string_view op, const Shape<Left>& left, const Shape<Right>& right) {
  const std::initializer_list<Operand> operands{{"left", left}, {"right", right}};
  if constexpr (Left == Right) {
    require_shapes(
        left == right, op, operands,
        "the shapes must be equal, or one of them be [] or, for a column that stands for "
        "all columns, [rows]");
  } else if constexpr (Left != 0 && Right != 0) {
    require_shapes(left[0] == right[0], op, operands,
                   "a column that stands for all columns must have as many rows as these");
  }
}

/// The node of Op::of(a, b), the operands being spread over the result.
template <OpName Name, class Op, kernels::Spread OfA, kernels::Spread OfB, Context C, class A,
          class B, int Rank>
Var<typename C::scalar_type, Rank> pair_node(C& cx, const A& a, const B& b,
                                             const Shape<Rank>& shape) {
  using Scalar = typename C::scalar_type;
  const auto y = cx.template make<Rank>(shape, AnyGradient(a, b));
  using Pair = kernels::Pair<OfA, OfB, Scalar>;
  kernels::pair_forward<Op>(Pair{a.data(), b.data(), y.rows(), y.columns()}, y.data(), cx.team());
  cx.template record<Name>(y, [=](BackwardContext& back) {
    const Pair pair{a.data(), b.data(), y.rows(), y.columns()};
    const Scalar* dy = y.gradient_data();
    if (a.has_gradient()) {
      kernels::pair_backward<typename Op::Left, OfA>(pair, y.data(), dy, a.gradient_data(),
                                                     back.team);
    }
    if (b.has_gradient()) {
      kernels::pair_backward<typename Op::Right, OfB>(pair, y.data(), dy, b.gradient_data(),
                                                      back.team);
    }
  });
  return y;
}

/// The node of Op::of(a, b), the operands being spread as their ranks say.
template <OpName Name, class Op, Context C, class A, class B>
auto arithmetic(C& cx, const A& a, const B& b) {
  constexpr int rank = std::max(A::rank, B::rank);
  require_operands_fit(Name.text, a.shape(), b.shape());
  Shape<rank> shape;
  if constexpr (A::rank == rank) {
    shape = a.shape();
  } else {
    shape = b.shape();
  }
  return pair_node<Name, Op, spread_of<A::rank, rank>, spread_of<B::rank, rank>>(cx, a, b, shape);
}

/// The node of Op::of(x, row), the row having a number for each column.
template <OpName Name, class Op, Context C, class Scalar = typename C::scalar_type>
Var<Scalar, 2> with_row(C& cx, const Var<Scalar, 2>& x, const Var<Scalar, 1>& row) {
  require_shapes(x.columns() == row.size(), Name.text,
                 {{"matrix", x.shape()}, {"row", row.shape()}},
                 "the row must have a number for each column");
  return pair_node<Name, Op, kernels::Spread::each, kernels::Spread::row>(cx, x, row, x.shape());
}

}  // namespace detail

/// Two operands of `add`, `subtract`, `multiply` and `divide`: two Vars of one rank; a Var and a
/// number or a scalar Var; or a matrix [I x N] and a column [I], which stands for each of the N.
/// Either may be the left one.
template <class A, class B, class C>
concept ArithmeticOperands = detail::operands_fit(detail::operand_rank<typename C::scalar_type, A>,
                                                  detail::operand_rank<typename C::scalar_type, B>);

/// a + b, element by element.
/// \shape equal shapes, or one is a number, a scalar Var, or a column [I] beside [I x N]
/// \throws ShapeError \cost one pass, and one backward for each operand with a gradient
template <Context C, class A, class B>
requires ArithmeticOperands<A, B, C>
auto add(C& cx, const A& a, const B& b) {
  using Scalar = typename C::scalar_type;
  return detail::arithmetic<"add", kernels::Add>(cx, detail::as_operand<Scalar>(a),
                                                 detail::as_operand<Scalar>(b));
}

/// a - b, element by element. \shape as for `add` \throws ShapeError \cost as `add`
template <Context C, class A, class B>
requires ArithmeticOperands<A, B, C>
auto subtract(C& cx, const A& a, const B& b) {
  using Scalar = typename C::scalar_type;
  return detail::arithmetic<"subtract", kernels::Subtract>(cx, detail::as_operand<Scalar>(a),
                                                           detail::as_operand<Scalar>(b));
}

/// a b, element by element. \shape as for `add` \throws ShapeError \cost as `add`
template <Context C, class A, class B>
requires ArithmeticOperands<A, B, C>
auto multiply(C& cx, const A& a, const B& b) {
  using Scalar = typename C::scalar_type;
  return detail::arithmetic<"multiply", kernels::Multiply>(cx, detail::as_operand<Scalar>(a),
                                                           detail::as_operand<Scalar>(b));
}

/// a / b, element by element; infinite or NaN where b is 0.
/// \shape as for `add` \throws ShapeError \cost as `add`
template <Context C, class A, class B>
requires ArithmeticOperands<A, B, C>
auto divide(C& cx, const A& a, const B& b) {
  using Scalar = typename C::scalar_type;
  return detail::arithmetic<"divide", kernels::Divide>(cx, detail::as_operand<Scalar>(a),
                                                       detail::as_operand<Scalar>(b));
}

/// x(i, n) + row(n): the same number in each column, such as what `sum` over the rows gives.
/// \shape x [I x N], row [N] -> [I x N] \throws ShapeError
/// \cost one pass, and one backward for each operand with a gradient
template <Context C, class Scalar = typename C::scalar_type>
Var<Scalar, 2> add_row(C& cx, const Var<Scalar, 2>& x, const Var<Scalar, 1>& row) {
  return detail::with_row<"add_row", kernels::Add>(cx, x, row);
}

/// x(i, n) - row(n): what centres columns. \shape as for `add_row` \throws ShapeError
/// \cost as `add_row`
template <Context C, class Scalar = typename C::scalar_type>
Var<Scalar, 2> subtract_row(C& cx, const Var<Scalar, 2>& x, const Var<Scalar, 1>& row) {
  return detail::with_row<"subtract_row", kernels::Subtract>(cx, x, row);
}

/// x(i, n) row(n): a weight for each column. \shape as for `add_row` \throws ShapeError
/// \cost as `add_row`
template <Context C, class Scalar = typename C::scalar_type>
Var<Scalar, 2> multiply_row(C& cx, const Var<Scalar, 2>& x, const Var<Scalar, 1>& row) {
  return detail::with_row<"multiply_row", kernels::Multiply>(cx, x, row);
}

/// x(i, n) / row(n): what normalises columns; infinite or NaN where the row is 0.
/// \shape as for `add_row` \throws ShapeError \cost as `add_row`
template <Context C, class Scalar = typename C::scalar_type>
Var<Scalar, 2> divide_row(C& cx, const Var<Scalar, 2>& x, const Var<Scalar, 1>& row) {
  return detail::with_row<"divide_row", kernels::Divide>(cx, x, row);
}

/// factor x. \shape that of x \cost one pass, and one backward
template <Context C, int Rank, class Scalar = typename C::scalar_type>
Var<Scalar, Rank> scale(C& cx, const Var<Scalar, Rank>& x, double factor) {
  return detail::arithmetic<"scale", kernels::Multiply>(
      cx, x, detail::NumberOperand<Scalar>{static_cast<Scalar>(factor)});
}

/// sum_i weights[i] x[i], the weights being constants: a scalar to differentiate.
/// \shape x any, weights as many numbers as x -> [] \cost one pass on one thread, and one backward
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

/// \cond
template <class Cx, class... Given>
requires GivenSequence<Given...>
void add(Cx&, const Given&...) = delete;  // write x.columns in place of a sequence x
template <class Cx, class... Given>
requires GivenSequence<Given...>
void subtract(Cx&, const Given&...) = delete;  // write x.columns in place of a sequence x
template <class Cx, class... Given>
requires GivenSequence<Given...>
void multiply(Cx&, const Given&...) = delete;  // write x.columns in place of a sequence x
template <class Cx, class... Given>
requires GivenSequence<Given...>
void divide(Cx&, const Given&...) = delete;  // write x.columns in place of a sequence x
template <class Cx, class... Given>
requires GivenSequence<Given...>
void add_row(Cx&, const Given&...) = delete;  // write x.columns in place of a sequence x
template <class Cx, class... Given>
requires GivenSequence<Given...>
void subtract_row(Cx&, const Given&...) = delete;  // write x.columns in place of a sequence x
template <class Cx, class... Given>
requires GivenSequence<Given...>
void multiply_row(Cx&, const Given&...) = delete;  // write x.columns in place of a sequence x
template <class Cx, class... Given>
requires GivenSequence<Given...>
void divide_row(Cx&, const Given&...) = delete;  // write x.columns in place of a sequence x
template <class Cx, class... Given>
requires GivenSequence<Given...>
void scale(Cx&, const Given&...) = delete;  // write x.columns in place of a sequence x
template <class Cx, class... Given>
requires GivenSequence<Given...>
void weighted_sum(Cx&, const Given&...) = delete;  // write x.columns in place of a sequence x
/// \endcond

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
