// The results of a diagnosis: plain numbers, and warnings to their reader.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <vaecollapse/core/shape.hpp>
#include <vaecollapse/core/text.hpp>
#include <vaecollapse/diagnose/posterior_figures.hpp>
#include <vaecollapse/diagnose/use_of_places.hpp>
#include <vaecollapse/metrics/elbo_terms.hpp>
#include <vaecollapse/metrics/importance_weighted.hpp>
#include <vaecollapse/metrics/posterior_trajectory.hpp>
#include <vaecollapse/metrics/task_progress.hpp>
#include <vaecollapse/metrics/use_of_z.hpp>
#include <vaecollapse/metrics/verdict.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

/// The precision of a diagnosis, and the facts that only its caller knows.
struct DiagnosisOptions {
  std::uint64_t samples = 100;     ///< of z, for the importance-weighted NLL of each row
  std::uint64_t probe_rows = 128;  ///< for what is done once for each dimension, or many times
  /// The accuracy without a model, and how training ended; empty where it is not known.
  TaskBaseline baseline{};
  RowKind kind = RowKind::answer;  ///< decides what the task is judged by
};

/// The means of the posteriors that the model implies, beside those of the encoder.
struct MeansOnGrid {
  Index rows = 0;
  PosteriorMeans::Spread spread;
  double edge_mass = 0;
  bool is_too_coarse = false;  ///< the grid, for the narrowest of the model's posteriors
};

/// What a posterior family does not allow is empty, and `left_out` gives the reason.
/// \unit nats per word; accuracy in 0 .. 1
struct Diagnosis : PosteriorFigures {
  Index rows = 0;
  Index probe_rows = 0;
  ElboTerms elbo;
  std::optional<ImportanceWeightedNll> importance_weighted;  ///< where there is a prior
  double accuracy = 0;
  Ablation permuted;                              ///< with the z of another row
  std::optional<Ablation> prior;                  ///< with z from the prior, where there is one
  std::vector<Ablation> zeroed;                   ///< with z_d = 0, on the probe rows
  double noise_cost = 0;                          ///< how much lower the NLL is from the mean of z
  std::optional<double> posterior_gap;            ///< see `PosteriorProbe`; on the probe rows
  std::optional<double> kl_price;                 ///< see `PosteriorProbe`; on the probe rows
  std::optional<double> nll_gradient;             ///< see `PosteriorProbe`; on the probe rows
  std::optional<double> kl_gradient;              ///< see `PosteriorProbe`; on the probe rows
  double sensitivity = 0;                         ///< see `DecoderSensitivity`; on the probe rows
  std::vector<double> sensitivity_per_dimension;  ///< on the probe rows
  std::optional<UseOfPlaces> use_of_places;       ///< of a sequence of latents
  std::optional<MeansOnGrid> means;               ///< for z of one or two dimensions
  TaskBaseline baseline;                          ///< that of the options
  RowKind kind = RowKind::answer;                 ///< that of the options
  Verdict verdict;
  std::vector<std::string> left_out;  ///< sentences: what is empty, and why

  double accuracy_permuted() const { return accuracy - permuted.accuracy_fall.value; }
  std::optional<double> accuracy_prior() const {
    return prior ? std::optional(accuracy - prior->accuracy_fall.value) : std::nullopt;
  }
  /// That of the rows with a z of another in which only z differs: of as many places, where z is a
  /// sequence.
  const Ablation& permuted_z() const {
    return use_of_places && use_of_places->permuted ? *use_of_places->permuted : permuted;
  }
  std::optional<double> nll_prior() const {
    return prior ? std::optional(elbo.nll + prior->nll_rise.value) : std::nullopt;
  }
};

namespace detail {

inline bool is_off_grid(const Diagnosis& diagnosis) {
  return diagnosis.means && (diagnosis.means->edge_mass > 1e-3 || diagnosis.means->is_too_coarse);
}

}  // namespace detail

/// Reasons to doubt some figures, in sentences.
inline std::vector<std::string> warnings(const Diagnosis& diagnosis) {
  std::vector<std::string> all;
  const auto warn = [&](const char* format, auto... numbers) {
    all.push_back(formatted(format, numbers...));
  };
  if (auto of_cap = cap_warning(diagnosis.information)) all.push_back(*std::move(of_cap));
  const auto& weighted = diagnosis.importance_weighted;
  if (weighted && weighted->samples > 1 && weighted->effective_samples < 2) {
    warn("of %lld samples %.1f are effective: the importance-weighted NLL is still too high",
         static_cast<long long>(weighted->samples), weighted->effective_samples);
  }
  if (detail::is_off_grid(diagnosis)) {
    all.emplace_back(
        "posteriors of the model reach beyond the grid that their means are found by, or lie "
        "between its points: those means are not exact");
  }
  return all;
}

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
