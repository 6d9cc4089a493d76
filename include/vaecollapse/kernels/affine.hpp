// y = W^T x + b for all columns at once, and its gradients.
#pragma once

#include <vaecollapse/kernels/chunk.hpp>
#include <vaecollapse/kernels/gemm.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI::kernels {

/// Numbers of scratch that `affine_forward` needs for weights [I x O].
template <class Scalar>
constexpr Index affine_forward_scratch(Index input, Index output) {
  return packed_size<Scalar>(output, input);
}

/// \shape weights [I x O], bias [O] or null, x [I x N], y [O x N]
/// \cost 2 I O N flops and the packing of W
template <class Scalar>
void affine_forward(View<const Scalar> weights, const Scalar* bias, View<const Scalar> x,
                    View<Scalar> y, Output output, Scalar* scratch, Team& team) {
  gemm(pack_transposed(weights, scratch, team), as_is(x), y, output, team, bias);
}

/// dx += W dy. Scratch: packed_size(I, O).
template <class Scalar>
void affine_input_backward(View<const Scalar> weights, View<const Scalar> dy, View<Scalar> dx,
                           Scalar* scratch, Team& team) {
  gemm(pack(weights, scratch, team), as_is(dy), dx, Output::accumulate, team);
}

/// dW += x dy^T. Scratch: packed_size(I, N).
template <class Scalar>
void affine_weights_backward(View<const Scalar> x, View<const Scalar> dy, View<Scalar> dweights,
                             Scalar* scratch, Team& team) {
  gemm(pack(x, scratch, team), transposed(dy), dweights, Output::accumulate, team);
}

/// db += the sum of dy's columns.
template <class Scalar>
void affine_bias_backward(View<const Scalar> dy, Scalar* dbias, Team& team) {
  split_features<Scalar>(team, dy.rows, [&](Index first, Index count) {
    for (Index j = 0; j < dy.columns; ++j) add(count, dy.column(j) + first, dbias + first);
  });
}

namespace naive {

/// The reference of `affine_forward`.
template <class Scalar>
void affine_forward(View<const Scalar> weights, const Scalar* bias, View<const Scalar> x,
                    View<Scalar> y) {
  for (Index j = 0; j < x.columns; ++j) {
    for (Index o = 0; o < weights.columns; ++o) {
      Scalar sum = bias != nullptr ? bias[o] : Scalar(0);
      for (Index i = 0; i < weights.rows; ++i) sum += weights(i, o) * x(i, j);
      y(o, j) = sum;
    }
  }
}

/// The reference of the three backward kernels.
template <class Scalar>
void affine_backward(View<const Scalar> weights, View<const Scalar> x, View<const Scalar> dy,
                     View<Scalar> dx, View<Scalar> dweights, Scalar* dbias) {
  for (Index j = 0; j < x.columns; ++j) {
    for (Index o = 0; o < weights.columns; ++o) {
      dbias[o] += dy(o, j);
      for (Index i = 0; i < weights.rows; ++i) {
        dx(i, j) += weights(i, o) * dy(o, j);
        dweights(i, o) += x(i, j) * dy(o, j);
      }
    }
  }
}

}  // namespace naive

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI::kernels
