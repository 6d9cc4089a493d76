// LSTM layers: one direction, and both.
#pragma once

#include <vaecollapse/autodiff/ops/lstm.hpp>
#include <vaecollapse/nn/bidirectional.hpp>
#include <vaecollapse/nn/recurrent.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

/// One direction of an LSTM, with gates stacked i, f, g, o as in PyTorch; its state is [h; c], its
/// output h: c' = f c + i g, h' = o tanh(c'), g = tanh(W x + b + U h + b'), and i, f and o =
/// sigmoid(W x + b + U h + b').
/// \cost 8 hidden (input + hidden) flops a column, twice that backward
using Lstm = RecurrentLayer<kernels::LstmKernels>;

/// Both directions of an LSTM.
using BiLstm = Bidirectional<Lstm>;

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
