// Words drawn from a decoder, symbol by symbol: with temperature, of the k likeliest symbols, and
// of the fewest that have probability p.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include <vaecollapse/autodiff/workspace.hpp>
#include <vaecollapse/core/at.hpp>
#include <vaecollapse/core/check.hpp>
#include <vaecollapse/core/finite.hpp>
#include <vaecollapse/core/rng.hpp>
#include <vaecollapse/core/sequence.hpp>
#include <vaecollapse/core/shape.hpp>
#include <vaecollapse/core/view.hpp>
#include <vaecollapse/data/vocabulary.hpp>
#include <vaecollapse/model/beam.hpp>
#include <vaecollapse/model/conditions.hpp>
#include <vaecollapse/model/decoder.hpp>
#include <vaecollapse/model/word_columns.hpp>
#include <vaecollapse/simd/math.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

/// How symbols are drawn. First the logits of those that may follow are divided by the temperature;
/// then `top_k` takes some away, then `top_p` some of the rest. What is left is drawn from in
/// proportion.
struct SamplingOptions {
  /// 1: the model's own probabilities; below, likely symbols get likelier; 0: the likeliest symbol.
  double temperature = 1;
  /// Only so many symbols, the likeliest; 0: all. Of equally likely ones the first.
  Index top_k = 0;
  /// Only the likeliest symbols whose probabilities together reach this, and as few as do; 1: all.
  /// Of equally likely ones the first. \source Holtzman et al. 2020, "nucleus sampling"
  double top_p = 1;
  /// A word is cut, if it has not ended before, after so many symbols.
  Index longest = 60;
};

namespace detail {

/// \throws Error
inline void check_options(const SamplingOptions& options) {
  if (!is_finite(options.temperature) || options.temperature < 0) {
    raise_error(
        {"sample_words: temperature is ", options.temperature, ": it must be finite, 0 or more"});
  }
  if (options.top_k < 0) {
    raise_error({"sample_words: top_k is ", options.top_k, ": it must be 0 (all) or more"});
  }
  if (!is_within(options.top_p, 0, 1) || options.top_p == 0) {
    raise_error({"sample_words: top_p is ", options.top_p, ": it must be above 0 and at most 1"});
  }
  if (options.longest < 1 || options.longest > Index{Draws::positions}) {
    raise_error({"sample_words: longest is ", options.longest,
                 ": it must be at least 1 and at most ", Draws::positions});
  }
}

/// Draws one symbol after the other. Its memory is taken once.
class SymbolSampler {
 public:
  SymbolSampler(const SamplingOptions& options, Index symbols)
      : options_(options),
        weights_(static_cast<std::size_t>(symbols)),
        heap_(static_cast<std::size_t>(symbols)) {}

  /// \param uniform the draw, in (0, 1)
  template <class Scalar>
  Symbol operator()(View<const Scalar> logits, double uniform) {
    const Symbol likeliest = likeliest_symbol(logits);
    if (options_.temperature == 0 || options_.top_k == 1) return likeliest;
    weigh(logits, logits.data[likeliest]);
    if (options_.top_k > 0) keep_likeliest(logits);
    if (options_.top_p < 1) keep_nucleus(logits);
    return pick(likeliest, uniform);
  }

 private:
  /// exp((logit - greatest) / temperature) of what may follow, and 0 of the rest.
  template <class Scalar>
  void weigh(View<const Scalar> logits, Scalar greatest) {
    for (Symbol v = 0; v < logits.rows; ++v) {
      const double below = static_cast<double>(logits.data[v]) - static_cast<double>(greatest);
      at(weights_, v) = below / options_.temperature;
    }
    simd::exp<double>(weights_, weights_);
    for (Symbol v = 0; v < logits.rows; ++v) {
      if (!may_follow(v) || !is_finite(at(weights_, v))) at(weights_, v) = 0;
    }
  }

  double sum_of_weights() const {
    double sum = 0;
    for (const double weight : weights_) sum += weight;
    return sum;
  }

  /// An order of symbols, the likeliest last; of equally likely ones the first.
  template <class Scalar>
  static auto behind(View<const Scalar> logits) {
    return [logits](Symbol a, Symbol b) {
      if (logits.data[a] != logits.data[b]) return logits.data[a] < logits.data[b];
      return a > b;
    };
  }

