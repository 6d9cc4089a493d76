// The dropout layer.
#pragma once

#include <algorithm>
#include <cstdint>
#include <numeric>
#include <span>

#include <vaecollapse/autodiff/ops/dropout.hpp>
#include <vaecollapse/autodiff/ops/unit_dropout.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

/// Drops each unit of each column with probability p, while training. It has no parameters.
/// \shape that of x \cost a draw for each element; nothing in evaluation
class Dropout {
 public:
  /// \param stream whose draws these are: each dropout of a network needs one of its own, such as
  /// `Stream(1001)`, or all drop the same units
  /// \throws Error unless p is a probability
  Dropout(double p, Stream stream) : p_(p), stream_(stream) { detail::require_dropout_rate(p); }

  /// \param draws those of the step: with `Pass::train` they drop, with others x is left as it is
  /// \param rows the corpus row of each column; without, a column draws by its number
  /// \shape that of x
  template <Context C, int Rank>
  auto operator()(C& cx, const Var<typename C::scalar_type, Rank>& x, const Draws& draws,
                  std::span<const std::uint32_t> rows = {}) const {
    return dropout(cx, x, p_, draws, stream_, rows);
  }

  /// Each unit of each symbol of a sequence. \param rows the corpus row of each row of the plan;
  /// without, a row draws by its number
  template <Context C>
  auto operator()(C& cx, const Sequence<typename C::scalar_type>& x, const Draws& draws,
                  std::span<const std::uint32_t> rows = {}) const {
    if (p_ == 0 || draws.pass() != Pass::train) return x;
    const std::span<std::uint32_t> kept =
        rows.empty() ? cx.arena().template span<std::uint32_t>(x.plan->batch()) : cx.keep(rows);
    if (rows.empty()) std::iota(kept.begin(), kept.end(), 0u);
    return drop_units(cx, x, {.rate = p_, .stream = stream_, .draws = draws, .rows = kept});
  }

  double p() const { return p_; }
  Stream stream() const { return stream_; }

 private:
  double p_;
  Stream stream_;
};

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
