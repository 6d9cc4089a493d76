// Additive attention over tags.
#pragma once

#include <string>

#include <vaecollapse/autodiff/ops/affine.hpp>
#include <vaecollapse/autodiff/ops/attention.hpp>
#include <vaecollapse/nn/init.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

/// Scores a tag e for a state h by v . tanh(W_h^T h + W_e^T e + b). Parameters `name.query.weight`
/// [hidden x width], `name.key.weight` [tag x width], `name.key.bias` [width] and
/// `name.score.weight` [width], which start as a linear layer of [h; e] and one above it would.
/// \shape a table of tags [tag x M], for a recurrent layer of `hidden` units
/// \cost 2 hidden width flops a column, and width tanh for each tag of it
class TagAttention {
 public:
  /// The sizes of the layer.
  struct Sizes {
    Index hidden;
    Index tag;  ///< rows of the tags' table
    Index width;
  };

  TagAttention(Layout& layout, const std::string& name, Sizes sizes)
      : query_(layout.add(name + ".query.weight", Shape<2>{{sizes.hidden, sizes.width}},
                          init::by_fan_in(sizes.hidden + sizes.tag))),
        key_(layout.add(name + ".key.weight", Shape<2>{{sizes.tag, sizes.width}},
                        init::by_fan_in(sizes.hidden + sizes.tag))),
        key_bias_(layout.add(name + ".key.bias", Shape<1>{{sizes.width}},
                             init::by_fan_in(sizes.hidden + sizes.tag))),
        score_(layout.add(name + ".score.weight", Shape<1>{{sizes.width}},
                          init::by_fan_in(sizes.width))) {}

  /// The attention to the tags of a table, for a cell's `sequence` and `AttentionStepper`.
  /// \shape table [tag x M]
  template <Context C, class Scalar = typename C::scalar_type>
  AttentionVars<Scalar> operator()(C& cx, const Var<Scalar, 2>& table) const {
    return {cx.parameter(query_), affine(cx, cx.parameter(key_), cx.parameter(key_bias_), table),
            cx.parameter(score_)};
  }

  Index width() const { return score_.shape[0]; }

 private:
  Slot<2> query_, key_;
  Slot<1> key_bias_, score_;
};

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
