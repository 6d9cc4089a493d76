// An LSTM over a ragged sequence as one node of the tape.
#pragma once

#include <span>
#include <type_traits>

#include <vaecollapse/autodiff/context.hpp>
#include <vaecollapse/autodiff/ops/recurrent.hpp>
#include <vaecollapse/kernels/lstm_kernels.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

/// The parameters of one direction of an LSTM, gates stacked i, f, g, o.
/// \shape input [I x 4H], recurrent [H x 4H], both biases [4H]
template <class Scalar>
using LstmVars = RecurrentVars<Scalar>;

/// Runs an LSTM over a ragged sequence whose input is a sum of contributions; `recurrent` with the
/// kernels of an LSTM. i, f, o = sigmoid(W x + b + U h + b'), g = tanh(W x + b + U h + b'),
/// c' = f c + i g, h' = o tanh(c').
/// \shape first_state [h; c] [2H x B] in canonical order, or a default Var for zeros -> states
/// [H x N], last [H x B], last state [h; c] [2H x B]
/// \throws ShapeError
/// \cost 8 H (I + H) flops a column forward, twice that backward; I counts what is projected
/// \source Hochreiter & Schmidhuber 1997, with the forget gate of Gers et al. 2000, in the form
/// of cuDNN and PyTorch
template <Context C, class Scalar = typename C::scalar_type>
RecurrentStates<Scalar> lstm(C& cx, const LstmVars<Scalar>& vars,
                             std::type_identity_t<std::span<const Contribution<Scalar>>> inputs,
                             KeptPlan plan, Direction direction = Direction::forward,
                             const Var<Scalar, 2>& first_state = {}) {
  return recurrent<kernels::LstmKernels<Scalar>>(cx, vars, inputs, plan, direction, first_state);
}

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
