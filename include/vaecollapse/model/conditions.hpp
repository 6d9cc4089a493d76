// What a decoder predicts words from: z, and what there is besides.
#pragma once

#include <vaecollapse/autodiff/var.hpp>
#include <vaecollapse/core/check.hpp>
#include <vaecollapse/core/sequence.hpp>
#include <vaecollapse/core/shape.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

/// What the words of a batch are predicted from. A decoder reads the members that it has
/// parameters for, so one without tags reads no tags. \shape columns or rows of B examples
template <class Scalar, class Z = Var<Scalar, 2>>
struct Conditions {
  Z z;
  TagSets tags = {};
  /// A vector for each row, such as the code of another encoder or the embedding of a class; a
  /// default Var where there is none. \shape [C x B]
  Var<Scalar, 2> context = {};
};

namespace detail {

/// The type of the latent that a decoder reads: what it calls `latent<Scalar>`, or a vector a row.
template <class D, class Scalar>
struct LatentOf {
  using type = Var<Scalar, 2>;
};
template <class D, class Scalar>
requires requires { typename D::template latent<Scalar>; }
struct LatentOf<D, Scalar> {
  using type = typename D::template latent<Scalar>;
};

/// What a decoder is called with.
template <class D, class Scalar>
using ConditionsOf = Conditions<Scalar, typename LatentOf<D, Scalar>::type>;

/// B, the number of rows that a latent is of.
template <class Scalar>
Index rows_of_latent(const Var<Scalar, 2>& z) {
  return z.shape()[1];
}
template <class Scalar>
Index rows_of_latent(const Sequence<Scalar>& z) {
  return z.plan->batch();
}

}  // namespace detail

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
