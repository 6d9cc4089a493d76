// The z along the way between those of two words.
#pragma once

#include <cstdint>

#include <vaecollapse/latent/interpolate.hpp>
#include <vaecollapse/metrics/latent_rows.hpp>

#include "kit/network/latent_shape.hpp"

namespace reinflection {

/// `steps` + 1 z from the first of `ends` to the second, both among them. Between sequences of S
/// and T places the one at t has the whole number of places nearest to (1 - t) S + t T. Its k-th
/// place of n stands at k / (n - 1) of the way through the word, and lies between those places of
/// the two words that stand nearest to there; so the first places meet, and the last ones.
/// \pre two ends
vaecollapse::LatentRows<float> latent_line(const vaecollapse::LatentRows<float>& ends,
                                           const kit::LatentShape& shape, std::uint64_t steps,
                                           vaecollapse::Interpolation interpolation);

}  // namespace reinflection
