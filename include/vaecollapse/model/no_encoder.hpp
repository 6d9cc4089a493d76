// The encoder of a model without z.
#pragma once

#include <vaecollapse/autodiff/context.hpp>
#include <vaecollapse/core/shape.hpp>
#include <vaecollapse/data/batch.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

/// Reads nothing, and has no parameters: its code has no rows. It stands before `NoLatent`.
/// \shape a batch of B rows -> [0 x B]
class NoEncoder {
 public:
  template <Context C>
  Var<typename C::scalar_type, 2> operator()(C& cx, const Batch& batch) const {
    return cx.template make<2>(Shape<2>{{0, batch.size()}});
  }
  Index width() const { return 0; }
};

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
