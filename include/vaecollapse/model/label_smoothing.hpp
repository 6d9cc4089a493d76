// A softer target for the decoder in training.
#pragma once

#include <vaecollapse/core/check.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

/// How much of each target's probability is spread evenly over all symbols, the target among them,
/// when a model trains. The NLL of evaluation is the true one. \source Szegedy et al. 2016
class LabelSmoothing {
 public:
  /// \param rate 0: none \throws Error for a rate that is not in [0, 1)
  explicit LabelSmoothing(double rate = 0) : rate_(rate) {
    if (!(rate >= 0 && rate < 1)) {
      detail::raise_error({"label_smoothing: rate is ", rate, ": it must be in [0, 1)"});
    }
  }

  double rate() const { return rate_; }

 private:
  double rate_;
};

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
