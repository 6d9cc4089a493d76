// GRU layers: one direction, and both.
#pragma once

#include <vaecollapse/autodiff/ops/gru.hpp>
#include <vaecollapse/nn/bidirectional.hpp>
#include <vaecollapse/nn/recurrent.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

/// One direction of a GRU, with gates stacked r, u, n (PyTorch's r, z, n):
/// h' = (1 - u) n + u h, n = tanh(W x + b + r (U h + b')), r and u = sigmoid(W x + b + U h + b').
/// \cost 6 hidden (input + hidden) flops a column, twice that backward
using Gru = RecurrentLayer<kernels::GruKernels>;

/// Both directions of a GRU.
using BiGru = Bidirectional<Gru>;

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
