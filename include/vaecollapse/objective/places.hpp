// Floors for a sequence of latents: one for all places together, one for the global z.
#pragma once

#include <vaecollapse/core/literal.hpp>
#include <vaecollapse/objective/numbers.hpp>
#include <vaecollapse/objective/terms.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

/// What is free besides the nats of places.
struct PlacesOptions {
  /// The free nats of the global z, of a whole word.
  double global = 0;
};

/// max(rate mean_b S_b, mean_b sum_s KL_bs) + max(global, mean_b KL of the global z), and the mean
/// KL of the number of places S_b, which no gradient can change. The floor is under the sum: a
/// place may have more than its share while another has less. Below a floor the gradient of what is
/// above it is zero. `Places<11>{}` or `Places<>{11.0, {.global = 50}}`.
/// \unit rate: nats per place; global: nats per word \cost O(G B)
/// \source Kingma et al. 2016, equation 15: the floors are those of `FreeBits`, in two groups
template <Literal Rate = at_run_time>
class Places {
  static_assert(!Rate.given || detail::is_amount(Rate.value()),
                "Places<rate> needs a rate of at least 0 nats per place");

 public:
  /// \throws Error for a number below 0
  explicit Places(PlacesOptions options = {}) requires(Rate.given) : options_(options) { check(); }
  explicit Places(double rate, PlacesOptions options = {}) requires(!Rate.given)
      : rate_(rate), options_(options) {
    check();
  }

  double rate() const { return rate_.value(); }
  double global() const { return options_.global; }

  /// \throws ShapeError for a KL without places, and for a floor of a global z that is not there
  Report evaluate(const Terms& terms, Seeds& seeds) const {
    Report report = report_reconstruction("Places", terms, seeds);
    require_places(terms);
    const auto [length, global] = terms.leading;
    const Index places = terms.kl.rows - length - global;
    const double batch = static_cast<double>(terms.batch());
    const double mean_places = terms.entries() - static_cast<double>(length + global);
    report.penalty = sum(terms.kl.middle_rows(0, length)) / batch +
                     above_floor(terms, seeds, length, global, options_.global) +
                     above_floor(terms, seeds, length + global, places, rate() * mean_places);
    report.loss = report.nll + report.penalty;
    return report;
  }

 private:
  void check() const {
    detail::require_amount("Places", "rate", rate(), " nats per place");
    detail::require_amount("Places", "global", options_.global);
  }

  void require_places(const Terms& terms) const {
    if (terms.places.empty()) {
      raise(ShapeError("Places", {{"kl", terms.kl.shape()}},
                       "the rows of this kl are no places: the floor is for a sequence of latents, "
                       "with a Gaussian for each place; for one z use another floor, such as "
                       "FreeBits"));
    }
    if (terms.leading.global == 0 && options_.global > 0) {
      raise(ShapeError("Places", {{"kl", terms.kl.shape()}},
                       "no row of this kl is that of a global z, so it can have no floor: leave "
                       "out `global`, or give the model a global z beside its places"));
    }
  }

  /// The greater of the floor and the mean KL of some rows, which are paid for where they are above
  /// it. Compared so that a KL that is not a number is paid for, and shows in the loss.
  static double above_floor(const Terms& terms, Seeds& seeds, Index first, Index count,
                            double floor) {
    const double batch = static_cast<double>(terms.batch());
    const double mean = sum(terms.kl.middle_rows(first, count)) / batch;
    if (mean < floor) return floor;
    fill(seeds.kl.middle_rows(first, count), 1 / batch);
    return mean;
  }

  Number<Rate> rate_;
  PlacesOptions options_;
};

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
