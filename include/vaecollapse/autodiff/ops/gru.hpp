// A GRU over a ragged sequence as one node of the tape.
#pragma once

#include <span>
#include <type_traits>

#include <vaecollapse/autodiff/context.hpp>
#include <vaecollapse/autodiff/ops/recurrent.hpp>
#include <vaecollapse/kernels/gru_kernels.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

/// The parameters of one direction of a GRU, gates stacked r, u, n.
/// \shape input [I x 3H], recurrent [H x 3H], both biases [3H]
template <class Scalar>
using GruVars = RecurrentVars<Scalar>;

/// Runs a GRU over a ragged sequence whose input is a sum of contributions; `recurrent` with the
/// kernels of a GRU. r, u = sigmoid(W x + b + U h + b'), n = tanh(W x + b + r (U h + b')),
/// h' = (1 - u) n + u h.
/// \shape h0 [H x B] in canonical order, or a default Var for zeros -> states [H x N], last [H x B]
/// \throws ShapeError
/// \cost 6 H (I + H) flops a column forward, twice that backward; I counts what is projected
/// \source Cho et al. 2014, in the form of cuDNN and PyTorch
template <Context C, class Scalar = typename C::scalar_type>
RecurrentStates<Scalar> gru(C& cx, const GruVars<Scalar>& vars,
                            std::type_identity_t<std::span<const Contribution<Scalar>>> inputs,
                            KeptPlan plan, Direction direction = Direction::forward,
                            const Var<Scalar, 2>& h0 = {}) {
  return recurrent<kernels::GruKernels<Scalar>>(cx, vars, inputs, plan, direction, h0);
}

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
