// log sum exp of numbers that come one after the other.
#pragma once

#include <cmath>

#include <vaecollapse/config.hpp>
#include <vaecollapse/core/finite.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

/// log(exp(x_1) + exp(x_2) + ...), keeping two numbers: the greatest x so far, and the sum of all
/// exp(x - greatest). Nothing overflows, whatever the size of the x; a NaN gives NaN.
class LogSumExp {
 public:
  void add(double x) {
    if (is_minus_infinity(x)) return;
    if (empty_ || x > greatest_) {
      sum_ = empty_ ? 1 : sum_ * std::exp(greatest_ - x) + 1;
      greatest_ = x;
      empty_ = false;
    } else {
      sum_ += std::exp(x - greatest_);
    }
  }

  /// Minus infinity if nothing was added.
  double value() const { return empty_ ? -infinity<double>() : greatest_ + std::log(sum_); }

 private:
  double greatest_ = 0;
  double sum_ = 0;
  bool empty_ = true;
};

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
