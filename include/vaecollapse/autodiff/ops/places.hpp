// The places of ragged sequences, on the tape: sums and means over them, the places from one on,
// and a vector of each row before them.
#pragma once

#include <algorithm>
#include <span>
#include <string_view>

#include <vaecollapse/autodiff/context.hpp>
#include <vaecollapse/autodiff/tape.hpp>
#include <vaecollapse/core/at.hpp>
#include <vaecollapse/core/check.hpp>
#include <vaecollapse/core/sequence.hpp>
#include <vaecollapse/kernels/places.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

namespace detail {

/// A column for each position of the plan, and a first place that is no negative one.
inline void require_places(std::string_view op, const AnyShape& columns, Index count,
                           const SequencePlan& plan, Index first = 0) {
  require_shapes(
      count == plan.columns(), op,
      {{"columns", columns}, {"plan [rows x positions]", Shape<2>{{plan.batch(), plan.columns()}}}},
      "there must be a column for each position of the plan");
  if (first < 0) raise_error({op, ": the first place is ", first, ": it must be at least 0"});
}

/// The node of sums or means over the places from `first` on. \shape x [I x N] -> [I x B]
template <OpName Name, Context C, class Scalar = typename C::scalar_type>
Var<Scalar, 2> over_places(C& cx, const Var<Scalar, 2>& x, const SequencePlan& plan, Index first,
                           kernels::OverPlaces kind) {
  require_places(Name.text, x.shape(), x.columns(), plan, first);
  const auto y = cx.template make<2>(Shape<2>{{x.rows(), plan.batch()}}, any_gradient(x));
  kernels::reduce_places_forward<Scalar>({plan, first}, kind, x.view(), y.value_view(), cx.team());
  cx.template record<Name>(y, [=, &plan](BackwardContext& back) {
    kernels::reduce_places_backward<Scalar>({plan, first}, kind, y.gradient_view(),
                                            x.gradient_view(), back.team);
  });
  return y;
}

/// The plan of rows that have `more` places than those of a plan.
template <class C>
const SequencePlan& longer_plan(C& cx, const SequencePlan& plan, Index more) {
  const std::span<Index> lengths = cx.arena().template span<Index>(plan.batch());
  for (Index row = 0; row < plan.batch(); ++row) {
    at(lengths, row) = std::max<Index>(plan.length(row) + more, 0);
  }
  return cx.plan(lengths);
}

}  // namespace detail

/// The mean over the places of each row from the place `first` on, zeros for a row that has none.
/// \shape x [I x N] on a plan -> [I x B] \throws ShapeError, Error for a negative place
/// \cost one pass, and one backward
template <Context C, class Scalar = typename C::scalar_type>
Var<Scalar, 2> mean_of_places(C& cx, const Sequence<Scalar>& x, Index first = 0) {
  return detail::over_places<"mean_of_places">(cx, x.columns, *x.plan, first,
                                               kernels::OverPlaces::mean);
}

/// The sum over the places of each row from the place `first` on, zeros for a row that has none.
/// \shape x [I x N] on a plan -> [I x B] \throws ShapeError, Error for a negative place
/// \cost one pass, and one backward
template <Context C, class Scalar = typename C::scalar_type>
Var<Scalar, 2> sum_of_places(C& cx, const Sequence<Scalar>& x, Index first = 0) {
  return detail::over_places<"sum_of_places">(cx, x.columns, *x.plan, first,
                                              kernels::OverPlaces::sum);
}

/// The same of one number for each place. \shape x [N] on a plan -> [B]
/// \throws ShapeError, Error for a negative place \cost one pass, and one backward
template <Context C, class Scalar = typename C::scalar_type>
Var<Scalar, 1> sum_of_places(C& cx, const Var<Scalar, 1>& x, KeptPlan plan, Index first = 0) {
  const auto row = x.as_shape(Shape<2>{{1, x.size()}});
  const auto y =
      detail::over_places<"sum_of_places">(cx, row, plan, first, kernels::OverPlaces::sum);
  return y.as_shape(Shape<1>{{y.size()}});
}

/// The number of each place as a table with a column for each row, zero behind the last place of a
/// row, and above it a row of constants, if there are any.
/// \shape x [N] on a plan of T steps, above [B] or empty -> [T x B], or [(1 + T) x B]
/// \throws ShapeError \cost one pass, and one backward
template <Context C, class Scalar = typename C::scalar_type>
Var<Scalar, 2> table_of_places(C& cx, const Var<Scalar, 1>& x, KeptPlan kept_plan,
                               std::span<const Scalar> above = {}) {
  const SequencePlan& plan = kept_plan;
  detail::require_places("table_of_places", x.shape(), x.size(), plan);
  require_shapes(above.empty() || Index(above.size()) == plan.batch(), "table_of_places",
                 {{"above", Shape<1>{{Index(above.size())}}}, {"rows", Shape<1>{{plan.batch()}}}},
                 "there must be a constant for each row, or none");
  const Index top = above.empty() ? 0 : 1;
  const auto y = cx.template make<2>(Shape<2>{{top + plan.steps(), plan.batch()}}, any_gradient(x));
  for (Index row = 0; row < plan.batch(); ++row) {
    Scalar* const column = y.value_view().column(row);
    if (top > 0) column[0] = at(above, row);
    for (Index step = 0; step < plan.length(row); ++step) {
      column[top + step] = x.data()[plan.column(row, step)];
    }
    std::fill(column + top + plan.length(row), column + top + plan.steps(), Scalar(0));
  }
  cx.template record<"table_of_places">(y, [=, &plan](BackwardContext&) {
    for (Index row = 0; row < plan.batch(); ++row) {
      const Scalar* const seeds = y.gradient_view().column(row) + top;
      for (Index step = 0; step < plan.length(row); ++step) {
        x.gradient_data()[plan.column(row, step)] += seeds[step];
      }
    }
  });
  return y;
}