  /// Leaves their weights to the `top_k` likeliest symbols. \cost O(V), and log k for each that is
  /// among the likeliest so far
  template <class Scalar>
  void keep_likeliest(View<const Scalar> logits) {
    const auto is_behind = behind(logits);
    // A heap whose first symbol is the one most behind.
    const auto is_ahead = [&](Symbol a, Symbol b) { return is_behind(b, a); };
    const auto begin = heap_.begin();
    auto end = begin;
    for (Symbol v = 0; v < logits.rows; ++v) {
      if (at(weights_, v) == 0) continue;
      if (end - begin < options_.top_k) {
        *end++ = v;
        std::push_heap(begin, end, is_ahead);
      } else if (is_behind(*begin, v)) {
        std::pop_heap(begin, end, is_ahead);
        *(end - 1) = v;
        std::push_heap(begin, end, is_ahead);
      }
    }
    for (Symbol v = 0; v < logits.rows; ++v) {
      if (end != begin && is_behind(v, *begin)) at(weights_, v) = 0;
    }
  }

  /// Leaves their weights to the likeliest symbols that together have `top_p` of all, as few as do.
  /// \cost O(V + kept log V)
  template <class Scalar>
  void keep_nucleus(View<const Scalar> logits) {
    const auto is_behind = behind(logits);
    const double all = sum_of_weights();
    // Those below have, all together, less than what may be left out.
    const double least = (1 - options_.top_p) * all / static_cast<double>(weights_.size());
    const auto begin = heap_.begin();
    auto end = begin;
    for (Symbol v = 0; v < logits.rows; ++v) {
      if (at(weights_, v) > 0 && at(weights_, v) >= least) {
        *end++ = v;
      } else {
        at(weights_, v) = 0;
      }
    }
    std::make_heap(begin, end, is_behind);
    double sum = 0;
    for (bool first = true; end != begin && (first || sum < options_.top_p * all); first = false) {
      std::pop_heap(begin, end, is_behind);
      sum += at(weights_, *--end);
    }
    for (auto other = begin; other != end; ++other) at(weights_, *other) = 0;
  }

  /// A symbol in proportion to its weight; `otherwise` if none has any, the logits being no
  /// numbers.
  Symbol pick(Symbol otherwise, double uniform) const {
    const double all = sum_of_weights();
    double below = 0;
    Symbol last = otherwise;
    for (Symbol v = 0; v < static_cast<Symbol>(weights_.size()); ++v) {
      if (at(weights_, v) == 0) continue;
      last = v;
      below += at(weights_, v);
      if (uniform * all < below) break;
    }
    return last;
  }

  SamplingOptions options_;
  std::vector<double> weights_;
  std::vector<Symbol> heap_;
};

/// In (0, 1), from two words.
inline double uniform_of(const PhiloxBlock& words) {
  const std::uint64_t number = std::uint64_t{words[0]} << 32 | words[1];
  return (static_cast<double>(number >> 12) + 0.5) * 0x1p-52;
}

}  // namespace detail

/// A word for each row, drawn symbol by symbol. rows[j] addresses the draws of row j of z, and
/// `number` tells several words of one row apart, so no word depends on what is drawn beside it.
/// `given` is z, or `Conditions` where there is more. The log probability of a word is that of the
/// model itself, as it is of a guess of `greedy`, whatever the options; a temperature of 0 and a
/// `top_k` of 1 give the words of `greedy`. \shape z [Z x B], rows [B]
/// \throws Error for options out of their range \throws ShapeError unless z has as many rows as
/// `rows`
template <class Scalar, Decoder D, class Given>
std::vector<Hypothesis> sample_words(Workspace<Scalar>& ws, const D& decoder, const Given& given,
                                     const Draws& draws, std::span<const std::uint32_t> rows,
                                     const SamplingOptions& options = {},
                                     std::uint32_t number = 0) {
  detail::check_options(options);
  const auto conditions = detail::conditions_of(given);
  const Index words = detail::rows_of_latent(conditions.z);
  require_shapes(words == Index(rows.size()), "sample_words",
                 {{"rows of z", Shape<1>{{words}}}, {"rows", Shape<1>{{Index(rows.size())}}}},
                 "there must be a row, which addresses draws, for each row of z");
  const std::vector<Index> longest(rows.size(), options.longest);
  detail::SymbolSampler sampler(options, decoder.symbols());
  const auto choose = [&](Index row, Index position, const auto& logits) {
    const auto bits = draws.bits(Stream::sampled_symbols, at(rows, row), number,
                                 static_cast<std::uint32_t>(position), 0);
    return sampler(logits, detail::uniform_of(bits));
  };
  return detail::search_columns(ws, decoder, conditions, longest, 1, [&](auto& columns) {
    return detail::grow_words(columns, longest, choose);
  });
}

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
