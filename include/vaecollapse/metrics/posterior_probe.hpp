// What a probe of posteriors finds. evaluate/prober.hpp computes it.
#pragma once

#include <cstdint>

#include <vaecollapse/core/rng.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

/// How the best posterior of an example is searched for.
struct PosteriorProbeOptions {
  std::uint32_t steps = 30;    ///< of Adam on mu and logvar
  double learning_rate = 0.1;  ///< of Adam, so in standard deviations of the prior
  std::uint32_t samples = 4;   ///< of z, for each gradient and each value
  Seed seed{0};
};

/// \unit nats per word, gradients of the batch's mean
struct PosteriorProbe {
  /// Norms of the gradients that reach (mu, logvar). A ratio far below 1 means that the
  /// decoder hardly uses z.
  double nll_gradient = 0;
  double kl_gradient = 0;
  /// The weight of the KL at which the posteriors' widths would be at rest:
  /// -sum dNLL/dlogvar / sum dKL/dlogvar. 1 at the optimum of the ELBO; below it the rate is held
  /// up, above it down.
  double kl_price = 0;
  /// How much NLL + max(KL, R) falls when (mu, logvar) are optimised for each word directly, R
  /// being the encoder's rate: a KL below R earns nothing, so that a rate that is held up on
  /// purpose is no gap. \source the amortisation gap of Cremer et al. 2018, with that floor
  double gap = 0;
  /// How much the NLL rises when each word is given the z of the next.
  double permutation_gap = 0;
};

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
