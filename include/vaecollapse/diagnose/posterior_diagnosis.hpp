// Looks at stored posteriors as `diagnose` looks at a model, as far as they show it.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <vaecollapse/core/rng.hpp>
#include <vaecollapse/core/shape.hpp>
#include <vaecollapse/core/text.hpp>
#include <vaecollapse/core/view.hpp>
#include <vaecollapse/diagnose/stored_places.hpp>
#include <vaecollapse/diagnose/stored_posteriors.hpp>
#include <vaecollapse/diagnose/stored_warnings.hpp>
#include <vaecollapse/metrics/active_units.hpp>
#include <vaecollapse/metrics/estimate.hpp>
#include <vaecollapse/metrics/importance_weighted.hpp>
#include <vaecollapse/metrics/kl_of_places.hpp>
#include <vaecollapse/metrics/mutual_information.hpp>
#include <vaecollapse/metrics/sequence_parts.hpp>
#include <vaecollapse/metrics/use_of_z.hpp>
#include <vaecollapse/metrics/verdict.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

/// How stored posteriors are looked at.
struct StoredOptions {
  std::uint64_t seed = 1;         ///< of z, where no draws of it are stored
  Index information_rows = 8192;  ///< of which the mutual information is, at most: its cost is N^2
  std::string_view row = "row";   ///< what the verdict calls a row
};

/// -log p(x), from several draws of z.
struct StoredImportance {
  Estimate nll;                  ///< \unit nats per row
  double effective_samples = 0;  ///< mean over rows
};

/// What stored posteriors show. What they do not show is empty. \unit nats per row; accuracy in
/// 0 .. 1
struct PosteriorDiagnosis {
  Index rows = 0;
  Index latent = 0;
  Index samples = 0;  ///< of z that are stored for each row
  MaybeEstimate rate{};
  std::vector<Estimate> kl_per_dimension{};
  std::optional<Index> active_units{};
  std::optional<Index> active_units_less_one{};  ///< by the other divisor
  std::vector<double> variance_of_means{};       ///< of each dimension, over rows
  std::optional<MutualInformation> information{};
  Index information_rows = 0;   ///< of which it is
  MaybeEstimate marginal_kl{};  ///< that of `information`, where the prior is known
  MaybeEstimate nll{};
  std::optional<StoredImportance> importance_weighted{};
  MaybeEstimate accuracy{};
  PermutedFigures permuted{};            ///< with the z of another row
  MaybeEstimate prior_nll_rise{};        ///< with z from the prior
  std::optional<KlOfPlaces> places{};    ///< of a sequence of latents
  PermutedFigures permuted_in_length{};  ///< with the z of another row of as many places
  Index alone = 0;                       ///< rows left out of it: no other has as many
  Verdict verdict{};
  std::vector<std::string> warnings{};
};

namespace detail {

class StoredDiagnosis {
 public:
  StoredDiagnosis(const StoredPosteriors& stored, const StoredOptions& options)
      : stored_(stored), options_(options), densities_(draw_densities(stored)) {
    if (!stored.is_sequence()) return;
    mu_of_places_ = unpadded(stored, stored.mu);
    logvar_of_places_ = unpadded(stored, stored.logvar);
  }

  PosteriorDiagnosis operator()() {
    found_.rows = stored_.rows;
    found_.latent = stored_.latent;
    found_.samples = stored_.samples;
    find_rate();
    find_active_units();
    find_information();
    find_scores();
    find_importance();
    find_verdict();
    add_warnings();
    return found_;
  }

 private:
  std::size_t rows() const { return static_cast<std::size_t>(stored_.rows); }
  std::size_t latent() const { return static_cast<std::size_t>(stored_.latent); }

  void warn(std::optional<std::string> warning) {
    if (warning) found_.warnings.push_back(*std::move(warning));
  }

