// No noise in training, as a published system has it.
#pragma once

#include <cstdint>
#include <span>
#include <utility>

#include <vaecollapse/core/rng.hpp>
#include <vaecollapse/latent/wrapper.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI::compat {

/// A posterior family whose sample, for the draws of training, is the mean: nothing makes the
/// posterior wide but the KL. Evaluation and diagnosis sample as they do otherwise, so that they
/// show such a posterior as it is. A switch to reproduce systems that do so.
/// \source github.com/akashrajkn/akruti
template <class Family>
class MeanInTraining : public PosteriorWrapper<Family> {
 public:
  /// \param on false leaves the family as it is
  explicit MeanInTraining(Family family, bool on = true)
      : PosteriorWrapper<Family>(std::move(family)), on_(on) {}

  template <Context C, class Q, class Scalar = typename C::scalar_type>
  auto sample(C& cx, const Q& q, const Draws& draws, std::span<const std::uint32_t> rows,
              std::uint32_t number = 0) const {
    if (on_ && draws.pass() == Pass::train) return this->mean(q);
    return this->wrapped().sample(cx, q, draws, rows, number);
  }

 private:
  bool on_;
};

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI::compat