/// The places of each row from the place `first` on, in the same memory: nothing is copied or
/// recorded. \shape x [I x N] on a plan -> [I x fewer] on a plan of rows that are so much shorter
/// \throws ShapeError, Error for a negative place \cost a plan
template <Context C, class Scalar = typename C::scalar_type>
Sequence<Scalar> places_from(C& cx, const Sequence<Scalar>& x, Index first) {
  detail::require_places("places_from", x.columns.shape(), x.columns.columns(), *x.plan, first);
  const Index begin = x.plan->offset(std::min(first, x.plan->steps()));
  // Rows keep their order within a step: they all lose as many places.
  return {x.columns.middle_columns(begin, x.columns.columns() - begin),
          &detail::longer_plan(cx, *x.plan, -first)};
}

/// The vector of each row that fills its first places, column by column: what `prepend_vector` puts
/// there. \shape x [I x N] on a plan -> [size x B]
/// \throws ShapeError for a row that has too few places \cost a copy
template <Context C, class Scalar = typename C::scalar_type>
Var<Scalar, 2> leading_vector(C& cx, const Sequence<Scalar>& x, Index size) {
  const SequencePlan& plan = *x.plan;
  detail::require_places("leading_vector", x.columns.shape(), x.columns.columns(), plan);
  for (Index row = 0; row < plan.batch(); ++row) {
    require_shapes(size >= 0 && size <= plan.length(row) * x.columns.rows(), "leading_vector",
                   {{"columns", x.columns.shape()},
                    {"row, its places", Shape<2>{{row, plan.length(row)}}},
                    {"vector", Shape<1>{{size}}}},
                   "the places of a row must hold its vector");
  }
  const auto columns = x.columns;
  const auto y = cx.template make<2>(Shape<2>{{size, plan.batch()}}, any_gradient(columns));
  std::fill_n(y.data(), y.size(), Scalar(0));
  kernels::add_first_columns<Scalar>(plan, columns.view(), y.value_view(), cx.team());
  cx.template record<"leading_vector">(y, [=, &plan](BackwardContext& back) {
    kernels::add_to_first_columns<Scalar>(plan, y.gradient_view(), columns.gradient_view(),
                                          back.team);
  });
  return y;
}

/// A sequence whose rows begin with as many more places as it takes to hold a vector each, with
/// zeros in what is left of the last of them, before their own places.
/// \shape x [R x B], rest [I x N] on a plan -> [I x (N + B ceil(R / I))] \throws ShapeError
/// \cost a copy
template <Context C, class Scalar = typename C::scalar_type>
Sequence<Scalar> prepend_vector(C& cx, const Var<Scalar, 2>& x, const Sequence<Scalar>& rest) {
  const Index batch = rest.plan->batch(), depth = rest.columns.rows();
  detail::require_places("prepend_vector", rest.columns.shape(), rest.columns.columns(),
                         *rest.plan);
  require_shapes(
      x.columns() == batch && depth > 0, "prepend_vector",
      {{"vectors", x.shape()}, {"columns", rest.columns.shape()}, {"rows", Shape<1>{{batch}}}},
      "there must be a vector for each row, and columns that can hold it");
  const Index more = kernels::filled_columns(x.rows(), depth);
  const SequencePlan& plan = detail::longer_plan(cx, *rest.plan, more);
  const auto behind = rest.columns;
  const auto y = cx.template make<2>(Shape<2>{{depth, plan.columns()}}, any_gradient(x, behind));
  // Rows keep their order within a step: their own places follow as they stood.
  kernels::fill_first_columns<Scalar>(plan, x.view(), y.value_view(), cx.team());
  kernels::copy(behind.view(), y.value_view().middle_columns(more * batch, behind.columns()),
                cx.team());
  cx.template record<"prepend_vector">(y, [=, &plan](BackwardContext& back) {
    if (x.has_gradient()) {
      kernels::add_first_columns<Scalar>(plan, y.gradient_view(), x.gradient_view(), back.team);
    }
    if (behind.has_gradient()) {
      kernels::add<Scalar>(y.gradient_view().middle_columns(more * batch, behind.columns()),
                           behind.gradient_view(), back.team);
    }
  });
  return {y, &plan};
}

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
