// Dropping units, on the tape.
#pragma once

#include <cstdint>
#include <span>

#include <vaecollapse/autodiff/context.hpp>
#include <vaecollapse/autodiff/ops/given_sequence.hpp>
#include <vaecollapse/autodiff/tape.hpp>
#include <vaecollapse/core/check.hpp>
#include <vaecollapse/core/finite.hpp>
#include <vaecollapse/core/rng.hpp>
#include <vaecollapse/kernels/arithmetic.hpp>
#include <vaecollapse/kernels/dropout.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

namespace detail {

inline void require_dropout_rate(double p) {
  if (!is_within(p, 0, 1)) {
    raise_error({"dropout: p is ", p, ", it must lie between 0 and 1"});
  }
}

template <int Rank>
void require_dropout_draws(const Shape<Rank>& x, Index units, Index columns,
                           std::span<const std::uint32_t> rows) {
  require_shapes(rows.empty() || Index(rows.size()) == columns, "dropout",
                 {{"input", x}, {"corpus rows", Shape<1>{{Index(rows.size())}}}},
                 "there must be a corpus row for each column, or none at all");
  require_shapes(units <= Index{Draws::units} && columns <= Index{Draws::rows}, "dropout",
                 {{"input", x}, {"most units and columns", Shape<2>{{Draws::units, Draws::rows}}}},
                 "there are no draws for so many");
}

}  // namespace detail

/// x with each element 0 with probability p, by a draw of its own, and the others divided by 1 - p,
/// so that their mean stays. Only draws of `Pass::train` drop: with others, as in evaluation, it is
/// x itself.
/// \param stream the purpose of these draws: each dropout of a network needs one of its own, such
/// as `Stream(1001)`, or all drop the same units
/// \param rows the corpus row of each column, which makes draws independent of the batch that a row
/// is in; without, a column draws by its number. Rank 3 has its last two axes as columns.
/// \shape that of x, rows [N] or empty
/// \throws Error unless p is a probability; ShapeError unless there is a row for each column
/// \cost a draw for each element forward; backward none, for what it multiplies with is kept
/// \source Srivastava et al. 2014, "Dropout: a simple way to prevent neural networks from
/// overfitting"
template <Context C, int Rank, class Scalar = typename C::scalar_type>
Var<Scalar, Rank> dropout(C& cx, const Var<Scalar, Rank>& x, double p, const Draws& draws,
                          Stream stream, std::span<const std::uint32_t> rows = {}) {
  detail::require_dropout_rate(p);
  if (p == 0 || draws.pass() != Pass::train) return x;
  detail::require_dropout_draws(x.shape(), x.rows(), x.columns(), rows);
  const auto y = cx.template make<Rank>(x.shape(), any_gradient(x));
  Scalar* factors = y.has_gradient() ? cx.arena().template allocate<Scalar>(x.size()) : y.data();
  kernels::dropout_factors<Scalar>({p, draws, stream, rows},
                                   View<Scalar>(factors, x.rows(), x.columns()), cx.team());
  using Pair = kernels::Pair<kernels::Spread::each, kernels::Spread::each, Scalar>;
  const Pair pair{x.data(), factors, x.rows(), x.columns()};
  kernels::pair_forward<kernels::Multiply>(pair, y.data(), cx.team());
  cx.template record<"dropout">(y, [=](BackwardContext& back) {
    kernels::pair_backward<kernels::Multiply::Left, kernels::Spread::each>(
        pair, y.data(), y.gradient_data(), x.gradient_data(), back.team);
  });
  return y;
}

/// \cond
template <class Cx, class... Given>
requires GivenSequence<Given...>
void dropout(Cx&, const Given&...) = delete;  // write x.columns in place of a sequence x
/// \endcond

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
