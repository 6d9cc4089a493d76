// The inputs of an objective (the terms of the loss, as numbers), and its outputs (the seeds of the
// backward pass, and a report).
#pragma once

#include <span>
#include <string_view>

#include <vaecollapse/core/check.hpp>
#include <vaecollapse/core/kl_rows.hpp>
#include <vaecollapse/core/shape.hpp>
#include <vaecollapse/core/view.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

/// The terms of one step, over the whole batch. Owns nothing.
struct Terms {
  /// \shape G x B (G = Z for a Gaussian; 1 where a KL has no per-dimension form; for a sequence of
  /// latents the `leading` rows and most places, zero behind the last of a row) \unit nats
  View<const double> kl;
  /// \shape B \unit nats per word
  std::span<const double> nll;
  /// T, the mean number of symbols of a target, its end counted; 0 where it is not known.
  double symbols = 0;
  /// The number of entries of each row's KL, of a sequence of latents: its leading rows and its
  /// places; empty where there is none. \shape B
  std::span<const Index> places{};
  /// The rows of such a KL that are no places.
  KlRows leading{};

  Index batch() const { return kl.columns; }
  /// The mean number of entries of a row's KL.
  double entries() const {
    if (places.empty()) return static_cast<double>(kl.rows);
    double total = 0;
    for (const Index of_row : places) total += static_cast<double>(of_row);
    return total / static_cast<double>(places.size());
  }
};

/// The derivatives of the loss with respect to the terms, of the same shapes. Owns nothing.
/// `evaluate` overwrites every entry.
struct Seeds {
  View<double> kl;
  std::span<double> nll;
};

/// What happened in one step. \unit nats per word, save the two weights
struct Report {
  /// What is minimised: nll + penalty, and auxiliary losses with their weights.
  double loss = 0;
  double nll = 0;
  /// The mean KL, raw: no weight, no floor. This is what a controller sees.
  double rate = 0;
  /// What the KL adds to the loss.
  double penalty = 0;
  /// The product of all weights on the KL.
  double kl_weight = 1;
  /// The multiplier of a constraint on the rate; 0 where there is none.
  double multiplier = 0;
  /// The sum of auxiliary losses, without their weights. No policy sees it.
  double auxiliary = 0;
};

/// The sum of all entries, column by column, so that the result never depends on how it is run.
inline double sum(View<const double> entries) {
  double total = 0;
  for (Index b = 0; b < entries.columns; ++b) {
    double column = 0;
    for (Index d = 0; d < entries.rows; ++d) column += entries(d, b);
    total += column;
  }
  return total;
}

/// Sets every entry of a view.
inline void fill(View<double> entries, double value) {
  for (Index b = 0; b < entries.columns; ++b) {
    for (Index d = 0; d < entries.rows; ++d) entries(d, b) = value;
  }
}

/// What every rate policy begins with: checks the shapes, seeds the reconstruction term with 1/B
/// and reports `nll` and `rate`; `loss` is the NLL alone, and the KL seeds are 0.
/// \throws ShapeError for an empty batch, or where terms and seeds differ
inline Report report_reconstruction(std::string_view policy, const Terms& terms, Seeds& seeds) {
  const Shape<1> nll{{static_cast<Index>(terms.nll.size())}};
  const Shape<1> dnll{{static_cast<Index>(seeds.nll.size())}};
  require_shapes(terms.batch() > 0, policy, {{"kl", terms.kl.shape()}, {"nll", nll}},
                 "the batch must not be empty");
  require_shapes(nll[0] == terms.batch(), policy, {{"kl", terms.kl.shape()}, {"nll", nll}},
                 "nll must have one entry for each column of kl");
  require_shapes(
      seeds.kl.shape() == terms.kl.shape() && dnll == nll, policy,
      {{"kl", terms.kl.shape()}, {"dkl", seeds.kl.shape()}, {"nll", nll}, {"dnll", dnll}},
      "seeds must have the shapes of the terms");
  const double batch = static_cast<double>(terms.batch());
  Report report;
  for (const double word : terms.nll) report.nll += word;
  for (double& seed : seeds.nll) seed = 1 / batch;
  fill(seeds.kl, 0);
  report.nll /= batch;
  report.rate = sum(terms.kl) / batch;
  report.loss = report.nll;
  return report;
}

/// For a policy that divides the rows of the KL into groups, or takes each by itself.
/// \throws ShapeError for places of a sequence and more groups than one
inline void require_no_places(std::string_view policy, const Terms& terms, Index groups) {
  if (terms.places.empty() || groups == 1) return;
  raise(ShapeError(policy, {{"kl", terms.kl.shape()}},
                   "the rows of this kl are places of a sequence of latents, and rows have other "
                   "numbers of them: they take one group"));
}

/// For a policy that is a function f of the rate alone: f(R) is the penalty, and f'(R) / B the seed
/// of every KL.
inline void pay_for_rate(double penalty, double slope, Seeds& seeds, Report& report) {
  fill(seeds.kl, slope / static_cast<double>(seeds.kl.columns));
  report.penalty = penalty;
  report.loss = report.nll + report.penalty;
}

/// Multiplies all that a policy computed from the KL: seeds, penalty and weight. The rate stays
/// raw.
inline void scale_penalty(double weight, Seeds& seeds, Report& report) {
  for (Index b = 0; b < seeds.kl.columns; ++b) {
    for (Index d = 0; d < seeds.kl.rows; ++d) seeds.kl(d, b) *= weight;
  }
  report.penalty *= weight;
  report.kl_weight *= weight;
  report.loss = report.nll + report.penalty;
}

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
