// What `reinflect diagnose` finds out about a model.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <vaecollapse/evaluate/prober.hpp>
#include <vaecollapse/evaluate/sensitivity.hpp>
#include <vaecollapse/metrics/elbo_terms.hpp>
#include <vaecollapse/metrics/importance_weighted.hpp>
#include <vaecollapse/metrics/mutual_information.hpp>
#include <vaecollapse/metrics/posterior_trajectory.hpp>
#include <vaecollapse/metrics/use_of_z.hpp>
#include <vaecollapse/metrics/verdict.hpp>
#include <vaecollapse/tasks/reinflection/rows.hpp>

#include "trained_model.hpp"

namespace reinflection {

struct DiagnosisOptions {
  std::uint64_t samples = 100;     ///< of z, for the importance-weighted NLL of each row
  std::uint64_t probe_rows = 128;  ///< for what is done once for each dimension, or many times
  /// By which the accuracy on dev rose, an epoch, at the end of training; empty: it is not known.
  std::optional<double> accuracy_gain{};
};

/// The means of the posteriors that the model implies, beside those of the encoder.
struct MeansOnGrid {
  vaecollapse::Index rows = 0;
  vaecollapse::PosteriorMeans::Spread spread;
  double edge_mass = 0;
  bool is_too_coarse = false;  ///< the grid, for the narrowest of the model's posteriors
};

/// \unit nats per word; accuracy in 0 .. 1
struct Diagnosis {
  vaecollapse::Index rows = 0;
  vaecollapse::Index probe_rows = 0;
  vaecollapse::ElboTerms elbo;
  std::vector<double> kl_per_dimension;  ///< one entry where the prior allows no more
  vaecollapse::Index active_units = 0;
  vaecollapse::Index active_units_less_one = 0;  ///< by the other divisor
  vaecollapse::MutualInformation information;
  vaecollapse::ImportanceWeightedNll importance_weighted;
  double accuracy = 0;
  double accuracy_of_copies = 0;                ///< of the sources as guesses
  vaecollapse::Ablation permuted;               ///< with the z of another row
  vaecollapse::Ablation prior;                  ///< with z from the prior
  std::vector<vaecollapse::Ablation> zeroed;    ///< with z_d = 0, on the probe rows
  vaecollapse::PosteriorProbe probe;            ///< on the probe rows
  vaecollapse::DecoderSensitivity sensitivity;  ///< on the probe rows
  double noise_cost = 0;
  std::optional<MeansOnGrid> means;  ///< for z of one or two dimensions
  vaecollapse::Verdict verdict;

  double accuracy_permuted() const { return accuracy - permuted.accuracy_fall.value; }
  double accuracy_prior() const { return accuracy - prior.accuracy_fall.value; }
};

/// \pre two rows at least
Diagnosis diagnose(TrainedModel& model, std::span<const vaecollapse::reinflection::Example> rows,
                   const DiagnosisOptions& options);

/// What a reader should know before he believes a figure.
std::vector<std::string> warnings(const Diagnosis& diagnosis);

}  // namespace reinflection