  /// The KL of each row, by the closed form of Gaussians, else from log densities. Where kl is
  /// stored it is the rate, for it may know of another prior.
  void find_rate() {
    std::vector<double> computed;
    if (stored_.is_gaussian() && densities_.has_standard_prior) {
      computed = gaussian_rates();
    } else if (!densities_.log_q.empty() && !densities_.log_prior.empty()) {
      std::vector<double> difference = densities_.log_q;
      for (std::size_t i = 0; i < difference.size(); ++i) difference[i] -= densities_.log_prior[i];
      computed = column_means(difference, stored_.rows);
    }
    if (!computed.empty()) found_.rate = mean_of_rows(computed);
    if (!stored_.kl.empty()) take_kl(computed);
    if (stored_.is_sequence()) find_places(computed);
  }

  /// The KL by place, and the rate with that of the number of places.
  void find_places(std::vector<double> rates) {
    if (!stored_.kl.empty()) rates = stored_row_kl(stored_);
    if (rates.empty()) return;
    found_.places = stored_kl_of_places(stored_, mu_of_places_, logvar_of_places_);
    if (stored_.kl_length.empty()) return;
    if (found_.places) found_.places->length = mean_of_rows(stored_.kl_length).value;
    for (std::size_t n = 0; n < rates.size(); ++n) rates[n] += stored_.kl_length[n];
    found_.rate = mean_of_rows(rates);
  }

  std::vector<double> gaussian_rates() {
    if (stored_.is_sequence()) {
      const std::vector<double> kl = kl_of_rows(stored_, mu_of_places_, logvar_of_places_);
      find_dimensions(kl);
      return row_sums(kl, stored_.rows);
    }
    std::vector<double> kl(stored_.mu.size());
    for (std::size_t i = 0; i < kl.size(); ++i) {
      kl[i] = kl_of_normal(stored_.mu[i], stored_.logvar[i]);
    }
    find_dimensions(kl);
    return row_sums(kl, stored_.rows);
  }

  /// \shape kl [Z x N]
  void find_dimensions(const std::vector<double>& kl) {
    found_.kl_per_dimension.clear();
    std::vector<double> dimension(rows());
    for (std::size_t d = 0; d < latent(); ++d) {
      for (std::size_t n = 0; n < rows(); ++n) dimension[n] = kl[n * latent() + d];
      found_.kl_per_dimension.push_back(mean_of_rows(dimension));
    }
  }

  void take_kl(const std::vector<double>& computed) {
    const std::vector<double> given = stored_row_kl(stored_);
    found_.rate = mean_of_rows(given);
    const bool has_dimensions =
        !stored_.is_sequence() && latent() > 0 && stored_.kl.size() == latent() * rows();
    std::optional<std::string> warning;
    if (!computed.empty()) {
      warning = kl_warning(mean_of_rows(computed), *found_.rate, mean_difference(given, computed));
    }
    kl_agrees_ = !warning;
    warn(warning);
    if (!kl_agrees_) found_.kl_per_dimension.clear();
    if (has_dimensions) find_dimensions(stored_.kl);
  }

  void find_active_units() {
    if (stored_.mu.empty()) return;
    ActiveUnits units;
    ActiveUnits less_one(0.01, VarianceDivisor::rows_less_one);
    const std::vector<double>& means = stored_.is_sequence() ? mu_of_places_ : stored_.mu;
    const View<const double> mu(means.data(), stored_.latent,
                                static_cast<Index>(means.size()) / stored_.latent);
    units.add(mu);
    less_one.add(mu);
    found_.active_units = units.count();
    found_.active_units_less_one = less_one.count();
    found_.variance_of_means = units.variances();
  }

  /// None of sequences: one row's has no density under another's of other places.
  void find_information() {
    if (stored_.is_sequence()) return;
    if (stored_.is_gaussian()) {
      find_gaussian_information();
    } else if (!stored_.log_q_pairs.empty()) {
      const View<const double> pairs(stored_.log_q_pairs.data(), stored_.rows, stored_.rows);
      std::vector<double> surprisals(rows(), 0.0);
      for (std::size_t n = 0; n < rows() && !densities_.log_prior.empty(); ++n) {
        surprisals[n] = -densities_.log_prior[n * static_cast<std::size_t>(stored_.samples)];
      }
      found_.information = mutual_information(pairs, surprisals);
      found_.information_rows = stored_.rows;
    }
    if (!found_.information) return;
    const bool is_prior_known = stored_.is_gaussian()
                                    ? densities_.has_standard_prior || has_stored_draws_of_prior()
                                    : !densities_.log_prior.empty();
    if (is_prior_known && kl_agrees_) found_.marginal_kl = found_.information->marginal_kl;
  }

