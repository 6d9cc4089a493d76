// Embedding dropout: units of the embeddings that the decoder reads are dropped, each by itself.
#pragma once

#include <cstdint>
#include <span>

#include <vaecollapse/core/check.hpp>
#include <vaecollapse/core/finite.hpp>
#include <vaecollapse/core/literal.hpp>
#include <vaecollapse/core/rng.hpp>
#include <vaecollapse/core/sequence.hpp>
#include <vaecollapse/dropout/corruption.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

/// Each unit of each previous symbol's embedding becomes 0 with probability p, afresh for each
/// example and position, the start symbol's too; the others are divided by 1 - p, so that their
/// mean stays. It changes no symbol: it asks the embedding for a unit rate. Two of them in a chain
/// are one of the rate 1 - (1 - p)(1 - q). `EmbeddingDropout<0.3>{}` or `EmbeddingDropout<>{0.3}`.
/// \source the article, section 4.1; Srivastava et al. 2014
template <Literal P = at_run_time>
class EmbeddingDropout {
  static_assert(!P.given || (P.value() >= 0 && P.value() <= 1),
                "EmbeddingDropout<p> needs a probability p between 0 and 1");

 public:
  EmbeddingDropout() requires(P.given) = default;

  /// \throws Error unless p is a probability
  explicit EmbeddingDropout(double p) requires(!P.given) : p_(p) {
    if (!is_within(p, 0, 1)) {
      detail::raise_error({"EmbeddingDropout: p is ", p, ", it must lie between 0 and 1"});
    }
  }

  double p() const { return p_.value(); }

  void apply(const Symbols& inputs, std::span<const std::uint32_t> rows, const Draws&,
             Corruption& out) const {
    require_begun("EmbeddingDropout", inputs, rows, out);
    out.unit_rate += p() - out.unit_rate * p();
  }

 private:
  Number<P> p_;
};

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
