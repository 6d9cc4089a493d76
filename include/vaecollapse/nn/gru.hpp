// GRU layers: one direction, and both.
#pragma once

#include <vaecollapse/autodiff/ops/gru.hpp>
#include <vaecollapse/nn/bidirectional.hpp>
#include <vaecollapse/nn/recurrent.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

/// One direction of a GRU, with gates stacked r, u, n (PyTorch's r, z, n).
using Gru = RecurrentLayer<kernels::GruKernels>;

/// Both directions of a GRU.
using BiGru = Bidirectional<Gru>;

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
