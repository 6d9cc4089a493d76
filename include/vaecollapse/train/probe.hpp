// What an epoch looks at for early signs of a collapse.
#pragma once

#include <algorithm>
#include <concepts>

#include <vaecollapse/core/rng.hpp>
#include <vaecollapse/core/shape.hpp>
#include <vaecollapse/data/batch.hpp>
#include <vaecollapse/data/corpus.hpp>
#include <vaecollapse/evaluate/evaluation.hpp>
#include <vaecollapse/evaluate/prober.hpp>
#include <vaecollapse/evaluate/probing.hpp>
#include <vaecollapse/metrics/early_signs.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

/// `ProbedSigns look(probing, dev, seed) const`; what it cannot measure is left empty.
template <class T, class Network, class Rows>
concept SignProbe = std::copy_constructible<T> &&
    requires(const T& probe, Probing<Network>& probing, const Rows& dev, Seed seed) {
  { probe.look(probing, dev, seed) } -> std::same_as<ProbedSigns>;
};

/// A probe of the posteriors of the first words of dev. A few steps and one sample of each: a
/// sign, and not a measurement.
struct PosteriorSigns {
  Index rows = 32;  ///< of dev; fewer than 2: none are looked at

  template <class Network, SymbolRows Rows>
  ProbedSigns look(Probing<Network>& probing, const Rows& dev, Seed seed) const {
    const Index size = std::min(rows, dev.size());
    if (size < 2) return {};
    Batch probed;
    probed.assign(dev, detail::rows_in_order(size));
    const PosteriorProbe found =
        probe_posteriors(probing, probed, {.steps = 5, .samples = 1, .seed = seed});
    return {found.gradient_ratio(), found.permutation_gap, found.gap};
  }
};

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