  bool has_stored_draws_of_prior() const {
    return !stored_.z.empty() && !stored_.log_prior.empty();
  }

  /// Of all rows, or of as many as may be, which lie evenly among them.
  void find_gaussian_information() {
    const Index count = std::min(stored_.rows, std::max(options_.information_rows, Index{2}));
    std::vector<double> mu, logvar, z, surprisals;
    for (Index i = 0; i < count; ++i) {
      const auto row = static_cast<std::size_t>(i * stored_.rows / count);
      const auto begin = static_cast<std::ptrdiff_t>(row * latent());
      const auto take = [&](const std::vector<double>& from, std::vector<double>& to,
                            std::ptrdiff_t at) {
        to.insert(to.end(), from.begin() + at,
                  from.begin() + at + static_cast<std::ptrdiff_t>(latent()));
      };
      take(stored_.mu, mu, begin);
      take(stored_.logvar, logvar, begin);
      if (stored_.z.empty()) {
        add_draw(row, z);
      } else {
        take(stored_.z, z, begin * stored_.samples);
      }
      surprisals.push_back(surprisal_of(row, z));
    }
    const auto view = [&](const std::vector<double>& values) {
      return View<const double>(values.data(), stored_.latent, count);
    };
    found_.information = mutual_information(view(mu), view(logvar), view(z), surprisals);
    found_.information_rows = count;
  }

  /// A draw of z of one row, behind those of others.
  void add_draw(std::size_t row, std::vector<double>& z) const {
    const Draws draws(options_.seed, 0, Pass::diagnose);
    std::vector<double> noise(latent());
    const auto address = static_cast<std::uint32_t>(row);
    fill_normal(draws, Stream::latent, std::span(&address, 1), 0,
                View<double>(noise.data(), stored_.latent, 1));
    for (std::size_t d = 0; d < latent(); ++d) {
      const std::size_t i = row * latent() + d;
      z.push_back(stored_.mu[i] + std::exp(stored_.logvar[i] / 2) * noise[d]);
    }
  }

  /// -log p of the last of these z.
  double surprisal_of(std::size_t row, const std::vector<double>& z) const {
    if (has_stored_draws_of_prior()) {
      return -stored_.log_prior[row * static_cast<std::size_t>(stored_.samples)];
    }
    double twice = 0;
    for (std::size_t i = z.size() - latent(); i < z.size(); ++i) {
      twice += twice_surprisal(z[i], 0, 0);
    }
    return twice / 2;
  }

  void find_scores() {
    const std::vector<double> nll =
        stored_.nll.empty() ? stored_.nll : column_means(stored_.nll, stored_.rows);
    if (!nll.empty()) found_.nll = mean_of_rows(nll);
    if (!stored_.correct.empty()) found_.accuracy = mean_of_rows(stored_.correct);
    const auto change = [](const std::vector<double>& more, const std::vector<double>& less) {
      MaybeEstimate mean;
      if (!more.empty() && !less.empty()) mean = mean_difference(more, less);
      return mean;
    };
    found_.permuted.nll_rise = change(stored_.nll_permuted, nll);
    found_.permuted.accuracy_fall = change(stored_.correct, stored_.correct_permuted);
    found_.prior_nll_rise = change(stored_.nll_prior, nll);
    if (!stored_.is_sequence()) return;
    const auto shared = [&](const std::vector<double>& column) {
      return of_shared_places(stored_.places, column);
    };
    found_.alone = stored_.rows - static_cast<Index>(shared(stored_.places).size());
    found_.permuted_in_length.nll_rise =
        change(shared(stored_.nll_permuted_in_length), shared(nll));
    found_.permuted_in_length.accuracy_fall =
        change(shared(stored_.correct), shared(stored_.correct_permuted_in_length));
  }

