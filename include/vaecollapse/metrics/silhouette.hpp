// How well labels separate the latent space.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <map>
#include <optional>
#include <span>
#include <vector>

#include <vaecollapse/core/at.hpp>
#include <vaecollapse/core/check.hpp>
#include <vaecollapse/core/shape.hpp>
#include <vaecollapse/core/view.hpp>
#include <vaecollapse/metrics/knn_purity.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

namespace detail {

/// The labels as 0, 1, ... in rising order, and how many points have each.
struct Groups {
  std::vector<std::size_t> of_point;
  std::vector<double> sizes;
};

inline Groups groups_of(std::span<const int> labels) {
  std::map<int, std::size_t> numbers;
  for (const int label : labels) numbers.emplace(label, 0);
  std::size_t next = 0;
  for (auto& [label, number] : numbers) number = next++;
  Groups groups{{}, std::vector<double>(numbers.size())};
  for (const int label : labels) {
    groups.of_point.push_back(numbers.at(label));
    ++groups.sizes[groups.of_point.back()];
  }
  return groups;
}

/// (b - a) / max(a, b): a is the mean distance to the point's own group, b that to the nearest
/// other; 0 for a point alone in its group. `sums` are the distances to each group.
inline double silhouette_of_point(const std::vector<double>& sums, const Groups& groups,
                                  std::size_t own) {
  if (groups.sizes[own] < 2) return 0;
  const double a = sums[own] / (groups.sizes[own] - 1);
  double b = std::numeric_limits<double>::infinity();
  for (std::size_t g = 0; g < sums.size(); ++g) {
    if (g != own) b = std::min(b, sums[g] / groups.sizes[g]);
  }
  const double greater = std::max(a, b);
  return greater > 0 ? (b - a) / greater : 0;
}

}  // namespace detail

/// The mean silhouette of all points, in -1 .. 1 (Euclidean): 1 where labels are tight groups far
/// apart, about 0 where they tell nothing. Empty with less than two labels.
/// \shape z [Z x N], labels [N] \cost O(N^2 Z) time, O(64 N) memory
/// \throws ShapeError unless there are N labels \source Rousseeuw 1987
template <class Scalar>
std::optional<double> silhouette(View<const Scalar> z, std::span<const int> labels) {
  const Index count = z.columns;
  if (static_cast<Index>(labels.size()) != count) {
    raise(ShapeError("silhouette",
                     {{"z", z.shape()}, {"labels", Shape<1>{{static_cast<Index>(labels.size())}}}},
                     "there must be a label for each column"));
  }
  const detail::Groups groups = detail::groups_of(labels);
  if (groups.sizes.size() < 2) return std::nullopt;
  const detail::Distances<Scalar> distances(z);
  constexpr Index block = 64;  // points whose distances are held at once
  std::vector<Scalar> squares;
  std::vector<double> sums(groups.sizes.size());
  double total = 0;
  for (Index first = 0; first < count; first += block) {
    const Index some = std::min(block, count - first);
    distances.from(first, some, squares);
    for (Index j = 0; j < some; ++j) {
      std::fill(sums.begin(), sums.end(), 0.0);
      for (Index i = 0; i < count; ++i) {
        const auto square = at(squares, j * count + i);
        sums[at(groups.of_point, i)] += static_cast<double>(std::sqrt(square));
      }
      total += detail::silhouette_of_point(sums, groups, at(groups.of_point, first + j));
    }
  }
  return total / static_cast<double>(count);
}

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
