// Layer normalisation: each column of a matrix to mean 0 and variance 1 over its rows, then
// scaled and shifted row by row.
#pragma once

#include <cmath>

#include <vaecollapse/core/team.hpp>
#include <vaecollapse/core/view.hpp>
#include <vaecollapse/kernels/chunk.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI::kernels {

/// By what each column is normalised: n = (x - mean) inverse. \shape both [N]
template <class Scalar>
struct ColumnNorms {
  Scalar* mean;
  Scalar* inverse;  ///< 1 / sqrt(variance + epsilon), of the biased variance

  ColumnNorms from(Index column) const { return {mean + column, inverse + column}; }
};

namespace detail {

/// The sum of (x - mean)^2, lane by lane and then across.
template <class Scalar>
Scalar square_about(Index n, Scalar mean, const Scalar* x) {
  const auto centre = simd::broadcast<Scalar>(mean);
  auto sum = simd::broadcast<Scalar>(0);
  for (const auto chunk : chunks<Scalar>(n)) {
    // The padding of a partial chunk counts for nothing: it is loaded as the mean.
    alignas(simd::alignment) Scalar padded[simd::lanes<Scalar>];
    auto values = chunk.load(x);
    if (!chunk.whole()) {
      simd::store_aligned(padded, centre);
      simd::store_partial(padded, chunk.count, values);
      values = simd::load_aligned(padded);
    }
    const auto away = values - centre;
    sum = simd::fma(away, away, sum);
  }
  return simd::reduce_add(sum);
}

}  // namespace detail

/// y = gain n + bias, and fills the norms. \shape x and y [I x N], gain and bias [I]
template <class Scalar>
void layer_norm_forward(View<const Scalar> x, const Scalar* gain, const Scalar* bias,
                        Scalar epsilon, const ColumnNorms<Scalar>& norms, View<Scalar> y) {
  const auto count = static_cast<Scalar>(x.rows);
  for (Index j = 0; j < x.columns; ++j) {
    const Scalar* from = x.column(j);
    const Scalar mean = norms.mean[j] = sum(x.rows, from) / count;
    const Scalar variance = detail::square_about(x.rows, mean, from) / count;
    const Scalar inverse = norms.inverse[j] = 1 / std::sqrt(variance + epsilon);
    const auto centre = simd::broadcast<Scalar>(mean), scale = simd::broadcast<Scalar>(inverse);
    for (const auto chunk : chunks<Scalar>(x.rows)) {
      const auto normal = (chunk.load(from) - centre) * scale;
      chunk.store(y.column(j), simd::fma(chunk.load(gain), normal, chunk.load(bias)));
    }
  }
}

/// dx += inverse (g - mean of g - n mean of g n), with g = dy gain.
/// \shape x, dy and dx [I x N], gain [I]
template <class Scalar>
void layer_norm_input_backward(View<const Scalar> x, const ColumnNorms<Scalar>& norms,
                               const Scalar* gain, View<const Scalar> dy, View<Scalar> dx) {
  const auto count = static_cast<Scalar>(x.rows);
  for (Index j = 0; j < x.columns; ++j) {
    const Scalar *from = x.column(j), *seed = dy.column(j);
    const auto centre = simd::broadcast<Scalar>(norms.mean[j]);
    const auto scale = simd::broadcast<Scalar>(norms.inverse[j]);
    auto seeds = simd::broadcast<Scalar>(0), products = simd::broadcast<Scalar>(0);
    for (const auto chunk : chunks<Scalar>(x.rows)) {  // padding: gain and dy are zeros there
      const auto g = chunk.load(seed) * chunk.load(gain);
      seeds = seeds + g;
      products = simd::fma(g, (chunk.load(from) - centre) * scale, products);
    }
    const auto mean = simd::broadcast<Scalar>(simd::reduce_add(seeds) / count);
    const auto slope = simd::broadcast<Scalar>(simd::reduce_add(products) / count);
    for (const auto chunk : chunks<Scalar>(x.rows)) {
      const auto normal = (chunk.load(from) - centre) * scale;
      const auto pull = simd::fnma(normal, slope, chunk.load(seed) * chunk.load(gain) - mean);
      chunk.add_product(dx.column(j), scale, pull);
    }
  }
}

/// dgain += the sum of dy n over the columns, dbias += that of dy, where they are wanted: the
/// other is null. Threads take rows. \shape x and dy [I x N], dgain and dbias [I]
template <class Scalar>
void layer_norm_parameters_backward(View<const Scalar> x, const ColumnNorms<Scalar>& norms,
                                    View<const Scalar> dy, Scalar* dgain, Scalar* dbias,
                                    Team& team) {
  split_features<Scalar>(team, x.rows, [&](Index first, Index count) {
    for (Index j = 0; j < x.columns; ++j) {
      const Scalar *from = x.column(j) + first, *seed = dy.column(j) + first;
      if (dbias != nullptr) add(count, seed, dbias + first);
      if (dgain == nullptr) continue;
      const auto centre = simd::broadcast<Scalar>(norms.mean[j]);
      const auto scale = simd::broadcast<Scalar>(norms.inverse[j]);
      for (const auto chunk : chunks<Scalar>(count)) {
        const auto normal = (chunk.load(from) - centre) * scale;
        chunk.add_product(dgain + first, chunk.load(seed), normal);
      }
    }
  });
}

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI::kernels
