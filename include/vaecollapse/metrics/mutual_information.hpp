// The mutual information of x and z, and the divergence of the z of all x together from the prior.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <vaecollapse/core/at.hpp>
#include <vaecollapse/core/check.hpp>
#include <vaecollapse/core/constants.hpp>
#include <vaecollapse/core/shape.hpp>
#include <vaecollapse/core/text.hpp>
#include <vaecollapse/core/view.hpp>
#include <vaecollapse/metrics/estimate.hpp>
#include <vaecollapse/metrics/log_sum_exp.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

/// I(x; z) and KL(q(z) || p(z)) of an evaluation set of N rows. \unit nats
///
/// `lower` estimates q(z_n) by the mean over all N posteriors, the row's own among them, `upper`
/// by that over the N - 1 others; in expectation they bracket I(x; z) of the distribution the rows
/// came from. No row can count for more than ln N in `lower`, so near that cap it shows only
/// that the set is too small.
struct MutualInformation {
  Estimate lower;
  Estimate upper;
  double cap = 0;        ///< ln N
  Estimate marginal_kl;  ///< by the q(z) of `lower`: rate = lower + marginal_kl, z by z

  /// Whether `lower` is too near its cap to be believed.
  bool is_near_cap() const { return lower.value > 0.9 * cap; }
};

/// What to say of `lower` where it is too near its cap.
inline std::optional<std::string> cap_warning(const MutualInformation& information) {
  if (!information.is_near_cap()) return std::nullopt;
  return formatted(
      "the lower bound of the mutual information, %.2f nats, is near its cap, ln %lld = %.2f: it "
      "can show no more with so few rows",
      information.lower.value, std::llround(std::exp(information.cap)), information.cap);
}

namespace detail {

/// Diagonal Gaussians whose densities at many points are wanted. Dimensions lie apart, so that the
/// innermost loop runs over Gaussians.
class GaussianBlock {
 public:
  /// \shape mu, logvar [Z x any number]
  template <class Scalar>
  void assign(View<const Scalar> mu, View<const Scalar> logvar) {
    count_ = mu.columns;
    means_.resize(static_cast<std::size_t>(mu.rows * count_));
    precisions_.resize(means_.size());
    offsets_.assign(static_cast<std::size_t>(count_), 0.0);
    for (Index i = 0; i < count_; ++i) {
      for (Index d = 0; d < mu.rows; ++d) {
        const auto log_variance = static_cast<double>(logvar(d, i));
        at(means_, d * count_ + i) = static_cast<double>(mu(d, i));
        at(precisions_, d * count_ + i) = std::exp(-log_variance);
        at(offsets_, i) += log_variance + log_2pi;
      }
    }
  }

  /// log N(z; each Gaussian). \shape z [Z]
  template <class Scalar>
  void log_densities(const Scalar* z, Index dimensions, std::vector<double>& out) const {
    out = offsets_;
    for (Index d = 0; d < dimensions; ++d) {
      const double* mean = means_.data() + d * count_;
      const double* precision = precisions_.data() + d * count_;
      const auto value = static_cast<double>(z[d]);
      double* sum = out.data();
      for (Index i = 0; i < count_; ++i) {
        sum[i] += (value - mean[i]) * (value - mean[i]) * precision[i];
      }
    }
    for (double& twice : out) twice *= -0.5;
  }

