// Free bits: nats that may be spent without being paid for.
#pragma once

#include <string>

#include <vaecollapse/core/check.hpp>
#include <vaecollapse/objective/numbers.hpp>
#include <vaecollapse/objective/terms.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

/// Over what the floor is taken.
struct FreeBitsOptions {
  /// Each example has a floor of its own, instead of one for the mean over the batch.
  bool per_example = false;
};

/// The number of groups is given at run time: `FreeBits<>{groups, rate}`.
inline constexpr int groups_at_run_time = 0;

/// sum_g max(rate / K, mean_b sum_{d in g} KL_bd) over K groups of neighbouring dimensions; K = 1
/// takes the layer as a whole, K = Z each dimension. Per example the mean over the batch stands
/// outside the max. The gradient of a group below its floor is exactly 0; the value is continuous.
/// `rate` is the total of free nats per word.
/// \cost O(G B)
/// \throws ShapeError from `evaluate` where the groups do not divide the rows of kl
/// \source Kingma et al. 2016, equation 15
template <int Groups = groups_at_run_time>
class FreeBits {
  static_assert(Groups >= 0, "FreeBits<K> needs a number of groups K of at least 1");

 public:
  explicit FreeBits(double rate,
                    FreeBitsOptions options = {}) requires(Groups != groups_at_run_time)
      : groups_(Groups), rate_(rate), options_(options) {
    check();
  }

  FreeBits(int groups, double rate,
           FreeBitsOptions options = {}) requires(Groups == groups_at_run_time)
      : groups_(groups), rate_(rate), options_(options) {
    check();
  }

  int groups() const { return groups_; }
  double rate() const { return rate_; }

  Report evaluate(const Terms& terms, Seeds& seeds) const {
    Report report = report_reconstruction("FreeBits", terms, seeds);
    require_no_places("FreeBits", terms, groups_);
    require_groups(terms.kl);
    const Index size = terms.kl.rows / groups_;
    for (Index g = 0; g < groups_; ++g) {
      const View<const double> kl = terms.kl.middle_rows(g * size, size);
      const View<double> dkl = seeds.kl.middle_rows(g * size, size);
      report.penalty += options_.per_example ? floor_each(kl, dkl) : floor_mean(kl, dkl);
    }
    report.loss = report.nll + report.penalty;
    return report;
  }

 private:
  void check() const {
    if (groups_ < 1) {
      detail::raise_error({"FreeBits: groups is ", groups_, ", it must be at least 1"});
    }
    detail::require_rate("FreeBits", rate_);
  }

  void require_groups(View<const double> kl) const {
    if (kl.rows >= groups_ && kl.rows % groups_ == 0) return;
    // Only here, because making the text allocates.
    const std::string groups = std::to_string(groups_) + " groups";
    raise(
        ShapeError("FreeBits", {{"kl", kl.shape()}},
                   kl.rows < groups_
                       ? groups + " are more than the rows of kl; a KL that has no per-dimension "
                                  "form, as under a mixture prior, has one row and takes one group"
                       : groups + " do not divide the " + std::to_string(kl.rows) + " dimensions"));
  }

  double floor() const { return rate_ / groups_; }

  // Both compare so that a KL that is not a number is paid for, and shows in the loss.
  double floor_mean(View<const double> kl, View<double> dkl) const {
    const double batch = static_cast<double>(kl.columns);
    const double mean = sum(kl) / batch;
    if (mean < floor()) return floor();
    fill(dkl, 1 / batch);
    return mean;
  }

  double floor_each(View<const double> kl, View<double> dkl) const {
    const double batch = static_cast<double>(kl.columns);
    double total = 0;
    for (Index b = 0; b < kl.columns; ++b) {
      const double own = sum(kl.middle_columns(b, 1));
      if (own < floor()) {
        total += floor();
      } else {
        total += own;
        fill(dkl.middle_columns(b, 1), 1 / batch);
      }
    }
    return total / batch;
  }

  int groups_;
  double rate_;
  FreeBitsOptions options_;
};

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
