// Dropping units of a sequence's columns, on the tape.
#pragma once

#include <vaecollapse/autodiff/context.hpp>
#include <vaecollapse/autodiff/tape.hpp>
#include <vaecollapse/kernels/unit_dropout.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

/// x with each unit of each column dropped by a draw of its own, and the others scaled up; x itself
/// where the rate is 0. `dropout.rows` must outlive the backward pass.
/// \shape [E x N] -> [E x N] \cost a draw for each element, and one backward
/// \throws ShapeError unless there is a corpus row for each row of the plan, and for more units
/// of more symbols than draws can tell apart
template <Context C, class Scalar = typename C::scalar_type>
Sequence<Scalar> drop_units(C& cx, const Sequence<Scalar>& x, const kernels::UnitDropout& dropout) {
  if (dropout.rate == 0) return x;
  const SequencePlan& plan = *x.plan;
  require_shapes(Index(dropout.rows.size()) == plan.batch(), "drop_units",
                 {{"corpus rows", Shape<1>{{Index(dropout.rows.size())}}},
                  {"plan [rows x symbols]", Shape<2>{{plan.batch(), plan.columns()}}}},
                 "there must be a corpus row for each row of the plan");
  const Index most_units = kernels::UnitDropout::most_units(plan.steps());
  require_shapes(x.columns.rows() <= most_units && plan.steps() <= Index{Draws::positions},
                 "drop_units",
                 {{"input", x.columns.shape()},
                  {"longest sequence", Shape<1>{{plan.steps()}}},
                  {"most units", Shape<1>{{most_units}}}},
                 "there are no draws for so many units of so many symbols");
  const auto y = cx.template make<2>(x.columns.shape(), any_gradient(x.columns));
  kernels::unit_dropout_forward(dropout, plan, x.columns.view(), y.value_view(), cx.team());
  cx.template record<"drop_units">(y, [x, y, dropout](BackwardContext& back) {
    kernels::unit_dropout_backward<Scalar>(dropout, *x.plan, y.gradient_view(),
                                           x.columns.gradient_view(), back.team);
  });
  return {y, x.plan};
}

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
