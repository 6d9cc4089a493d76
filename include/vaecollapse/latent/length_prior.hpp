// The distribution of the number of places of a row, counted in training.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include <vaecollapse/autodiff/context.hpp>
#include <vaecollapse/core/at.hpp>
#include <vaecollapse/core/check.hpp>
#include <vaecollapse/core/finite.hpp>
#include <vaecollapse/core/layout.hpp>
#include <vaecollapse/core/parameters.hpp>
#include <vaecollapse/core/rng.hpp>
#include <vaecollapse/core/sequence.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

/// p(S), S the number of places of a row: a histogram of training with one row more of each length
/// from 1 to `longest` and one of a longer one, whose share is halved from each length to the next,
/// so that each length can be. A statistic, which is saved with the parameters and neither stepped
/// nor clipped: p(1), ... p(longest), p(longer), or zeros where lengths were never counted.
/// \shape a number of places for each of B rows -> log p [B] \cost O(B)
class LengthPrior {
 public:
  /// \throws Error for a longest length below 1
  LengthPrior(Layout& layout, const std::string& name, Index longest)
      : probabilities_(layout.add_statistic(name, Shape<1>{{sized(longest) + 1}}, 0)) {}

  Index longest() const { return probabilities_.shape[0] - 1; }

  /// Counts lengths, and forgets those that were counted before. \throws Error for one below 1, and
  /// for parameters of another layout
  template <class Scalar>
  void count(Parameters<Scalar>& parameters, std::span<const Index> lengths) const {
    parameters.require_holds(probabilities_);
    std::vector<double> counts(static_cast<std::size_t>(longest() + 1), 1.0);
    for (const Index length : lengths) at(counts, bin(length)) += 1;
    const double total = static_cast<double>(lengths.size()) + static_cast<double>(counts.size());
    const std::span<Scalar> values = parameters.values();
    for (Index i = 0; i <= longest(); ++i) {
      at(values, probabilities_.offset + i) = static_cast<Scalar>(at(counts, i) / total);
    }
  }

  /// log p(S). \unit nats \throws Error for a length below 1, and where none were counted
  template <Context C>
  double log_probability(C& cx, Index length) const {
    const auto p = counted(cx);
    const Index place = bin(length);
    const Index further = std::max<Index>(length - longest(), 0);  // 1, 2, ... behind the last
    return std::log(p(place)) - static_cast<double>(further) * std::log(2.0);
  }

  /// S ~ p(S) for each row, which addresses it. \shape lengths [rows]
  /// \throws Error where no lengths were counted
  template <Context C>
  void draw(C& cx, const Draws& draws, std::span<const std::uint32_t> rows,
            std::span<Index> lengths) const {
    const auto p = counted(cx);
    for (std::size_t j = 0; j < rows.size(); ++j) {
      lengths[j] = quantile(p, draws.uniform(Stream::lengths, rows[j], 0, 0, 0));
    }
  }

 private:
  static Index sized(Index longest) {
    if (longest >= 1) return longest;
    detail::raise_error({"length prior: the longest length is ", longest,
                         ": it must be at least 1, as that of the longest row of training"});
  }

  Index bin(Index length) const {
    if (length >= 1) return std::min(length, longest() + 1) - 1;
    detail::raise_error({"length prior: a row has ", length,
                         " places: it must have 1 at least, as the end symbol gives it"});
  }

  /// The probabilities of a context as numbers in double.
  template <class C>
  auto counted(C& cx) const {
    const auto* const values = cx.parameter(probabilities_).data();
    if (!is_positive(static_cast<double>(values[0]))) {
      raise(Error(
          "length prior: the lengths of training were never counted, so that the number of places "
          "has no price: call count_lengths(network, parameters, corpus) before training"));
    }
    return [values](Index i) { return static_cast<double>(values[i]); };
  }

  template <class P>
  Index quantile(const P& p, double uniform) const {
    for (Index i = 0; i < longest(); ++i) {
      if (uniform < p(i)) return i + 1;
      uniform -= p(i);
    }
    Index length = longest() + 1;
    for (double share = p(longest()) / 2; uniform >= share && share > 0x1p-40; share /= 2) {
      uniform -= share;
      ++length;
    }
    return length;
  }

  Slot<1> probabilities_;
};

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
