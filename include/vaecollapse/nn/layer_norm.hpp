// The layer of layer normalisation.
#pragma once

#include <string>

#include <vaecollapse/autodiff/ops/layer_norm.hpp>
#include <vaecollapse/core/layout.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

/// Each column to mean 0 and variance 1 over its rows, then scaled and shifted row by row.
/// Parameters `name.weight` [width], which begins as ones, and `name.bias` [width], as zeros:
/// PyTorch's names and start.
/// \source Ba, Kiros & Hinton 2016
class LayerNorm {
 public:
  /// The size of the layer.
  struct Sizes {
    Index width;
    /// Added to each variance.
    double epsilon = 1e-5;
  };

  /// \throws Error for an epsilon that is negative or not finite
  LayerNorm(Layout& layout, const std::string& name, Sizes sizes)
      : weight_(layout.add(name + ".weight", Shape<1>{{sizes.width}}, Init::constant(1))),
        bias_(layout.add(name + ".bias", Shape<1>{{sizes.width}}, Init::zeros())),
        epsilon_(sizes.epsilon) {
    detail::require_layer_norm_epsilon(epsilon_);
  }

  /// \shape x [width x N] -> the same \cost O(width N)
  template <Context C>
  auto operator()(C& cx, const Var<typename C::scalar_type, 2>& x) const {
    return layer_norm(cx, x, cx.parameter(weight_), cx.parameter(bias_), epsilon_);
  }

  /// Every column of a sequence.
  template <Context C>
  Sequence<typename C::scalar_type> operator()(C& cx,
                                               const Sequence<typename C::scalar_type>& x) const {
    return {(*this)(cx, x.columns), x.plan};
  }

  Index width() const { return weight_.shape[0]; }
  double epsilon() const { return epsilon_; }
  Slot<1> weight() const { return weight_; }
  Slot<1> bias() const { return bias_; }

 private:
  Slot<1> weight_;
  Slot<1> bias_;
  double epsilon_;
};

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
