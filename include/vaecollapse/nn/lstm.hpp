// LSTM layers: one direction, and both.
#pragma once

#include <vaecollapse/autodiff/ops/lstm.hpp>
#include <vaecollapse/nn/bidirectional.hpp>
#include <vaecollapse/nn/recurrent.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

/// One direction of an LSTM, with gates stacked i, f, g, o as in PyTorch. Its state is [h; c],
/// its output h.
using Lstm = RecurrentLayer<kernels::LstmKernels>;

/// Both directions of an LSTM.
using BiLstm = Bidirectional<Lstm>;

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
