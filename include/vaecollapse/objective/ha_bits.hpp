// HA bits: a floor under the mean KL of a dimension.
#pragma once

#include <vaecollapse/core/literal.hpp>
#include <vaecollapse/objective/numbers.hpp>
#include <vaecollapse/objective/terms.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

/// Over what the floor is taken.
struct HaBitsOptions {
  /// The floor is that of the whole word, Z lambda, and not that of a dimension.
  bool per_word = false;
};

/// max(lambda, mean over batch *and dimensions* of KL_bd), lambda = `floor`: free bits of one group
/// with the rate Z lambda, except that the penalty is divided by Z (by the rows of kl, where a KL
/// has no per-dimension form), which weakens it beside the NLL. `HaBits<0.2>{}` or `HaBits<>{0.2}`.
/// \unit floor: nats per dimension, or per word \cost O(G B)
/// \source kastnerkyle/pytorch-text-vae
template <Literal Floor = at_run_time>
class HaBits {
  static_assert(!Floor.given || detail::is_amount(Floor.value()),
                "HaBits<floor> needs a floor of at least 0 nats");

 public:
  explicit HaBits(HaBitsOptions options = {}) requires(Floor.given) : options_(options) {}

  /// \throws Error for a floor below 0
  explicit HaBits(double floor, HaBitsOptions options = {}) requires(!Floor.given)
      : floor_(floor), options_(options) {
    detail::require_amount("HaBits", "floor", floor, " nats");
  }

  double floor() const { return floor_.value(); }

  Report evaluate(const Terms& terms, Seeds& seeds) const {
    Report report = report_reconstruction("HaBits", terms, seeds);
    require_no_places("HaBits", terms, terms.kl.rows);
    const double dimensions = static_cast<double>(terms.kl.rows);
    const double lambda = options_.per_word ? floor() / dimensions : floor();
    const double mean = report.rate / dimensions;
    // Compared so that a KL that is not a number is paid for, and shows in the loss.
    const bool is_free = mean < lambda;
    pay_for_rate(is_free ? lambda : mean, is_free ? 0 : 1 / dimensions, seeds, report);
    return report;
  }

 private:
  Number<Floor> floor_;
  HaBitsOptions options_;
};

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
