// Layer normalisation: each column of a matrix to mean 0 and variance 1 over its rows, then
// scaled and shifted row by row.
#pragma once

#include <algorithm>
#include <cstddef>

#include <vaecollapse/core/team.hpp>
#include <vaecollapse/core/view.hpp>
#include <vaecollapse/kernels/chunk.hpp>
#include <vaecollapse/simd/square.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI::kernels {

/// By what each column is normalised: n = (x - mean) inverse. \shape both [N]
template <class Scalar>
struct ColumnNorms {
  Scalar* mean;
  Scalar* inverse;  ///< 1 / sqrt(variance + epsilon), of the biased variance

  ColumnNorms from(Index column) const { return {mean + column, inverse + column}; }
};

namespace detail {

/// Calls run(first, count) for blocks of at most a vector of columns, few enough to stay in the
/// first cache from one pass over them to the next.
template <class Scalar, class Run>
void for_column_blocks(Index rows, Index columns, Run&& run) {
  constexpr Index cached = (Index{1} << 14) / Index{sizeof(Scalar)};
  const Index block = std::clamp<Index>(cached / std::max<Index>(rows, 1), 1, simd::lanes<Scalar>);
  for (Index first = 0; first < columns; first += block) {
    run(first, std::min(block, columns - first));
  }
}

/// Lane j is the sum of the lanes of terms(j), for `count` columns: all are added across at once.
/// The sum of a column has the same bits in every lane.
template <class Scalar, class Terms>
VAECOLLAPSE_INLINE simd::Pack<Scalar> sums_across(Index count, Terms&& terms) {
  simd::Square<Scalar> rows;
  for (Index j = 0; j < simd::lanes<Scalar>; ++j) {
    rows[j] = j < count ? terms(j) : simd::broadcast<Scalar>(0);
  }
  return simd::sum_rows<Scalar>(rows);
}

/// A vector's lanes as numbers, to be broadcast one by one.
template <class Scalar>
struct Lanes {
  alignas(simd::alignment) Scalar numbers[static_cast<std::size_t>(simd::lanes<Scalar>)];

  VAECOLLAPSE_INLINE explicit Lanes(simd::Pack<Scalar> values) {
    simd::store_aligned(numbers, values);
  }
  VAECOLLAPSE_INLINE simd::Pack<Scalar> operator[](Index j) const {
    return simd::broadcast<Scalar>(numbers[j]);
  }
};

/// Ones for the numbers of a partial chunk at the end of n, zeros for its padding.
template <class Scalar>
simd::Pack<Scalar> ones_of_partial_chunk(Index n) {
  Lanes<Scalar> ones(simd::broadcast<Scalar>(0));
  std::fill_n(ones.numbers, n % simd::lanes<Scalar>, Scalar(1));
  return simd::load_aligned(ones.numbers);
}

/// Fills mean and inverse of a block of columns. \shape x [I x at most a vector]
template <class Scalar>
void norms_of_block(View<const Scalar> x, Scalar epsilon, const ColumnNorms<Scalar>& norms) {
  const auto rows = simd::broadcast<Scalar>(static_cast<Scalar>(x.rows));
  const auto counted = ones_of_partial_chunk<Scalar>(x.rows);
  const auto sum_of = [&](Index j) VAECOLLAPSE_INLINE_LAMBDA {
    auto sum = simd::broadcast<Scalar>(0);
    for (const auto chunk : chunks<Scalar>(x.rows)) sum = sum + chunk.load(x.column(j));
    return sum;
  };
  const auto mean = simd::divide<Scalar>(sums_across<Scalar>(x.columns, sum_of), rows);
  const Lanes<Scalar> means(mean);
  const auto square_of = [&](Index j) VAECOLLAPSE_INLINE_LAMBDA {
    auto sum = simd::broadcast<Scalar>(0);
    for (const auto chunk : chunks<Scalar>(x.rows)) {
      auto away = chunk.load(x.column(j)) - means[j];
      if (!chunk.whole()) away = away * counted;
      sum = simd::fma(away, away, sum);
    }
    return sum;
  };
  const auto variance = simd::divide<Scalar>(sums_across<Scalar>(x.columns, square_of), rows);
  const auto root = simd::sqrt<Scalar>(variance + simd::broadcast<Scalar>(epsilon));
  simd::store_partial(norms.mean, x.columns, mean);
  simd::store_partial(norms.inverse, x.columns,
                      simd::divide<Scalar>(simd::broadcast<Scalar>(1), root));
}

}  // namespace detail

/// y = gain n + bias, and fills the norms. \shape x and y [I x N], gain and bias [I]
template <class Scalar>
void layer_norm_forward(View<const Scalar> x, const Scalar* gain, const Scalar* bias,
                        Scalar epsilon, const ColumnNorms<Scalar>& norms, View<Scalar> y) {
  detail::for_column_blocks<Scalar>(x.rows, x.columns, [&](Index first, Index count) {
    detail::norms_of_block(x.middle_columns(first, count), epsilon, norms.from(first));
    for (Index j = first; j < first + count; ++j) {
      const auto centre = simd::broadcast<Scalar>(norms.mean[j]);
      const auto scale = simd::broadcast<Scalar>(norms.inverse[j]);
      for (const auto chunk : chunks<Scalar>(x.rows)) {
        const auto normal = (chunk.load(x.column(j)) - centre) * scale;
        chunk.store(y.column(j), simd::fma(chunk.load(gain), normal, chunk.load(bias)));
      }
    }
  });
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
