// The first state of a recurrent decoder, computed from z and the tags.
#pragma once

#include <optional>
#include <string>

#include <vaecollapse/autodiff/ops/activation.hpp>
#include <vaecollapse/autodiff/ops/shape.hpp>
#include <vaecollapse/nn/linear.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

/// z, as it enters the decoder everywhere else, and the first state: the whole of it, or the first
/// output alone; the state's other rows are then zeros.
/// \shape z [Z x B], h0 [state x B] or [hidden x B]
template <class Scalar>
struct DecoderStart {
  Var<Scalar, 2> z;
  Var<Scalar, 2> h0;
};

/// The sizes of a decoder's first state and of its inputs.
struct InitialStateSizes {
  Index latent;
  Index tags;   ///< the width of the tags' embeddings
  Index state;  ///< that of the whole state, of an LSTM [h; c]
  bool from_z;  ///< whether z enters h_0
};

/// tanh(W [z; c] + b), c the sum of the tags' embeddings, fills the whole state, of an LSTM h_0 and
/// the first cell state; without z where it does not enter. Parameters `name.initial.*`.
/// \shape z [latent x B], tags [tags x B] -> [state x B] \cost 2 (latent + tags) state flops a row
class ProjectedState {
 public:
  ProjectedState(Layout& layout, const std::string& name, const InitialStateSizes& sizes)
      : sizes_(sizes),
        linear_(layout, name + ".initial",
                {(sizes.from_z ? sizes.latent : 0) + sizes.tags, sizes.state}) {}

  /// `tags` is c. \shape z [latent x B], tags [tags x B] \throws ShapeError for a z of other rows
  template <Context C, class Scalar = typename C::scalar_type>
  DecoderStart<Scalar> operator()(C& cx, const Var<Scalar, 2>& z,
                                  const Var<Scalar, 2>& tags) const {
    require_shapes(z.rows() == sizes_.latent, "decoder",
                   {{"z", z.shape()}, {"latent", Shape<1>{{sizes_.latent}}}},
                   "z must have a row for each latent dimension");
    return {z, tanh(cx, linear_(cx, sizes_.from_z ? concatenate(cx, z, tags) : tags))};
  }

 private:
  InitialStateSizes sizes_;
  Linear linear_;
};

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
