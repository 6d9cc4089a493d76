// Making a value a constant, on the tape.
#pragma once

#include <vaecollapse/autodiff/context.hpp>
#include <vaecollapse/autodiff/var.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

/// x as a constant: nothing is carried back through it. \shape that of x \cost none: the same
/// memory
template <Context C, int Rank, class Scalar = typename C::scalar_type>
Var<Scalar, Rank> stop_gradient(C&, const Var<Scalar, Rank>& x) {
  return x.without_gradient();
}

/// \copydoc stop_gradient
template <Context C, class Scalar = typename C::scalar_type>
Sequence<Scalar> stop_gradient(C&, const Sequence<Scalar>& x) {
  return {x.columns.without_gradient(), x.plan};
}

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
