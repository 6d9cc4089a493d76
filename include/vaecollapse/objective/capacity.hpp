// The capacity: a rate that is held, and rises.
#pragma once

#include <cmath>
#include <cstdint>

#include <vaecollapse/core/literal.hpp>
#include <vaecollapse/core/visit.hpp>
#include <vaecollapse/objective/annealing.hpp>
#include <vaecollapse/objective/numbers.hpp>
#include <vaecollapse/objective/terms.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

/// How the capacity rises and what a deviation costs.
struct CapacityOptions {
  /// Steps in which the capacity rises from 0 to the rate; 0: it is the rate from the beginning.
  std::uint64_t steps = 10'000;
  /// What a nat too many or too few costs.
  double gamma = 1;
};

/// gamma |R - C(t)|, C(t) = rate min(1, t / steps). t counts the steps of the optimiser and is
/// state. `Capacity<60>{}` or `Capacity<>{60.0}`.
/// \unit rate: nats per word \cost O(G B)
/// \source Burgess et al. 2018, equation 8 (whose gamma is 1000, of images); Prokhorov et al. 2019
template <Literal Rate = at_run_time>
class Capacity {
  static_assert(!Rate.given || detail::is_amount(Rate.value()),
                "Capacity<rate> needs a rate of at least 0 nats per word");

 public:
  /// \throws Error for a number below 0
  explicit Capacity(CapacityOptions options = {}) requires(Rate.given) : options_(options) {
    check();
  }
  explicit Capacity(double rate, CapacityOptions options = {}) requires(!Rate.given)
      : rate_(rate), options_(options) {
    check();
  }

  double rate() const { return rate_.value(); }
  std::uint64_t step() const { return step_; }

  /// C(t), in nats per word.
  double capacity() const {
    return LinearSchedule{.steps = options_.steps, .maximum = rate()}.weight(step_);
  }

  Report evaluate(const Terms& terms, Seeds& seeds) const {
    Report report = report_reconstruction("Capacity", terms, seeds);
    const double excess = report.rate - capacity();
    const double side = excess > 0 ? 1 : excess < 0 ? -1 : 0;
    pay_for_rate(std::abs(excess), side, seeds, report);
    scale_penalty(options_.gamma, seeds, report);
    return report;
  }

  void after_step(const Report&) { ++step_; }
  void visit(Visitor& visitor) { visitor("step", step_); }

 private:
  void check() const {
    detail::require_rate("Capacity", rate());
    detail::require_amount("Capacity", "gamma", options_.gamma);
  }

  Number<Rate> rate_;
  CapacityOptions options_;
  std::uint64_t step_ = 0;
};

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