 private:
  Index count_ = 0;
  std::vector<double> means_, precisions_;
  std::vector<double> offsets_;
};

/// log q(z_n | x_n), and the log of the sum of all other rows' densities at z_n.
struct OwnAndOthers {
  std::vector<double> own;
  std::vector<LogSumExp> others;
};

template <class Scalar>
OwnAndOthers densities_at_samples(View<const Scalar> mu, View<const Scalar> logvar,
                                  View<const Scalar> z) {
  constexpr Index block = 128;  // posteriors of all dimensions that stay in the cache
  const auto count = static_cast<std::size_t>(z.columns);
  OwnAndOthers found{std::vector<double>(count), std::vector<LogSumExp>(count)};
  GaussianBlock gaussians;
  std::vector<double> densities;
  for (Index first = 0; first < z.columns; first += block) {
    const Index some = std::min(block, z.columns - first);
    gaussians.assign(mu.middle_columns(first, some), logvar.middle_columns(first, some));
    for (Index n = 0; n < z.columns; ++n) {
      gaussians.log_densities(z.column(n), z.rows, densities);
      for (Index i = 0; i < some; ++i) {
        const double density = at(densities, i);
        if (first + i == n) {
          at(found.own, n) = density;
        } else {
          at(found.others, n).add(density);
        }
      }
    }
  }
  return found;
}

/// \shape log_densities [N x N], log q(z_n | x_m) in row m of column n
template <class Scalar>
OwnAndOthers densities_of_pairs(View<const Scalar> log_densities) {
  const auto count = static_cast<std::size_t>(log_densities.columns);
  OwnAndOthers found{std::vector<double>(count), std::vector<LogSumExp>(count)};
  for (Index n = 0; n < log_densities.columns; ++n) {
    for (Index m = 0; m < log_densities.rows; ++m) {
      const auto density = static_cast<double>(log_densities(m, n));
      if (m == n) {
        at(found.own, n) = density;
      } else {
        at(found.others, n).add(density);
      }
    }
  }
  return found;
}

inline void require_two_rows(std::size_t count) {
  if (count >= 2) return;
  detail::raise_error({"mutual_information: rows are ", count, ": there must be two at least"});
}

inline MutualInformation information_of(const OwnAndOthers& density,
                                        std::span<const double> surprisals) {
  const auto rows = static_cast<double>(surprisals.size());
  std::vector<double> lower, upper, marginal;
  for (std::size_t n = 0; n < surprisals.size(); ++n) {
    LogSumExp all = density.others[n];
    all.add(density.own[n]);
    const double aggregated = all.value() - std::log(rows);
    lower.push_back(density.own[n] - aggregated);
    upper.push_back(density.own[n] - (density.others[n].value() - std::log(rows - 1)));
    marginal.push_back(aggregated + surprisals[n]);
  }
  return {.lower = mean_of_rows(lower),
          .upper = mean_of_rows(upper),
          .cap = std::log(rows),
          .marginal_kl = mean_of_rows(marginal)};
}

}  // namespace detail

/// Estimates both from one sample z_n ~ q(z | x_n) of every row; `surprisals` are -log p(z_n).
///
/// \shape mu, logvar, z [Z x N], surprisals [N] \throws ShapeError; Error for less than two rows
/// \cost O(N^2 Z) time, O(N + 128 Z) memory beside the posteriors
/// \source Hoffman & Johnson 2016 (leave-in); Poole et al. 2019 (leave one out, as an
/// upper bound)
template <class Scalar>
MutualInformation mutual_information(View<const Scalar> mu, View<const Scalar> logvar,
                                     View<const Scalar> z, std::span<const double> surprisals) {
  const auto count = static_cast<Index>(surprisals.size());
  if (mu.shape() != z.shape() || logvar.shape() != z.shape() || count != z.columns) {
    raise(ShapeError("mutual_information",
                     {{"mu", mu.shape()},
                      {"logvar", logvar.shape()},
                      {"z", z.shape()},
                      {"surprisals", Shape<1>{{count}}}},
                     "mu, logvar and z must be as large, with a surprisal for each column"));
  }
  detail::require_two_rows(surprisals.size());
  return detail::information_of(detail::densities_at_samples(mu, logvar, z), surprisals);
}

/// The same for any family, from log q(z_n | x_m) of every two rows.
///
/// \shape log_densities [N x N]: a column for each z_n, a row for each x_m; surprisals [N]
/// \throws ShapeError; Error for less than two rows
template <class Scalar>
MutualInformation mutual_information(View<const Scalar> log_densities,
                                     std::span<const double> surprisals) {
  const auto count = static_cast<Index>(surprisals.size());
  if (log_densities.rows != count || log_densities.columns != count) {
    raise(ShapeError("mutual_information",
                     {{"log_densities", log_densities.shape()}, {"surprisals", Shape<1>{{count}}}},
                     "log_densities must be square, with a surprisal for each column"));
  }
  detail::require_two_rows(surprisals.size());
  return detail::information_of(detail::densities_of_pairs(log_densities), surprisals);
}

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
