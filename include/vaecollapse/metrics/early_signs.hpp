// Signs of a collapse while a model is being trained, and warnings in words.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <vaecollapse/core/text.hpp>
#include <vaecollapse/core/visit.hpp>
#include <vaecollapse/metrics/verdict.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

/// The figures of a probe of posteriors; empty where there was none. \unit nats per word
struct ProbedSigns {
  /// Norm of the gradient of the NLL by (mu, logvar) over that of the KL. Far below 1 where the
  /// decoder hardly uses z; but also where it no longer errs, so it is no alarm by itself.
  std::optional<double> gradient_ratio;
  std::optional<double> permutation_gap;   ///< what the z of another word costs of NLL
  std::optional<double> amortisation_gap;  ///< what better posteriors would save at no higher rate

  friend bool operator==(const ProbedSigns&, const ProbedSigns&) = default;
};

/// Figures are empty where they are not known. \unit nats per word
struct EarlySigns : ProbedSigns {
  std::optional<double> rate_slope;   ///< of the rate on dev, for each epoch
  std::vector<std::string> warnings;  ///< what is wrong, in words

  friend bool operator==(const EarlySigns&, const EarlySigns&) = default;
};

/// The limits beyond which a sign becomes a warning. Rules of thumb, not laws.
struct EarlySignThresholds {
  VerdictThresholds verdict;       ///< of whether z is used
  double share_of_greatest = 0.5;  ///< z is being given up below this share of its greatest use
  double epochs_ahead = 3;  ///< or if the rate, at this slope, would be 0 within so many epochs
};

/// The epochs before, by which the signs of an epoch are judged. All state is in `visit`.
class EarlySignHistory {
 public:
  /// \param row what a row is called in the warnings
  explicit EarlySignHistory(EarlySignThresholds thresholds = {}, std::string_view row = "word")
      : thresholds_(thresholds), row_(row) {}

  /// The signs of one more epoch. `nll` is empty where it is not known; the cost of a row is the
  /// measure of what is much.
  EarlySigns add(double rate, const ProbedSigns& probed, std::optional<double> nll = std::nullopt) {
    std::rotate(rates_.begin(), rates_.begin() + 1, rates_.end());
    rates_.back() = rate;
    ++epochs_;
    EarlySigns signs{probed, slope(), {}};
    const bool used_more = probed.permutation_gap > greatest_gap_;
    if (probed.permutation_gap) greatest_gap_ = std::max(greatest_gap_, *probed.permutation_gap);
    if (epochs_ > 1) warn(signs, rate, nll, used_more);  // nothing has been learned before
    return signs;
  }

  void visit(Visitor& visitor) {
    visitor("epochs", epochs_);
    visitor("rates", std::span<double>(rates_));
    visitor("greatest_permutation_gap", greatest_gap_);
  }

 private:
  /// The slope of the least-squares line through the last rates; empty for less than two.
  std::optional<double> slope() const {
    const std::size_t count = std::min<std::size_t>(epochs_, rates_.size());
    if (count < 2) return std::nullopt;
    const double* last = rates_.data() + rates_.size() - count;
    const double middle = (static_cast<double>(count) - 1) / 2;
    double products = 0, squares = 0;
    for (std::size_t i = 0; i < count; ++i) {
      const double away = static_cast<double>(i) - middle;
      products += away * last[i];
      squares += away * away;
    }
    return products / squares;
  }

  /// The verdict on this epoch. A probe has no standard error.
  Verdict verdict_of(const EarlySigns& signs, double rate, std::optional<double> nll) const {
    CollapseFigures figures{.nll = nll, .rate = rate};
    if (signs.permutation_gap) figures.permuted.nll_rise = {*signs.permutation_gap, 0};
    figures.posterior_gap = signs.amortisation_gap;
    return judge(figures, thresholds_.verdict);
  }

  /// `used_more`: z is used more than in any epoch before. Then a falling rate is no sign:
  /// controllers swing towards their targets from both sides.
  void warn(EarlySigns& signs, double rate, std::optional<double> nll, bool used_more) const {
    const double slope = signs.rate_slope.value_or(0);
    const double least = thresholds_.verdict.rate;
    const Verdict verdict = verdict_of(signs, rate, nll);
    if (rate < least && verdict.has_collapsed()) {
      signs.warnings.push_back(
          formatted("z carries almost nothing: the rate is %.2f nats %s", rate, a_row().c_str()));
      return;  // all else follows from that
    }
    if (slope < 0 && !used_more && rate + thresholds_.epochs_ahead * slope < least) {
      signs.warnings.push_back(formatted(
          "z is being given up: the rate falls by %.2f nats an epoch, to %.2f now", -slope, rate));
    }
    warn_of_use(signs, verdict);
  }

  void warn_of_use(EarlySigns& signs, const Verdict& verdict) const {
    if (verdict.health == Health::encoder_lags) {
      signs.warnings.push_back(
          formatted("the encoder lags: better posteriors would save %.2f nats %s",
                    *signs.amortisation_gap, a_row().c_str()));
    } else if (verdict.has_collapsed()) {
      std::string warning =
          formatted("the decoder hardly uses z: the z of another %s costs %.2f nats", row_.c_str(),
                    *signs.permutation_gap);
      if (signs.gradient_ratio) {
        warning +=
            formatted(", and the gradient of the NLL at (mu, logvar) is %.2g times that of the KL",
                      *signs.gradient_ratio);
      }
      signs.warnings.push_back(warning);
    } else if (signs.permutation_gap &&
               *signs.permutation_gap < thresholds_.share_of_greatest * greatest_gap_) {
      signs.warnings.push_back(formatted(
          "the decoder uses z less than before: the z of another %s costs %.2f nats, down from "
          "%.2f",
          row_.c_str(), *signs.permutation_gap, greatest_gap_));
    }
  }

  std::string a_row() const { return with_article(row_); }

  EarlySignThresholds thresholds_;
  std::string row_;
  std::uint64_t epochs_ = 0;
  std::array<double, 4> rates_{};
  double greatest_gap_ = 0;
};

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
