// From the steps of a ragged sequence to a column for each row: their mean, and the first of them
// on top of each other.
#pragma once

#include <algorithm>

#include <vaecollapse/autodiff/context.hpp>
#include <vaecollapse/autodiff/tape.hpp>
#include <vaecollapse/core/check.hpp>
#include <vaecollapse/core/sequence.hpp>
#include <vaecollapse/core/team.hpp>
#include <vaecollapse/kernels/chunk.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

namespace detail {

/// Calls f(first, last) for ranges of the rows of a plan, one a thread.
template <class Run>
void for_rows(const SequencePlan& plan, Team& team, Run&& run) {
  team.split(plan.batch(), [&](Index first, Index last) {
    for (Index row = first; row < last; ++row) run(row);
  });
}

/// Calls f(column of the sequence, first row of the stack, rows) for each step of which a stack of
/// `height` numbers has a part.
template <class F>
void for_stacked_steps(const SequencePlan& plan, Index row, Index width, Index height, F&& f) {
  for (Index step = 0; step * width < height; ++step) {
    f(plan.column(row, step), step * width, std::min(width, height - step * width));
  }
}

}  // namespace detail

/// The mean over the steps of each row from `first_step` on; of no steps it is zero.
/// \shape x [I x N] -> [I x B], canonical order \throws Error for a negative first step
/// \cost I N flops
template <Context C, class Scalar = typename C::scalar_type>
Var<Scalar, 2> mean_over_steps(C& cx, const Sequence<Scalar>& x, Index first_step = 0) {
  if (first_step < 0) {
    detail::raise_error(
        {"mean_over_steps: the first step is ", first_step, ": it must be at least 0"});
  }
  const SequencePlan& plan = *x.plan;
  const Var<Scalar, 2> columns = x.columns;
  const auto y =
      cx.template make<2>(Shape<2>{{columns.rows(), plan.batch()}}, columns.has_gradient());
  const auto share_of = [&plan, first_step](Index row) {
    return Scalar(1) / Scalar(std::max<Index>(plan.length(row) - first_step, 1));
  };
  detail::for_rows(plan, cx.team(), [&](Index row) {
    Scalar* mean = y.value_view().column(row);
    std::fill_n(mean, y.rows(), Scalar(0));
    for (Index step = first_step; step < plan.length(row); ++step) {
      const Scalar* from = columns.view().column(plan.column(row, step));
      kernels::add_scaled<Scalar>(y.rows(), share_of(row), from, mean);
    }
  });
  cx.template record<"mean_over_steps">(y, [=, &plan](BackwardContext& back) {
    detail::for_rows(plan, back.team, [&](Index row) {
      const Scalar* d = y.gradient_view().column(row);
      for (Index step = first_step; step < plan.length(row); ++step) {
        Scalar* to = columns.gradient_view().column(plan.column(row, step));
        kernels::add_scaled<Scalar>(y.rows(), share_of(row), d, to);
      }
    });
  });
  return y;
}

/// The first `height` numbers of each row's columns on top of each other, [x_0; x_1; ...].
/// \shape x [I x N] -> [height x B], canonical order
/// \throws Error for a negative height, and for a row whose columns have fewer numbers
/// \cost a copy
template <Context C, class Scalar = typename C::scalar_type>
Var<Scalar, 2> stack_steps(C& cx, const Sequence<Scalar>& x, Index height) {
  const SequencePlan& plan = *x.plan;
  const Var<Scalar, 2> columns = x.columns;
  const Index width = columns.rows();
  for (Index row = 0; row < plan.batch(); ++row) {
    if (height >= 0 && height <= plan.length(row) * width) continue;
    detail::raise_error({"stack_steps: ", height, " numbers are wanted, and row ", row, " has ",
                         plan.length(row), " columns of ", width,
                         ": the number must be at least 0, and no row may have fewer"});
  }
  const auto y = cx.template make<2>(Shape<2>{{height, plan.batch()}}, columns.has_gradient());
  detail::for_rows(plan, cx.team(), [&](Index row) {
    detail::for_stacked_steps(
        plan, row, width, height, [&](Index column, Index first, Index count) {
          std::copy_n(columns.view().column(column), count, y.value_view().column(row) + first);
        });
  });
  cx.template record<"stack_steps">(y, [=, &plan](BackwardContext& back) {
    detail::for_rows(plan, back.team, [&](Index row) {
      detail::for_stacked_steps(plan, row, width, height,
                                [&](Index column, Index first, Index count) {
                                  kernels::add<Scalar>(count, y.gradient_view().column(row) + first,
                                                       columns.gradient_view().column(column));
                                });
    });
  });
  return y;
}

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
