// Character dropout: each symbol that the decoder reads is dropped by a coin of its own.
#pragma once

#include <cstdint>
#include <span>

#include <vaecollapse/core/at.hpp>
#include <vaecollapse/core/check.hpp>
#include <vaecollapse/core/finite.hpp>
#include <vaecollapse/core/literal.hpp>
#include <vaecollapse/core/rng.hpp>
#include <vaecollapse/core/sequence.hpp>
#include <vaecollapse/dropout/corruption.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

/// d_i ~ Bernoulli(beta), for each example and position; where d_i = 1 the decoder reads `<UNK>`
/// (or the zero vector) in place of x_i. `CharacterDropout<0.3>{}` or `CharacterDropout<>{0.3}`.
/// \source the article, section 4.1
template <Literal Beta = at_run_time>
class CharacterDropout {
  static_assert(!Beta.given || (Beta.value() >= 0 && Beta.value() <= 1),
                "CharacterDropout<beta> needs a probability beta between 0 and 1");

 public:
  explicit CharacterDropout(DropOptions options = {}) requires(Beta.given) : options_(options) {}

  /// \throws Error unless beta is a probability
  explicit CharacterDropout(double beta, DropOptions options = {}) requires(!Beta.given)
      : beta_(beta), options_(options) {
    if (!is_within(beta, 0, 1)) {
      detail::raise_error({"CharacterDropout: beta is ", beta, ", it must lie between 0 and 1"});
    }
  }

  double beta() const { return beta_.value(); }

  void apply(const Symbols& inputs, std::span<const std::uint32_t> rows, const Draws& draws,
             Corruption& out) const {
    require_begun("CharacterDropout", inputs, rows, out);
    const std::uint32_t unit = out.take_units(1);
    const SequencePlan& plan = *inputs.plan;
    for (Index b = 0; b < plan.batch(); ++b) {
      const std::uint32_t row = at(rows, b);
      for (Index t = options_.first(); t < plan.length(b); ++t) {
        const auto position = static_cast<std::uint32_t>(t);
        if (draws.uniform(Stream::character_dropout, row, 0, position, unit) < beta()) {
          at(out.ids, plan.column(b, t)) = options_.replacement;
        }
      }
    }
  }

 private:
  Number<Beta> beta_;
  DropOptions options_;
};

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
