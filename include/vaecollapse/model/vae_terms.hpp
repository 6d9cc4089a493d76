// The terms of a model's loss as a network hands them on: what `backward` of model/step.hpp takes.
#pragma once

#include <span>

#include <vaecollapse/autodiff/var.hpp>
#include <vaecollapse/core/kl_rows.hpp>
#include <vaecollapse/core/shape.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

/// The terms of the loss of a batch, on a tape or workspace.
/// \shape nll [B], kl [G x B] \unit nats per word
template <class Scalar>
struct VaeTerms {
  Var<Scalar, 1> nll;
  Var<Scalar, 2> kl;
  /// The mean number of symbols of a target, its end counted.
  double symbols = 0;
  /// The number of entries of each row's KL, of a sequence of latents. \shape [B], or empty
  std::span<const Index> places{};
  /// The rows of the KL of such a sequence that are no places.
  KlRows leading{};
};

/// An auxiliary loss of one step. \unit loss: nats per word, without the weight
template <class Scalar>
struct AuxiliaryTerm {
  Var<Scalar, 0> loss;
  double weight = 0;
};

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
