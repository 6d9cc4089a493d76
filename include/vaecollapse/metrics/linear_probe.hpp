// Linear probe: how well a linear classifier reads labels from the latent space.
#pragma once

#include <algorithm>
#include <numeric>
#include <span>
#include <vector>

#include <vaecollapse/config.hpp>
#include <vaecollapse/core/at.hpp>

VAECOLLAPSE_BEGIN_QUIET
#include <Eigen/Cholesky>
VAECOLLAPSE_END_QUIET

#include <vaecollapse/core/check.hpp>
#include <vaecollapse/core/finite.hpp>
#include <vaecollapse/core/rng.hpp>
#include <vaecollapse/core/shape.hpp>
#include <vaecollapse/core/view.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

/// The regression and the split of its points.
struct LinearProbeOptions {
  double ridge = 1e-2;  ///< for each point of the training half
  Seed seed{1};         ///< cuts the points into halves
};

/// Accuracies on the half that was not learned from, in 0 .. 1.
struct LinearProbe {
  double accuracy = 0;
  double chance = 0;  ///< of the label that is most frequent in the other half
};

namespace detail {

/// A least-squares classifier: the scores of labels are linear in z.
class RidgeClassifier {
 public:
  RidgeClassifier(View<const float> z, std::span<const Index> points, std::span<const int> labels,
                  double ridge)
      : labels_(distinct(points, labels)), inputs_(z.rows + 1) {
    Eigen::MatrixXd gram = Eigen::MatrixXd::Zero(inputs_, inputs_);
    weights_ = Eigen::MatrixXd::Zero(inputs_, static_cast<Index>(labels_.size()));
    for (const Index point : points) {
      const Eigen::VectorXd x = input(z, point);
      gram.selfadjointView<Eigen::Lower>().rankUpdate(x);
      weights_.col(number_of(at(labels, point))) += x;
    }
    gram.diagonal().array() += ridge * static_cast<double>(points.size());
    Eigen::LDLT<Eigen::MatrixXd>(gram.selfadjointView<Eigen::Lower>()).solveInPlace(weights_);
  }

  int operator()(View<const float> z, Index point) const {
    const Eigen::VectorXd x = input(z, point);
    Index best = 0;
    double highest = x.dot(weights_.col(0));
    for (Index k = 1; k < weights_.cols(); ++k) {
      const double score = x.dot(weights_.col(k));
      if (score > highest) {
        highest = score;
        best = k;
      }
    }
    return at(labels_, best);
  }

 private:
  static std::vector<int> distinct(std::span<const Index> points, std::span<const int> labels) {
    std::vector<int> found;
    for (const Index point : points) found.push_back(at(labels, point));
    std::sort(found.begin(), found.end());
    found.erase(std::unique(found.begin(), found.end()), found.end());
    return found;
  }

  Index number_of(int label) const {
    return std::lower_bound(labels_.begin(), labels_.end(), label) - labels_.begin();
  }

  /// z, and a constant.
  Eigen::VectorXd input(View<const float> z, Index point) const {
    Eigen::VectorXd x(inputs_);
    for (Index d = 0; d < z.rows; ++d) x[d] = static_cast<double>(z(d, point));
    x[z.rows] = 1;
    return x;
  }

  std::vector<int> labels_;
  Index inputs_;
  Eigen::MatrixXd weights_;
};

/// The most frequent label of these points.
inline int majority(std::span<const Index> points, std::span<const int> labels) {
  std::vector<int> all;
  for (const Index point : points) all.push_back(at(labels, point));
  std::sort(all.begin(), all.end());
  int best = all.front();
  std::ptrdiff_t most = 0;
  for (auto at = all.begin(); at != all.end();) {
    const auto end = std::upper_bound(at, all.end(), *at);
    if (end - at > most) {
      most = end - at;
      best = *at;
    }
    at = end;
  }
  return best;
}

}  // namespace detail

/// How well a linear classifier that has learned from half of the points labels the others; two
/// fits, each half once the one learned from. A label that only one half has cannot be guessed.
/// \shape z [Z x N], labels [N] \cost O(N Z (Z + labels) + Z^3)
/// \throws ShapeError unless there are N labels; Error for less than two points, or a ridge
/// that is not positive
inline LinearProbe linear_probe(View<const float> z, std::span<const int> labels,
                                const LinearProbeOptions& options = {}) {
  const auto count = static_cast<Index>(labels.size());
  if (count != z.columns) {
    raise(ShapeError("linear_probe", {{"z", z.shape()}, {"labels", Shape<1>{{count}}}},
                     "there must be a label for each column"));
  }
  if (count < 2 || !is_positive(options.ridge)) {
    detail::raise_error({"linear_probe: points are ", count, ", ridge is ", options.ridge,
                         ": they must be at least 2, and more than 0"});
  }
  std::vector<Index> points(labels.size());
  std::iota(points.begin(), points.end(), Index{0});
  shuffle(std::span<Index>(points), Draws(options.seed, 0, Pass::diagnose), Stream::permutation);
  const std::span<const Index> all = points;
  LinearProbe found;
  const auto fit = [&](std::span<const Index> learned, std::span<const Index> asked) {
    const detail::RidgeClassifier classify(z, learned, labels, options.ridge);
    const int usual = detail::majority(learned, labels);
    for (const Index point : asked) {
      const int label = at(labels, point);
      found.accuracy += classify(z, point) == label ? 1 : 0;
      found.chance += usual == label ? 1 : 0;
    }
  };
  const auto half = all.size() / 2;
  fit(all.first(half), all.subspan(half));
  fit(all.subspan(half), all.first(half));
  found.accuracy /= static_cast<double>(count);
  found.chance /= static_cast<double>(count);
  return found;
}

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
