// Taking values apart and putting them together, on the tape: other shapes of the same numbers,
// slices of rows and columns, and concatenation either way.
#pragma once

#include <algorithm>
#include <concepts>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>

#include <vaecollapse/autodiff/context.hpp>
#include <vaecollapse/autodiff/ops/given_sequence.hpp>
#include <vaecollapse/autodiff/tape.hpp>
#include <vaecollapse/kernels/columns.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

/// The same numbers, in the order of memory (the first axis runs fastest), as another shape.
/// Nothing is copied or recorded: value and gradient lie where those of x do. \shape as many
/// elements -> the shape that is given: `reshape(cx, x, Shape<2>{{3, 4}})` \throws ShapeError \cost
/// none
template <Context C, int Rank, int NewRank, class Scalar = typename C::scalar_type>
Var<Scalar, NewRank> reshape(C&, const Var<Scalar, Rank>& x, const Shape<NewRank>& shape) {
  detail::require_extents<Scalar>("reshape", shape);
  require_shapes(shape.size() == x.size(), "reshape", {{"input", x.shape()}, {"wanted", shape}},
                 "both must have the same number of elements");
  return x.as_shape(shape);
}

namespace detail {

inline void require_slice(std::string_view op, const AnyShape& input, std::string_view what,
                          Index first, Index count, Index extent) {
  if (first >= 0 && count >= 0 && first <= extent && count <= extent - first) return;
  raise(ShapeError(op, {{"input", input}, {what, Shape<2>{{first, count}}}},
                   "what is taken must lie in the input"));
}

/// Never inlined: what does not fit stands at the end of a loop.
[[noreturn]] __attribute__((noinline, cold)) inline void refuse_part(std::string_view op,
                                                                     const AnyShape& first,
                                                                     std::size_t number,
                                                                     const AnyShape& part,
                                                                     std::string_view rule) {
  const std::string name = "part " + std::to_string(number + 1);
  raise(ShapeError(op, {{"part 1", first}, {name, part}}, rule));
}

/// The parts in memory of their own, once there is one and all agree along `axis`.
template <class C, class Scalar>
std::span<const Var<Scalar, 2>> kept_parts(C& cx, std::string_view op,
                                           std::span<const Var<Scalar, 2>> parts, int axis,
                                           std::string_view rule) {
  if (parts.empty()) raise_error({op, ": there are no parts: give at least one value"});
  const Shape<2> first = parts[0].shape();
  for (std::size_t i = 1; i < parts.size(); ++i) {
    if (parts[i].shape()[axis] == first[axis]) continue;
    refuse_part(op, first, i, parts[i].shape(), rule);
  }
  return cx.keep(parts);
}

template <class Scalar>
bool any_part_gradient(std::span<const Var<Scalar, 2>> parts) {
  return std::any_of(parts.begin(), parts.end(),
                     [](const Var<Scalar, 2>& part) { return part.has_gradient(); });
}

/// The sum of the parts' extents along an axis.
template <class Scalar>
Index total_extent(std::span<const Var<Scalar, 2>> parts, int axis) {
  Index total = 0;
  for (const auto& part : parts) total += part.shape()[axis];
  return total;
}

}  // namespace detail

/// Rows first .. first + count of every column.
/// \shape x [I x N] -> [count x N]
/// \throws ShapeError unless the rows lie in x
/// \cost a copy
template <Context C, class Scalar = typename C::scalar_type>
Var<Scalar, 2> middle_rows(C& cx, const Var<Scalar, 2>& x, Index first, Index count) {
  detail::require_slice("middle_rows", x.shape(), "first row, rows", first, count, x.rows());
  const auto y = cx.template make<2>(Shape<2>{{count, x.columns()}}, any_gradient(x));
  kernels::copy(x.view().middle_rows(first, count), y.value_view(), cx.team());
  cx.template record<"middle_rows">(y, [=](BackwardContext& back) {
    kernels::add<Scalar>(y.gradient_view(), x.gradient_view().middle_rows(first, count), back.team);
  });
  return y;
}

/// Columns first .. first + count.
/// \shape x [I x N] -> [I x count]
/// \throws ShapeError unless the columns lie in x
/// \cost a copy
template <Context C, class Scalar = typename C::scalar_type>
Var<Scalar, 2> middle_columns(C& cx, const Var<Scalar, 2>& x, Index first, Index count) {
  detail::require_slice("middle_columns", x.shape(), "first column, columns", first, count,
                        x.columns());
  const auto y = cx.template make<2>(Shape<2>{{x.rows(), count}}, any_gradient(x));
  kernels::copy(x.view().middle_columns(first, count), y.value_view(), cx.team());
  cx.template record<"middle_columns">(y, [=](BackwardContext& back) {
    kernels::add<Scalar>(y.gradient_view(), x.gradient_view().middle_columns(first, count),
                         back.team);
  });
  return y;
}

