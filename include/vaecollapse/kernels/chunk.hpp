// How kernels walk along contiguous numbers: whole vectors, and a last one that may be partial but
// runs the same code, so that an element's bits do not depend on where it stands.
#pragma once

#include <algorithm>

#include <vaecollapse/core/team.hpp>
#include <vaecollapse/simd/gate.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI::kernels {

/// `count` numbers from `first` on, at most one vector of them.
template <class Scalar>
struct Chunk {
  Index first;
  Index count;

  bool whole() const { return count == simd::lanes<Scalar>; }
  VAECOLLAPSE_INLINE simd::Pack<Scalar> load(const Scalar* from) const {
    return whole() ? simd::load(from + first) : simd::load_partial(from + first, count);
  }
  VAECOLLAPSE_INLINE void store(Scalar* to, simd::Pack<Scalar> values) const {
    if (whole()) {
      simd::store(to + first, values);
    } else {
      simd::store_partial(to + first, count, values);
    }
  }
  VAECOLLAPSE_INLINE void add(Scalar* to, simd::Pack<Scalar> values) const {
    store(to, load(to) + values);
  }
  VAECOLLAPSE_INLINE void add_product(Scalar* to, simd::Pack<Scalar> a,
                                      simd::Pack<Scalar> b) const {
    store(to, simd::fma(a, b, load(to)));
  }
};

/// The chunk of n numbers that begins at `first`.
template <class Scalar>
VAECOLLAPSE_INLINE Chunk<Scalar> chunk_at(Index first, Index n) {
  return {first, std::min(simd::lanes<Scalar>, n - first)};
}

/// All chunks of n numbers, in order: `for (const auto chunk : chunks<Scalar>(n))`.
template <class Scalar>
struct Chunks {
  /// The place of a chunk, or the end.
  struct Iterator {
    Index first;
    Index n;
    VAECOLLAPSE_INLINE Chunk<Scalar> operator*() const { return chunk_at<Scalar>(first, n); }
    VAECOLLAPSE_INLINE void operator++() { first += simd::lanes<Scalar>; }
    VAECOLLAPSE_INLINE bool operator!=(const Iterator& end) const { return first < end.n; }
  };
  Index n;
  VAECOLLAPSE_INLINE Iterator begin() const { return {0, n}; }
  VAECOLLAPSE_INLINE Iterator end() const { return {n, n}; }
};

/// See `Chunks`.
template <class Scalar>
VAECOLLAPSE_INLINE Chunks<Scalar> chunks(Index n) {
  return {n};
}

/// Calls run(first, count) on the team's threads for slices of n features that begin on vectors,
/// and on different cache lines.
template <class Scalar, class Run>
void split_features(Team& team, Index n, Run&& run) {
  constexpr Index tile = std::max<Index>(simd::lanes<Scalar>, 64 / sizeof(Scalar));
  split_by(team, tile, n, run);
}

/// to += from.
template <class Scalar>
void add(Index n, const Scalar* from, Scalar* to) {
  for (const auto chunk : chunks<Scalar>(n)) {
    chunk.add(to, chunk.load(from));
  }
}

/// to += factor * from.
template <class Scalar>
void add_scaled(Index n, Scalar factor, const Scalar* from, Scalar* to) {
  const auto scale = simd::broadcast<Scalar>(factor);
  for (const auto chunk : chunks<Scalar>(n)) {
    chunk.store(to, simd::fma(scale, chunk.load(from), chunk.load(to)));
  }
}

/// The scalar product, summed lane by lane and then across.
template <class Scalar>
Scalar dot(Index n, const Scalar* a, const Scalar* b) {
  auto sum = simd::broadcast<Scalar>(0);
  for (const auto chunk : chunks<Scalar>(n)) {
    sum = simd::fma(chunk.load(a), chunk.load(b), sum);
  }
  return simd::reduce_add(sum);
}

/// The sum of n numbers, lane by lane and then across.
template <class Scalar>
Scalar sum(Index n, const Scalar* x) {
  auto total = simd::broadcast<Scalar>(0);
  for (const auto chunk : chunks<Scalar>(n)) {
    total = total + chunk.load(x);
  }
  return simd::reduce_add(total);
}

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI::kernels
