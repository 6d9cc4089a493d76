// Whether neighbours in the latent space belong together.
#pragma once

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <Eigen/Core>

#include <vaecollapse/core/check.hpp>
#include <vaecollapse/core/view.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

namespace detail {

/// The codes about their mean, in double: distances are differences of products, and far from the
/// origin these would cancel.
template <class Scalar>
Eigen::MatrixXd centred(View<const Scalar> codes) {
  Eigen::MatrixXd points(codes.rows, codes.columns);
  for (Index j = 0; j < codes.columns; ++j) {
    for (Index i = 0; i < codes.rows; ++i) points(i, j) = static_cast<double>(codes(i, j));
  }
  const Eigen::VectorXd mean = points.rowwise().mean();
  points.colwise() -= mean;
  return points;
}

/// How many of the `k` points nearest to `point`, itself apart, have its label; of points equally
/// far (but for rounding) the earlier is nearer.
inline Index neighbours_of_label(const double* distance, std::span<const int> labels, Index point,
                                 Index k, std::vector<Index>& order) {
  order.resize(labels.size());
  std::iota(order.begin(), order.end(), Index{0});
  order.erase(order.begin() + point);
  const auto nearer = [&](Index a, Index b) {
    return distance[a] < distance[b] || (distance[a] == distance[b] && a < b);
  };
  std::nth_element(order.begin(), order.begin() + (k - 1), order.end(), nearer);
  return std::count_if(order.begin(), order.begin() + k, [&](Index other) {
    return labels[static_cast<std::size_t>(other)] == labels[static_cast<std::size_t>(point)];
  });
}

/// Whether each label comes more than once.
inline std::vector<bool> has_company(std::span<const int> labels) {
  std::vector<int> sorted(labels.begin(), labels.end());
  std::sort(sorted.begin(), sorted.end());
  std::vector<bool> company;
  for (const int label : labels) {
    const auto [first, last] = std::equal_range(sorted.begin(), sorted.end(), label);
    company.push_back(last - first > 1);
  }
  return company;
}

}  // namespace detail

/// The mean share, over points, of the `k` nearest other points (Euclidean) that have the point's
/// own label, in 0 .. 1. Points whose label no other point has are neighbours of others, but are
/// not asked themselves. Empty if that leaves none.
///
/// \shape codes [Z x N], labels [N] \cost O(N^2 Z) time, O(256 N) memory
/// \throws ShapeError for as many labels as codes not; Error unless 1 <= k < N
template <class Scalar>
std::optional<double> knn_purity(View<const Scalar> codes, std::span<const int> labels,
                                 Index k = 5) {
  const Index count = codes.columns;
  if (static_cast<Index>(labels.size()) != count) {
    raise(ShapeError(
        "knn_purity",
        {{"codes", codes.shape()}, {"labels", Shape<1>{{static_cast<Index>(labels.size())}}}},
        "there must be a label for each column"));
  }
  if (k < 1 || k >= count) {
    raise(Error("knn_purity: k is " + std::to_string(k) + ": it must be at least 1 and below " +
                std::to_string(count) + ", the number of points"));
  }
  const Eigen::MatrixXd points = detail::centred(codes);
  const Eigen::VectorXd norms = points.colwise().squaredNorm();
  const std::vector<bool> asked = detail::has_company(labels);
  constexpr Index block = 256;  // points whose distances are held at once
  std::vector<Index> order;
  Eigen::MatrixXd distances;
  Index same = 0;
  for (Index first = 0; first < count; first += block) {
    const Index some = std::min(block, count - first);
    // |a - b|^2 without |b|^2, which is the same for a whole column.
    distances.noalias() = -2 * points.transpose() * points.middleCols(first, some);
    distances.colwise() += norms;
    for (Index j = 0; j < some; ++j) {
      if (!asked[static_cast<std::size_t>(first + j)]) continue;
      same += detail::neighbours_of_label(distances.col(j).data(), labels, first + j, k, order);
    }
  }
  const auto questions = std::count(asked.begin(), asked.end(), true);
  if (questions == 0) return std::nullopt;
  return static_cast<double>(same) / static_cast<double>(questions * k);
}

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
