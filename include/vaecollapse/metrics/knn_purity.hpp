// Whether neighbours in the latent space belong together.
#pragma once

#include <algorithm>
#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include <vaecollapse/core/at.hpp>
#include <vaecollapse/core/check.hpp>
#include <vaecollapse/core/shape.hpp>
#include <vaecollapse/core/view.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

namespace detail {

/// Distances between points, some at once. Dimensions lie apart, so that the innermost loop runs
/// over points, and sums need not be reordered to be fast.
template <class Scalar>
class Distances {
 public:
  explicit Distances(View<const Scalar> z)
      : dimensions_(z.rows), count_(z.columns), points_(static_cast<std::size_t>(z.rows * count_)) {
    for (Index j = 0; j < count_; ++j) {
      for (Index d = 0; d < dimensions_; ++d) at(points_, d * count_ + j) = z(d, j);
    }
  }

  /// The squares of the distances from points first .. first + some to all.
  /// \shape out [count x some]
  void from(Index first, Index some, std::vector<Scalar>& out) const {
    out.assign(static_cast<std::size_t>(count_ * some), Scalar{0});
    constexpr Index block = 512;  // that many points of all dimensions stay in the cache
    for (Index begin = 0; begin < count_; begin += block) {
      const Index size = std::min(block, count_ - begin);
      for (Index j = 0; j < some; ++j) {
        add(first + j, begin, size, out.data() + j * count_ + begin);
      }
    }
  }

 private:
  void add(Index point, Index begin, Index size, Scalar* out) const {
    for (Index d = 0; d < dimensions_; ++d) {
      const Scalar* others = points_.data() + d * count_ + begin;
      const Scalar own = at(points_, d * count_ + point);
      for (Index i = 0; i < size; ++i) out[i] += (others[i] - own) * (others[i] - own);
    }
  }

  Index dimensions_, count_;
  std::vector<Scalar> points_;
};

/// How many of the `k` points nearest to `point`, itself apart, have its label; of points equally
/// far the earlier is nearer. `nearest` is memory for them.
template <class Scalar>
Index neighbours_of_label(const Scalar* distance, std::span<const int> labels, Index point, Index k,
                          std::vector<Index>& nearest) {
  nearest.clear();
  const auto nearer = [&](Index a, Index b) { return distance[a] < distance[b]; };
  for (Index other = 0; other < static_cast<Index>(labels.size()); ++other) {
    const bool is_full = static_cast<Index>(nearest.size()) == k;
    if (other == point || (is_full && !nearer(other, nearest.back()))) continue;
    if (is_full) nearest.pop_back();
    nearest.insert(std::upper_bound(nearest.begin(), nearest.end(), other, nearer), other);
  }
  return std::count_if(nearest.begin(), nearest.end(),
                       [&](Index other) { return at(labels, other) == at(labels, point); });
}

/// For each point, how many others have its label.
inline std::vector<Index> count_companions(std::span<const int> labels) {
  std::vector<int> sorted(labels.begin(), labels.end());
  std::sort(sorted.begin(), sorted.end());
  std::vector<Index> companions;
  for (const int label : labels) {
    const auto [first, last] = std::equal_range(sorted.begin(), sorted.end(), label);
    companions.push_back(last - first - 1);
  }
  return companions;
}

}  // namespace detail

/// The mean share, over points, of the nearest other points (Euclidean) that have the point's own
/// label. A point is asked for its `k` nearest, or for as many as there are others of its label if
/// these are fewer: so perfect neighbourhoods give 1, however small the labels. Points that are
/// alone with their label are neighbours of others, but are not asked. Empty if that leaves none.
///
/// Only nearness counts, not scale: the means of a posterior that has all but collapsed can still
/// lie in good order.
///
/// \shape z [Z x N], labels [N] \cost O(N^2 Z) time, O(256 N) memory
/// \throws ShapeError unless there are N labels; Error unless 1 <= k < N
template <class Scalar>
std::optional<double> knn_purity(View<const Scalar> z, std::span<const int> labels, Index k = 5) {
  const Index count = z.columns;
  if (static_cast<Index>(labels.size()) != count) {
    raise(ShapeError("knn_purity",
                     {{"z", z.shape()}, {"labels", Shape<1>{{static_cast<Index>(labels.size())}}}},
                     "there must be a label for each column"));
  }
  if (k < 1 || k >= count) {
    detail::raise_error({"knn_purity: k is ", k, ": it must be at least 1 and below ", count,
                         ", the number of points"});
  }
  const detail::Distances<Scalar> distances(z);
  const std::vector<Index> companions = detail::count_companions(labels);
  constexpr Index block = 256;  // points whose distances are held at once
  std::vector<Scalar> near;
  std::vector<Index> nearest;
  double shares = 0;
  for (Index first = 0; first < count; first += block) {
    const Index some = std::min(block, count - first);
    distances.from(first, some, near);
    for (Index j = 0; j < some; ++j) {
      const Index asked = std::min(k, at(companions, first + j));
      if (asked == 0) continue;
      const Index same =
          detail::neighbours_of_label(near.data() + j * count, labels, first + j, asked, nearest);
      shares += static_cast<double>(same) / static_cast<double>(asked);
    }
  }
  const auto alone = std::count(companions.begin(), companions.end(), Index{0});
  if (alone == count) return std::nullopt;
  return shares / static_cast<double>(count - alone);
}

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
