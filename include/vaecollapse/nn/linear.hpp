// The linear layer.
#pragma once

#include <optional>
#include <span>
#include <string>

#include <vaecollapse/autodiff/ops/affine.hpp>
#include <vaecollapse/autodiff/ops/contributions.hpp>
#include <vaecollapse/core/check.hpp>
#include <vaecollapse/nn/init.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

/// y = W^T x + b on columns, on every column of a sequence, or on a sum of contributions.
/// Parameters `name.weight` [input x output] and, unless it has none, `name.bias` [output].
/// \shape x [input x N] -> [output x N] \cost 2 input output N flops, twice that backward
class Linear {
 public:
  /// The sizes of the layer.
  struct Sizes {
    Index input;
    Index output;
    bool has_bias = true;
  };

  Linear(Layout& layout, const std::string& name, Sizes sizes)
      : weight_(layout.add(name + ".weight", Shape<2>{{sizes.input, sizes.output}},
                           init::by_fan_in(sizes.input))),
        bias_(bias_of(layout, name, weight_, sizes.has_bias)) {}

  /// One with the weights of another layer, which the two share: a table of embeddings, for one, to
  /// predict the symbols that it embeds. Declares the bias alone.
  /// \source Press & Wolf 2017, "Using the Output Embedding to Improve Language Models"
  static Linear sharing(Layout& layout, const std::string& name, const Slot<2>& weight,
                        bool has_bias = true) {
    return Linear(weight, bias_of(layout, name, weight, has_bias));
  }

  /// \shape x [input x N] -> [output x N]
  template <Context C>
  auto operator()(C& cx, const Var<typename C::scalar_type, 2>& x) const {
    return affine(cx, cx.parameter(weight_), bias(cx), x);
  }

  /// \shape the same at every step
  template <Context C>
  auto operator()(C& cx, const Sequence<typename C::scalar_type>& x) const {
    return Sequence<typename C::scalar_type>{(*this)(cx, x.columns), x.plan};
  }

  /// \shape contributions whose rows together are `input` -> a sequence of [output]
  template <Context C>
  auto operator()(C& cx, std::span<const Contribution<typename C::scalar_type>> inputs,
                  KeptPlan plan) const {
    return affine_sum(cx, cx.parameter(weight_), bias(cx), inputs, plan);
  }

  Index input() const { return weight_.shape[0]; }
  Index output() const { return weight_.shape[1]; }
  Slot<2> weight() const { return weight_; }
  /// \pre it has one
  Slot<1> bias() const {
    VAECOLLAPSE_ASSERT(bias_.has_value());
    return *bias_;
  }
  /// A default Var where there is none.
  template <Context C>
  Var<typename C::scalar_type, 1> bias(C& cx) const {
    if (!bias_) return {};
    return cx.parameter(*bias_);
  }

 private:
  Linear(const Slot<2>& weight, const std::optional<Slot<1>>& bias)
      : weight_(weight), bias_(bias) {}

  static std::optional<Slot<1>> bias_of(Layout& layout, const std::string& name,
                                        const Slot<2>& weight, bool has_bias) {
    if (!has_bias) return std::nullopt;
    return layout.add(name + ".bias", Shape<1>{{weight.shape[1]}},
                      init::by_fan_in(weight.shape[0]));
  }

  Slot<2> weight_;
  std::optional<Slot<1>> bias_;
};

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
