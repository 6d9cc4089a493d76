// The multi-task bag of characters: the characters of the source, as a feature for the encoder, and
// as a target that must be predicted from z alone.
#pragma once

#include <algorithm>
#include <string>

#include <vaecollapse/autodiff/ops/arithmetic.hpp>
#include <vaecollapse/autodiff/ops/bag_cross_entropy.hpp>
#include <vaecollapse/autodiff/tape.hpp>
#include <vaecollapse/core/at.hpp>
#include <vaecollapse/core/check.hpp>
#include <vaecollapse/core/finite.hpp>
#include <vaecollapse/data/batch.hpp>
#include <vaecollapse/data/vocabulary.hpp>
#include <vaecollapse/latent/gaussian.hpp>
#include <vaecollapse/model/bag_options.hpp>
#include <vaecollapse/nn/linear.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

/// The entries of a bag: the symbols that are characters, in the order of their ids.
inline Index bag_size(Index symbols) { return symbols - Vocabulary::first_character; }

/// b(x) for each row of `words`; the symbols start, end and unknown are not counted. A constant.
/// \shape [bag_size(symbols) x B]
template <Context C, class Scalar = typename C::scalar_type>
Var<Scalar, 2> bag_of_characters(C& cx, const Symbols& words, Index symbols, BagEntries entries) {
  const SequencePlan& plan = *words.plan;
  const auto bag = cx.template make<2>(Shape<2>{{bag_size(symbols), plan.batch()}});
  const View<Scalar> b = bag.value_view();
  std::fill_n(bag.data(), bag.size(), Scalar(0));
  for (Index row = 0; row < plan.batch(); ++row) {
    for (Index t = 0; t < plan.length(row); ++t) {
      const Symbol id = at(words.ids, plan.column(row, t));
      if (id >= Vocabulary::first_character) b(id - Vocabulary::first_character, row) += 1;
    }
    for (Index c = 0; c < b.rows; ++c) {
      if (b(c, row) == 0) continue;
      if (entries == BagEntries::shares) b(c, row) /= static_cast<Scalar>(plan.length(row));
      if (entries == BagEntries::presence) b(c, row) = 1;
    }
  }
  return bag;
}

/// The auxiliary loss: mean over the batch of -sum_c b(x)_c log softmax(a(z))_c, where a is a
/// linear head on z. Parameters `name.weight` and `name.bias`.
/// \unit nats per word \cost O(V Z B)
/// \source the article, section 6; Kamoi & Fukutomi 2018
/// \shape z [latent x B] -> []
class BagOfCharacters {
 public:
  /// The sizes of the layer.
  struct Sizes {
    Index latent;
    Index symbols;
  };

  /// \throws Error for a weight that is negative or not finite
  BagOfCharacters(Layout& layout, const std::string& name, Sizes sizes, BagOptions options = {})
      : head_(layout, name, {sizes.latent, bag_size(sizes.symbols)}),
        symbols_(sizes.symbols),
        options_(options) {
    if (options.weight >= 0 && is_finite(options.weight)) return;
    detail::raise_error({"BagOfCharacters: weight is ", options.weight, ", it must be at least 0"});
  }

  double weight() const { return options_.weight; }
  BagEntries entries() const { return options_.entries; }

  template <Context C, class Scalar = typename C::scalar_type>
  Var<Scalar, 0> operator()(C& cx, const Posterior<Scalar>& posterior, const Batch& batch) const {
    const auto bag = bag_of_characters(cx, batch.source(), symbols_, options_.entries);
    const auto losses = bag_cross_entropy(cx, head_(cx, posterior.z), bag);
    const auto shares = cx.arena().template span<Scalar>(losses.size());
    std::fill(shares.begin(), shares.end(), 1 / static_cast<Scalar>(losses.size()));
    return weighted_sum(cx, losses, shares);
  }

 private:
  Linear head_;
  Index symbols_;
  BagOptions options_;
};

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
