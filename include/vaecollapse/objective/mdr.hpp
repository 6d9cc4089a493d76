// The minimum desired rate: a constraint on the rate, held by a multiplier that is learnt.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>

#include <vaecollapse/core/check.hpp>
#include <vaecollapse/core/finite.hpp>
#include <vaecollapse/core/literal.hpp>
#include <vaecollapse/core/visit.hpp>
#include <vaecollapse/objective/compose.hpp>
#include <vaecollapse/objective/numbers.hpp>
#include <vaecollapse/objective/terms.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

/// How the multiplier learns.
struct MDROptions {
  /// The step size of the plain gradient ascent on the multiplier.
  double learning_rate = 1e-3;
  /// The initial value of the multiplier.
  double multiplier = 1.01;
  /// The multiplier itself is learnt and kept at 0 or above, instead of w in softplus(w).
  bool projected = false;
  /// The multiplier sees a running mean of the rate in which the past has this share; 0: the rate
  /// of the batch.
  double averaging = 0;
};

/// R + u (rate - R), minimised over the model and maximised over the multiplier u = softplus(w) by
/// plain gradient ascent on w, once after each step: at its end the rate is at least `rate`, and u
/// is 1 - beta of the beta-VAE with that rate. `MDR<2.5>{}` or `MDR<>{2.5}`. The model's step uses
/// min(u, 1), since beyond 1 its loss is unbounded below; u itself is reported. u is no parameter
/// of the model, so neither clipping nor weight decay reaches it. A controller: `Controlled` puts
/// it over another policy. \unit rate: nats per word \cost O(G B) \source Pelsmaeker & Aziz 2019;
/// min(u, 1), the projected form and the running mean are ours
template <Literal Rate = at_run_time>
class MDR {
  static_assert(!Rate.given || detail::is_amount(Rate.value()),
                "MDR<rate> needs a rate of at least 0 nats per word");

 public:
  static constexpr int controllers = 1;

  /// \throws Error for a number out of range
  explicit MDR(MDROptions options = {}) requires(Rate.given) : options_(options) { begin(); }
  explicit MDR(double rate, MDROptions options = {}) requires(!Rate.given)
      : rate_(rate), options_(options) {
    begin();
  }

  double rate() const { return rate_.value(); }

  double multiplier() const {
    if (options_.projected) return learnt_;
    return std::max(learnt_, 0.0) + std::log1p(std::exp(-std::abs(learnt_)));
  }

  /// 1 - min(u, 1): what is left of the KL.
  double weight() const { return 1 - applied(); }
  /// min(u, 1) rate.
  double constant() const { return applied() * rate(); }

  Report evaluate(const Terms& terms, Seeds& seeds) const {
    Report report = report_reconstruction("MDR", terms, seeds);
    pay_for_rate(report.rate, 1, seeds, report);
    apply_weight(*this, seeds, report);
    return report;
  }

  void after_step(const Report& report) {
    ++step_;
    // A plain mean as long as that has the shorter memory.
    const double share = std::max(1 - options_.averaging, 1 / static_cast<double>(step_));
    seen_rate_ += share * (report.rate - seen_rate_);
    const double ascent = options_.learning_rate * (rate() - seen_rate_);
    if (options_.projected) {
      learnt_ = std::max(0.0, learnt_ + ascent);
    } else {
      learnt_ += ascent / (1 + std::exp(-learnt_));  // the derivative of softplus
    }
  }

  void visit(Visitor& visitor) {
    visitor(options_.projected ? "u" : "w", learnt_);
    visitor("seen_rate", seen_rate_);
    visitor("step", step_);
  }

 private:
  double applied() const { return std::min(multiplier(), 1.0); }

  void begin() {
    check();
    const double u = options_.multiplier;
    learnt_ = options_.projected ? u : u + std::log(-std::expm1(-u));  // softplus backwards
  }

  void check() const {
    detail::require_rate("MDR", rate());
    detail::require_amount("MDR", "learning_rate", options_.learning_rate);
    detail::require_amount("MDR", "multiplier", options_.multiplier);
    if (options_.multiplier == 0 && !options_.projected) {
      raise(Error("MDR: multiplier is 0, which softplus never reaches; use the projected form"));
    }
    if (!is_within(options_.averaging, 0, 1) || options_.averaging == 1) {
      detail::raise_error(
          {"MDR: averaging is ", options_.averaging, ", it must be at least 0 and below 1"});
    }
  }

  Number<Rate> rate_;
  MDROptions options_;
  double learnt_ = 0;  // u, or w in u = softplus(w)
  double seen_rate_ = 0;
  std::uint64_t step_ = 0;
};

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
