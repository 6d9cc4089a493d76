// One rate policy for each phase of a training.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include <vaecollapse/core/check.hpp>
#include <vaecollapse/core/visit.hpp>
#include <vaecollapse/objective/any.hpp>
#include <vaecollapse/objective/compose.hpp>
#include <vaecollapse/objective/concepts.hpp>
#include <vaecollapse/objective/terms.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

/// The policy of the phase that runs, which a training plan enters: each begins as it was made, so
/// its annealing spans its phase. All their states are in `visit`, at any time.
template <RatePolicy Policy = AnyObjective>
class PhasedObjective {
 public:
  /// \throws Error for no policy
  explicit PhasedObjective(std::vector<Policy> phases) : phases_(std::move(phases)) {
    if (phases_.empty()) raise(Error("phased objective: there are no phases"));
  }

  std::size_t phases() const { return phases_.size(); }

  Report evaluate(const Terms& terms, Seeds& seeds) const {
    return phases_[running()].evaluate(terms, seeds);
  }
  void after_step(const Report& report) { notify_step(phases_[running()], report); }
  /// \throws Error for a phase that there is none of
  void enter_phase(std::uint64_t phase) {
    phase_ = phase;
    running();
  }

  void visit(Visitor& visitor) {
    visitor("phase", phase_);
    for (std::size_t i = 0; i < phases_.size(); ++i) {
      visit_state(std::to_string(i), phases_[i], visitor);
    }
  }

  /// The most that any phase has: phases do not run together.
  int count_controllers() const {
    int most = 0;
    for (const Policy& policy : phases_) {
      most = std::max(most, vaecollapse::count_controllers(policy));
    }
    return most;
  }

 private:
  std::size_t running() const {
    if (phase_ < phases_.size()) return static_cast<std::size_t>(phase_);
    detail::raise_error({"phased objective: phase ", phase_, ", counted from 0, is none of its ",
                         phases_.size(), " phases"});
  }

  std::vector<Policy> phases_;
  std::uint64_t phase_ = 0;
};

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
