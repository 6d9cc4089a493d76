// Auxiliary losses: losses that a network is trained on besides reconstruction and rate.
#pragma once

#include <algorithm>
#include <array>
#include <concepts>
#include <cstddef>
#include <optional>
#include <utility>

#include <vaecollapse/autodiff/tape.hpp>
#include <vaecollapse/core/visit.hpp>
#include <vaecollapse/data/batch.hpp>
#include <vaecollapse/latent/gaussian.hpp>
#include <vaecollapse/model/vae_terms.hpp>
#include <vaecollapse/objective/concepts.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

/// `loss(cx, posterior, batch)` gives a scalar, the mean over the batch without its weight.
template <class T>
concept GivesAuxiliaryLoss = requires(const T& loss, Tape<float>& tape,
                                      const Posterior<float>& posterior, const Batch& batch) {
  { loss(tape, posterior, batch) } -> std::same_as<Var<float, 0>>;
};

/// `loss.weight()`: what it is multiplied by in the sum that is minimised.
template <class T>
concept HasLossWeight = requires(const T& loss) {
  { loss.weight() } -> std::convertible_to<double>;
};

/// A loss that needs the tape. It may read the posterior, z and all of the batch.
template <class T>
concept AuxiliaryLoss = GivesAuxiliaryLoss<T> && HasLossWeight<T> && std::copy_constructible<T>;

/// An auxiliary loss that may be missing, for programs that choose at run time. Where it is
/// missing it is 0 and weighs nothing.
template <AuxiliaryLoss Loss>
class OptionalLoss {
 public:
  OptionalLoss() = default;
  OptionalLoss(Loss loss) : loss_(std::move(loss)) {}

  double weight() const { return loss_ ? loss_->weight() : 0; }

  template <Context C, class Scalar = typename C::scalar_type>
  Var<Scalar, 0> operator()(C& cx, const Posterior<Scalar>& posterior, const Batch& batch) const {
    if (loss_) return (*loss_)(cx, posterior, batch);
    const auto nothing = cx.template make<0>(Shape<0>{});
    *nothing.data() = 0;
    return nothing;
  }

 private:
  std::optional<Loss> loss_;
};

/// An objective and what is added to it. No rate policy itself: what scales or anneals a rate
/// leaves auxiliary losses alone, so they are added last.
template <class Objective, AuxiliaryLoss Loss>
class WithAuxiliary {
 public:
  WithAuxiliary(Objective objective, Loss loss)
      : objective_(std::move(objective)), loss_(std::move(loss)) {}

  const Objective& objective() const { return objective_; }
  Objective& objective() { return objective_; }
  const Loss& loss() const { return loss_; }

 private:
  Objective objective_;
  Loss loss_;
};

namespace detail {

template <class T>
struct AuxiliaryTraits {
  static constexpr std::size_t count = 0;
  static constexpr bool holds_policy = RatePolicy<T>;
};
template <class Objective, class Loss>
struct AuxiliaryTraits<WithAuxiliary<Objective, Loss>> {
  static constexpr std::size_t count = AuxiliaryTraits<Objective>::count + 1;
  static constexpr bool holds_policy = AuxiliaryTraits<Objective>::holds_policy;
};

}  // namespace detail

/// How many auxiliary losses an objective has.
template <class T>
inline constexpr std::size_t auxiliary_count = detail::AuxiliaryTraits<T>::count;

/// What a network can be trained for: a rate policy, with any number of auxiliary losses.
template <class T>
concept TrainingObjective = detail::AuxiliaryTraits<T>::holds_policy && std::copy_constructible<T>;

/// `FreeBits<1>(60.0) + BagOfCharacters(...)`.
template <TrainingObjective Objective, AuxiliaryLoss Loss>
WithAuxiliary<Objective, Loss> operator+(Objective objective, Loss loss) {
  return {std::move(objective), std::move(loss)};
}

/// The rate policy under all auxiliary losses.
template <TrainingObjective Objective>
auto& rate_policy(Objective& objective) {
  if constexpr (auxiliary_count<Objective> == 0) {
    return objective;
  } else {
    return rate_policy(objective.objective());
  }
}
/// The part of an objective that prices the rate: all of it where there is no auxiliary loss.
template <TrainingObjective Objective>
const auto& rate_policy(const Objective& objective) {
  if constexpr (auxiliary_count<Objective> == 0) {
    return objective;
  } else {
    return rate_policy(objective.objective());
  }
}

/// All auxiliary losses of an objective, in the order in which they were added.
template <Context C, TrainingObjective Objective, class Scalar = typename C::scalar_type>
auto auxiliary_terms(C& cx, const Objective& objective, const Posterior<Scalar>& posterior,
                     const Batch& batch) {
  constexpr std::size_t count = auxiliary_count<Objective>;
  std::array<AuxiliaryTerm<Scalar>, count> terms;
  if constexpr (count > 0) {
    const auto before = auxiliary_terms(cx, objective.objective(), posterior, batch);
    std::copy(before.begin(), before.end(), terms.begin());
    terms.back() = {objective.loss()(cx, posterior, batch), objective.loss().weight()};
  }
  return terms;
}

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
