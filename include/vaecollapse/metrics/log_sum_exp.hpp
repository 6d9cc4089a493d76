// log sum exp of numbers that come one after the other.
#pragma once

#include <cmath>
#include <limits>

#include <vaecollapse/config.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

/// log(exp(x_1) + exp(x_2) + ...), keeping two numbers: the greatest x so far, and the sum of all
/// exp(x - greatest). Nothing overflows, whatever the size of the x.
class LogSumExp {
 public:
  void add(double x) {
    if (x <= greatest_) {
      // Both may be -infinity: exp(-inf) = 0 adds nothing.
      if (x > -infinity) sum_ += std::exp(x - greatest_);
      return;
    }
    sum_ = sum_ * std::exp(greatest_ - x) + 1;
    greatest_ = x;
  }

  /// Minus infinity if nothing was added.
  double value() const { return sum_ > 0 ? greatest_ + std::log(sum_) : -infinity; }

 private:
  static constexpr double infinity = std::numeric_limits<double>::infinity();

  double greatest_ = -infinity;
  double sum_ = 0;
};

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
