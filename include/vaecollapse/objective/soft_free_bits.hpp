// Soft free bits: the weight of the KL goes down while the rate is too low, and up while too high.
#pragma once

#include <algorithm>

#include <vaecollapse/core/literal.hpp>
#include <vaecollapse/core/visit.hpp>
#include <vaecollapse/objective/compose.hpp>
#include <vaecollapse/objective/numbers.hpp>
#include <vaecollapse/objective/terms.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

/// How the weight follows the rate.
struct SoftFreeBitsOptions {
  /// The weight changes by a factor of 1 + alpha in a step.
  double alpha = 0.1;
  /// The weight stays as it is for rates from `rate` to (1 + epsilon) `rate`.
  double epsilon = 0.05;
};

/// w R, and after each step: w /= 1 + alpha if R < rate, w *= 1 + alpha if R > (1 + epsilon) rate;
/// w begins at 1, stays within [0.01, 1] and is a constant for gradients. `SoftFreeBits<60>{}` or
/// `SoftFreeBits<>{60.0}`. A controller: `Controlled` puts it over another policy.
/// \unit rate: nats per word \cost O(G B)
/// \source Chen et al. 2016
template <Literal Rate = at_run_time>
class SoftFreeBits {
  static_assert(!Rate.given || detail::is_amount(Rate.value()),
                "SoftFreeBits<rate> needs a rate of at least 0 nats per word");

 public:
  static constexpr int controllers = 1;
  static constexpr double lowest_weight = 0.01, highest_weight = 1;

  /// \throws Error for a number below 0
  explicit SoftFreeBits(SoftFreeBitsOptions options = {}) requires(Rate.given) : options_(options) {
    check();
  }
  explicit SoftFreeBits(double rate, SoftFreeBitsOptions options = {}) requires(!Rate.given)
      : rate_(rate), options_(options) {
    check();
  }

  double rate() const { return rate_.value(); }
  double weight() const { return weight_; }

  Report evaluate(const Terms& terms, Seeds& seeds) const {
    Report report = report_reconstruction("SoftFreeBits", terms, seeds);
    pay_for_rate(report.rate, 1, seeds, report);
    apply_weight(*this, seeds, report);
    return report;
  }

  void after_step(const Report& report) {
    const double factor = 1 + options_.alpha;
    if (report.rate < rate()) weight_ /= factor;
    if (report.rate > (1 + options_.epsilon) * rate()) weight_ *= factor;
    weight_ = std::clamp(weight_, lowest_weight, highest_weight);
  }

  void visit(Visitor& visitor) { visitor("weight", weight_); }

 private:
  void check() const {
    detail::require_rate("SoftFreeBits", rate());
    detail::require_amount("SoftFreeBits", "alpha", options_.alpha);
    detail::require_amount("SoftFreeBits", "epsilon", options_.epsilon);
  }

  Number<Rate> rate_;
  SoftFreeBitsOptions options_;
  double weight_ = 1;
};

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
