// The hinge: a price for each nat that the rate lacks.
#pragma once

#include <vaecollapse/core/literal.hpp>
#include <vaecollapse/objective/numbers.hpp>
#include <vaecollapse/objective/terms.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

/// The price of a rate below the floor.
struct HingeOptions {
  /// What a missing nat costs. With 1 it is as free as under `FreeBits<1>`; above 1 the rate is
  /// pushed up to its floor.
  double gamma = 2;
};

/// R + gamma max(0, rate - R). `Hinge<60>{}` or `Hinge<>{60.0}`.
/// \unit rate: nats per word \cost O(G B)
/// \source Pelsmaeker & Aziz 2019
template <Literal Rate = at_run_time>
class Hinge {
  static_assert(!Rate.given || detail::is_amount(Rate.value()),
                "Hinge<rate> needs a rate of at least 0 nats per word");

 public:
  /// \throws Error for a number below 0
  explicit Hinge(HingeOptions options = {}) requires(Rate.given) : options_(options) { check(); }
  explicit Hinge(double rate, HingeOptions options = {}) requires(!Rate.given)
      : rate_(rate), options_(options) {
    check();
  }

  double rate() const { return rate_.value(); }

  Report evaluate(const Terms& terms, Seeds& seeds) const {
    Report report = report_reconstruction("Hinge", terms, seeds);
    const double gamma = options_.gamma;
    // Compared so that a KL that is not a number is paid for, and shows in the loss.
    const double missing = report.rate < rate() ? rate() - report.rate : 0;
    pay_for_rate(report.rate + gamma * missing, missing > 0 ? 1 - gamma : 1, seeds, report);
    return report;
  }

 private:
  void check() const {
    detail::require_rate("Hinge", rate());
    detail::require_amount("Hinge", "gamma", options_.gamma);
  }

  Number<Rate> rate_;
  HingeOptions options_;
};

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
