// Contiguous dropout: whole spans of symbols are dropped; and the arithmetic of its drop rate.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <span>
#include <string_view>

#include <vaecollapse/core/at.hpp>
#include <vaecollapse/core/check.hpp>
#include <vaecollapse/core/finite.hpp>
#include <vaecollapse/core/literal.hpp>
#include <vaecollapse/core/rng.hpp>
#include <vaecollapse/core/sequence.hpp>
#include <vaecollapse/dropout/corruption.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

namespace detail {

/// Spans lie within words; for longer ones the sums below would lose precision.
inline constexpr double longest_mean_span = 100;

constexpr bool is_contiguous_setting(double beta, double lambda) {
  return beta >= 0 && beta <= 1 && lambda >= 0 && lambda <= longest_mean_span;
}

inline void require_contiguous_setting(std::string_view name, double beta, double lambda) {
  if (is_contiguous_setting(beta, lambda)) return;
  detail::raise_error({name, ": beta is ", beta, " and lambda ", lambda,
                       ": beta must lie between 0 and 1, lambda between 0 and 100"});
}

}  // namespace detail

/// Spans begin at position i with probability beta and have Poisson(lambda) symbols; what lies in
/// any span is dropped, so spans may meet, and one of length 0 drops nothing.
/// `ContiguousDropout<0.1, 3.5>{}` or `ContiguousDropout<>{0.1, 3.5}`.
/// \source the article, section 4.2
template <Literal Beta = at_run_time, Literal Lambda = at_run_time>
class ContiguousDropout {
  static_assert(Beta.given == Lambda.given,
                "ContiguousDropout<beta, lambda> takes both numbers, or neither");
  static_assert(!Beta.given || detail::is_contiguous_setting(Beta.value(), Lambda.value()),
                "ContiguousDropout<beta, lambda> needs a probability beta between 0 and 1 and a "
                "mean length lambda between 0 and 100");

 public:
  explicit ContiguousDropout(DropOptions options = {}) requires(Beta.given) : options_(options) {}

  /// \throws Error unless beta is a probability and lambda a mean length from 0 to 100
  ContiguousDropout(double beta, double lambda, DropOptions options = {}) requires(!Beta.given)
      : beta_(beta), lambda_(lambda), options_(options) {
    detail::require_contiguous_setting("ContiguousDropout", beta, lambda);
  }

  double beta() const { return beta_.value(); }
  double lambda() const { return lambda_.value(); }

  void apply(const Symbols& inputs, std::span<const std::uint32_t> rows, const Draws& draws,
             Corruption& out) const {
    require_begun("ContiguousDropout", inputs, rows, out);
    const std::uint32_t unit = out.take_units(2);
    const SequencePlan& plan = *inputs.plan;
    for (Index b = 0; b < plan.batch(); ++b) {
      Index end = 0;  // of the spans so far
      for (Index t = options_.first(); t < plan.length(b); ++t) {
        end = std::max(end, t + span_at(t, at(rows, b), unit, draws));
        if (t < end) at(out.ids, plan.column(b, t)) = options_.replacement;
      }
    }
  }

 private:
  /// The length of the span that begins at `t`, 0 where none does.
  Index span_at(Index t, std::uint32_t row, std::uint32_t unit, const Draws& draws) const {
    const auto draw = [&](std::uint32_t which) {
      return draws.uniform(Stream::contiguous_dropout, row, 0, static_cast<std::uint32_t>(t),
                           unit + which);
    };
    return draw(0) < beta() ? static_cast<Index>(poisson(draw(1), lambda())) : 0;
  }

  Number<Beta> beta_;
  Number<Lambda> lambda_;
  DropOptions options_;
};

/// The share of positions that contiguous dropout drops, far from the start of a word:
/// 1 - prod_{k >= 0} (1 - beta P(Poisson(lambda) > k)).
inline double contiguous_drop_rate(double beta, double lambda) {
  detail::require_contiguous_setting("contiguous_drop_rate", beta, lambda);
  double kept = 1;
  double mass = std::exp(-lambda);       // P(length = k)
  double longer = -std::expm1(-lambda);  // P(length > k)
  for (int k = 0; longer > 1e-17; ++k) {
    kept *= 1 - beta * longer;
    mass *= lambda / (k + 1);
    // The difference of two near numbers leaves some 1e-16 that no further mass takes away.
    longer = k > lambda && mass < 1e-18 ? 0 : longer - mass;
  }
  return 1 - kept;
}

/// The beta with which contiguous dropout drops `rate` of all positions; with lambda 3.5 and the
/// rate 0.4 it is about 0.14. \throws Error for a rate that spans of this length cannot reach
inline double contiguous_beta(double rate, double lambda) {
  const double most = contiguous_drop_rate(1, lambda);
  if (!is_within(rate, 0, most)) {
    detail::raise_error({"contiguous_beta: rate is ", rate, ", it must lie between 0 and ", most,
                         ", the most that spans of mean length ", lambda, " can drop"});
  }
  double low = 0, high = 1;
  for (int halving = 0; halving < 60; ++halving) {
    const double middle = (low + high) / 2;
    (contiguous_drop_rate(middle, lambda) < rate ? low : high) = middle;
  }
  return high;
}

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