  /// Needs an NLL for each of several draws.
  void find_importance() {
    const auto samples = static_cast<std::size_t>(stored_.samples);
    const std::size_t draws = samples * rows();
    if (samples < 2 || stored_.nll.size() != draws || densities_.log_q.size() != draws ||
        densities_.log_prior.size() != draws) {
      return;
    }
    std::vector<double> nll;
    double effective = 0;
    for (std::size_t n = 0; n < rows(); ++n) {
      ImportanceWeights weights;
      for (std::size_t i = n * samples; i < (n + 1) * samples; ++i) {
        weights.add(densities_.log_prior[i] - stored_.nll[i] - densities_.log_q[i]);
      }
      nll.push_back(weights.nll());
      effective += weights.effective_samples() / static_cast<double>(rows());
    }
    found_.importance_weighted = {mean_of_rows(nll), effective};
  }

  /// Not where the posteriors give another, nor where it is below 0: then what the z of another row
  /// costs decides alone.
  bool is_rate_believed() const { return kl_agrees_ && !is_rate_negative(); }
  bool is_rate_negative() const {
    return found_.rate && found_.rate->value < -3 * found_.rate->standard_error;
  }

  void find_verdict() {
    const auto value = [](const MaybeEstimate& estimate) {
      return estimate ? std::optional(estimate->value) : std::nullopt;
    };
    found_.verdict = judge({.nll = value(found_.nll),
                            .rate = is_rate_believed() ? value(found_.rate) : std::nullopt,
                            .accuracy = value(found_.accuracy),
                            .permuted = found_.permuted,
                            .permuted_in_length = found_.permuted_in_length,
                            .length_rate = length_rate(),
                            .is_sequence = stored_.is_sequence(),
                            .row = options_.row});
  }

  std::optional<double> length_rate() const {
    if (stored_.kl_length.empty() || !is_rate_believed()) return std::nullopt;
    return mean_of_rows(stored_.kl_length).value;
  }

  void add_warnings() {
    if (stored_.is_gaussian() && !densities_.has_standard_prior) {
      warn(
          stored_.z.empty()
              ? "log_prior without z does not show whether the prior is N(0, I)"
              : "log_prior is not that of N(0, I) at z, so the rate is a mean over draws of z, and "
                "there is no KL for each dimension");
    }
    warn(scatter_warning(stored_));
    warn(width_warning(stored_.is_sequence() ? logvar_of_places_ : stored_.logvar));
    warn(pairs_warning(stored_));
    warn(same_posteriors_warning(stored_, stored_.is_sequence() ? found_.permuted_in_length.nll_rise
                                                                : found_.permuted.nll_rise));
    add_row_warnings(stored_, found_.warnings);
    if (is_rate_negative()) {
      warn("the rate is below 0, which no KL is: log_q and log_prior may be exchanged");
    }
    if (found_.information) warn(cap_warning(*found_.information));
    if (found_.importance_weighted && found_.importance_weighted->effective_samples < 2) {
      warn(formatted(
          "of %lld draws of z %.1f are effective: the importance-weighted NLL is still "
          "too high",
          static_cast<long long>(stored_.samples), found_.importance_weighted->effective_samples));
    }
    constexpr std::size_t few = 50;
    if (rows() < few) {
      warn(
          formatted("there are %lld rows: take some hundreds or more, for standard errors of so "
                    "few are rough",
                    static_cast<long long>(stored_.rows)));
    }
  }

  const StoredPosteriors& stored_;
  const StoredOptions& options_;
  const DrawDensities densities_;
  std::vector<double> mu_of_places_, logvar_of_places_;  ///< of sequences \shape [Z x places]
  bool kl_agrees_ = true;
  PosteriorDiagnosis found_;
};

}  // namespace detail

/// Looks at stored posteriors. With mu and logvar the prior is N(0, I) unless log_prior or kl tells
/// otherwise.
/// \throws Error for arrays whose sizes do not fit, and for less than two rows
/// \cost that of the mutual information, O(R^2 Z) for R rows of `information_rows`
inline PosteriorDiagnosis diagnose(const StoredPosteriors& stored,
                                   const StoredOptions& options = {}) {
  detail::check_sizes(stored);
  detail::check_places(stored);
  return detail::StoredDiagnosis(stored, options)();
}

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
