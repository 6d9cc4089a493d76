// Signs by which a collapse shows while a model is being trained.
#pragma once

#include <optional>

#include <vaecollapse/config.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

/// Each is empty where it is not known. \unit nats per word
struct EarlySigns {
  std::optional<double> rate_slope;  ///< of the rate on dev, for each epoch
  /// Norm of the gradient of the NLL by (mu, logvar) over that of the KL: far below 1 where the
  /// decoder hardly listens.
  std::optional<double> gradient_ratio;
  std::optional<double> permutation_gap;   ///< what the z of another word costs of NLL
  std::optional<double> amortisation_gap;  ///< what better posteriors would save at no more rate

  friend bool operator==(const EarlySigns&, const EarlySigns&) = default;
};

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
