// How many dimensions of z vary from word to word.
#pragma once

#include <cstddef>
#include <vector>

#include <vaecollapse/core/check.hpp>
#include <vaecollapse/core/shape.hpp>
#include <vaecollapse/core/view.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

/// What the sum of squares is divided by: the number of rows (the variance of the set), or one
/// less (that of what it is drawn from). Published code does either: that of He et al. 2019 the
/// latter.
enum class VarianceDivisor { rows, rows_less_one };

/// Counts the dimensions d with Var_x(mu_d(x)) > threshold, mu being the posterior's mean. The
/// means may come in pieces; only three numbers a dimension are kept.
/// \source Burda, Grosse & Salakhutdinov 2016, section 5.2 (threshold 0.01); running variance by
/// Welford 1962
class ActiveUnits {
 public:
  explicit ActiveUnits(double threshold = 0.01, VarianceDivisor divisor = VarianceDivisor::rows)
      : threshold_(threshold), divisor_(divisor) {
    if (threshold >= 0) return;
    detail::raise_error({"ActiveUnits: threshold is ", threshold, ": it must be at least 0"});
  }

  /// Adds posterior means, a column each. \shape means [Z x any number]
  /// \throws ShapeError if Z is not that of the first call
  template <class Scalar>
  void add(View<const Scalar> means) {
    if (mean_.empty()) {
      mean_.resize(static_cast<std::size_t>(means.rows));
      squares_.resize(mean_.size());
    }
    const auto dimensions = static_cast<Index>(mean_.size());
    if (means.rows != dimensions) {
      raise(ShapeError("ActiveUnits::add", {{"means", means.shape()}},
                       detail::message_of({"there must be ", dimensions, " rows, as before"})));
    }
    for (Index j = 0; j < means.columns; ++j) add_one(means.column(j));
  }

  /// The variance of each dimension over all means so far.
  /// \throws Error if there are too few to divide by
  std::vector<double> variances() const {
    const Index divisor = divisor_ == VarianceDivisor::rows ? count_ : count_ - 1;
    if (count_ == 0) raise(Error("ActiveUnits::variances: no means"));
    if (divisor == 0) raise(Error("ActiveUnits::variances: one mean, and the divisor is one less"));
    std::vector<double> variances = squares_;
    for (double& variance : variances) variance /= static_cast<double>(divisor);
    return variances;
  }

  /// The number of active dimensions. \throws Error if there are no means
  Index count() const {
    Index active = 0;
    for (const double variance : variances()) active += variance > threshold_ ? 1 : 0;
    return active;
  }

 private:
  template <class Scalar>
  void add_one(const Scalar* mu) {
    ++count_;
    for (std::size_t d = 0; d < mean_.size(); ++d) {
      const double value = static_cast<double>(mu[d]), before = value - mean_[d];
      mean_[d] += before / static_cast<double>(count_);
      squares_[d] += before * (value - mean_[d]);
    }
  }

  double threshold_;
  VarianceDivisor divisor_;
  Index count_ = 0;
  std::vector<double> mean_, squares_;
};

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