/// [a; b; c; ...]: the rows of the first part above those of the second and so on, column by
/// column. The parts may be listed, `concatenate(cx, a, b, c)`, or be a span or vector of Vars.
/// \shape [I x N], [J x N], ... -> [(I + J + ...) x N]
/// \throws ShapeError where the columns do not agree, Error for no parts
/// \cost a copy
template <Context C, class Scalar = typename C::scalar_type>
Var<Scalar, 2> concatenate(C& cx, std::type_identity_t<std::span<const Var<Scalar, 2>>> parts) {
  const auto kept = detail::kept_parts(cx, "concatenate", parts, 1,
                                       "all parts must have the same number of columns");
  const auto y = cx.template make<2>(Shape<2>{{detail::total_extent(kept, 0), kept[0].columns()}},
                                     detail::any_part_gradient(kept));
  Index first = 0;
  for (const auto& part : kept) {
    kernels::copy(part.view(), y.value_view().middle_rows(first, part.rows()), cx.team());
    first += part.rows();
  }
  cx.template record<"concatenate">(y, [=](BackwardContext& back) {
    Index row = 0;
    for (const auto& part : kept) {
      const View<const Scalar> d = y.gradient_view().middle_rows(row, part.rows());
      if (part.has_gradient()) kernels::add(d, part.gradient_view(), back.team);
      row += part.rows();
    }
  });
  return y;
}

/// \copydoc concatenate
template <Context C, class Scalar = typename C::scalar_type, std::same_as<Var<Scalar, 2>>... More>
Var<Scalar, 2> concatenate(C& cx, const Var<Scalar, 2>& first, const More&... more) {
  const Var<Scalar, 2> parts[]{first, more...};
  return concatenate(cx, std::span<const Var<Scalar, 2>>(parts));
}

/// [a, b, c, ...]: the columns of the first part before those of the second and so on. The parts
/// are given as to `concatenate`.
/// \shape [I x M], [I x N], ... -> [I x (M + N + ...)]
/// \throws ShapeError where the rows do not agree, Error for no parts
/// \cost a copy
template <Context C, class Scalar = typename C::scalar_type>
Var<Scalar, 2> concatenate_columns(C& cx,
                                   std::type_identity_t<std::span<const Var<Scalar, 2>>> parts) {
  const auto kept = detail::kept_parts(cx, "concatenate_columns", parts, 0,
                                       "all parts must have the same number of rows");
  const auto y = cx.template make<2>(Shape<2>{{kept[0].rows(), detail::total_extent(kept, 1)}},
                                     detail::any_part_gradient(kept));
  Index first = 0;
  for (const auto& part : kept) {
    kernels::copy(part.view(), y.value_view().middle_columns(first, part.columns()), cx.team());
    first += part.columns();
  }
  cx.template record<"concatenate_columns">(y, [=](BackwardContext& back) {
    Index column = 0;
    for (const auto& part : kept) {
      const View<const Scalar> d = y.gradient_view().middle_columns(column, part.columns());
      if (part.has_gradient()) kernels::add(d, part.gradient_view(), back.team);
      column += part.columns();
    }
  });
  return y;
}

/// \copydoc concatenate_columns
template <Context C, class Scalar = typename C::scalar_type, std::same_as<Var<Scalar, 2>>... More>
Var<Scalar, 2> concatenate_columns(C& cx, const Var<Scalar, 2>& first, const More&... more) {
  const Var<Scalar, 2> parts[]{first, more...};
  return concatenate_columns(cx, std::span<const Var<Scalar, 2>>(parts));
}

/// \cond
template <class Cx, class... Given>
requires GivenSequence<Given...>
void reshape(Cx&, const Given&...) = delete;  // write x.columns in place of a sequence x
template <class Cx, class... Given>
requires GivenSequence<Given...>
void middle_rows(Cx&, const Given&...) = delete;  // write x.columns in place of a sequence x
template <class Cx, class... Given>
requires GivenSequence<Given...>
void middle_columns(Cx&, const Given&...) = delete;  // write x.columns in place of a sequence x
template <class Cx, class... Given>
requires GivenSequence<Given...>
void concatenate(Cx&, const Given&...) = delete;  // write x.columns in place of a sequence x
template <class Cx, class... Given>
requires GivenSequence<Given...>
void concatenate_columns(Cx&,
                         const Given&...) = delete;  // write x.columns in place of a sequence x
/// \endcond

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
