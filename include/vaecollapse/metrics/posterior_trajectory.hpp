// Posteriors of a model with one or two latent dimensions, by integration over a grid: where they
// lie, beside where the encoder puts them. Pairs of these over training are a trajectory, which
// shows whether it is the encoder that lags or the decoder that does not use z.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <limits>
#include <span>
#include <vector>

#include <vaecollapse/core/check.hpp>
#include <vaecollapse/core/finite.hpp>
#include <vaecollapse/core/shape.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

/// Points -limit, -limit + step, ..., limit in each dimension. What a sum over them misses of a
/// Gaussian is about 2 exp(-2 (pi s / step)^2) of it, s its standard deviation: a part in 10^8 at
/// s = step, a hundredth at half of that.
struct LatentGrid {
  double limit = 6;
  double step = 0.1;

  /// In each dimension. \throws Error unless 0 < step <= limit, and there are at most a million
  Index points() const {
    if (!is_positive(step) || !is_within(limit, step, 5e5 * step)) {
      detail::raise_error(
          {"LatentGrid: limit is ", limit, ", step is ", step,
           ": the step must be positive, at most the limit, and no less than a 500000th"});
    }
    return 2 * half() + 1;
  }
  double at(Index point) const { return static_cast<double>(point - half()) * step; }

 private:
  Index half() const { return static_cast<Index>(std::floor(limit / step * (1 + 1e-12))); }
};

/// p(z|x) of one row, from log p(x, z) of every point of a grid. Keeps a few numbers.
class GridPosterior {
 public:
  /// \shape z [Z], one or two dimensions \param is_edge whether z is among the outermost points
  void add(std::span<const double> z, double log_joint, bool is_edge) {
    if (is_minus_infinity(log_joint)) return;
    if (!started_ || log_joint > greatest_) {
      const double shrink = started_ ? std::exp(greatest_ - log_joint) : 0;
      for (double& sum : sums_) sum *= shrink;
      mass_ *= shrink;
      edge_ *= shrink;
      squares_ *= shrink * shrink;
      greatest_ = log_joint;
      started_ = true;
    }
    const double weight = std::exp(log_joint - greatest_);
    for (std::size_t d = 0; d < z.size(); ++d) sums_[d] += weight * z[d];
    mass_ += weight;
    squares_ += weight * weight;
    if (is_edge) edge_ += weight;
  }

  /// E[z_d | x]. Not a number before anything of positive probability was added, or after a NaN.
  double mean(std::size_t dimension) const { return sums_[dimension] / mass_; }
  /// The share of the posterior at the outermost points: the grid is too small if it is not tiny.
  double edge_mass() const { return edge_ / mass_; }
  /// (sum w)^2 / sum w^2: how many points the posterior is spread over. 3.5 s / step for a Gaussian
  /// of standard deviation s in one dimension, the product of both in two.
  double effective_points() const { return mass_ * mass_ / squares_; }
  /// -log p(x), if each point stands for a cell of that length, or area. \unit nats
  double nll(double cell) const { return -(greatest_ + std::log(mass_ * cell)); }

 private:
  double greatest_ = 0;
  bool started_ = false;
  std::array<double, 2> sums_{};
  double mass_ = 0, edge_ = 0, squares_ = 0;
};

/// The posteriors of rows by a model. \unit nats per word
struct GridPosteriors {
  std::vector<double> mean;  ///< \shape [Z x rows]
  std::vector<double> nll;   ///< -log p(x) of each row
  double edge_mass = 0;      ///< the greatest of any row
  /// The least of any row: below 2, or 4 in two dimensions, the grid is too coarse for it.
  double effective_points = infinity<double>();
};

/// The posterior p(z|x) that the *model* implies, of every row, by the sum over a grid.
///
/// \param latent 1 or 2
/// \param log_joint `log_joint(z, out)` writes log p(x, z) = log p(x|z) + log p(z) of every row to
///   `out`; \shape z [Z], out [rows]
/// \throws Error for another number of dimensions, or a grid that is not valid
/// \cost a call of `log_joint` for each point: 121 of them in one dimension, 14641 in two, with
/// the grid that a `LatentGrid` is by itself
/// \source He, Spokoyny, Neubig & Berg-Kirkpatrick 2019, section 3.2
template <class LogJoint>
GridPosteriors grid_posteriors(const LatentGrid& grid, Index latent, Index rows,
                               LogJoint&& log_joint) {
  if (latent != 1 && latent != 2) {
    detail::raise_error(
        {"grid_posteriors: the latent dimensions are ", latent, ": they must be 1 or 2"});
  }
  const Index points = grid.points(), across = latent == 2 ? points : 1;
  std::vector<GridPosterior> posteriors(static_cast<std::size_t>(rows));
  std::vector<double> joint(posteriors.size()), z(static_cast<std::size_t>(latent));
  const auto is_outermost = [&](Index point) { return point == 0 || point == points - 1; };
  for (Index j = 0; j < across; ++j) {
    for (Index i = 0; i < points; ++i) {
      z.back() = grid.at(j);
      z.front() = grid.at(i);
      const bool is_edge = is_outermost(i) || (latent == 2 && is_outermost(j));
      log_joint(std::span<const double>(z), std::span<double>(joint));
      for (std::size_t row = 0; row < joint.size(); ++row) {
        posteriors[row].add(z, joint[row], is_edge);
      }
    }
  }
  GridPosteriors found;
  for (const GridPosterior& posterior : posteriors) {
    for (std::size_t d = 0; d < z.size(); ++d) found.mean.push_back(posterior.mean(d));
    found.nll.push_back(posterior.nll(std::pow(grid.step, static_cast<double>(latent))));
    found.edge_mass = std::max(found.edge_mass, posterior.edge_mass());
    found.effective_points = std::min(found.effective_points, posterior.effective_points());
  }
  return found;
}

/// A point of each row's trajectory: the mean of the model's posterior, E[z|x] under p, and the
/// mean mu(x) of the encoder's. \shape both [Z x rows]
struct PosteriorMeans {
  std::vector<double> model;
  std::vector<double> inference;

  /// Root of the mean square over rows and dimensions. Both near 0: the posterior has collapsed.
  /// Inference near 0 and the model's not: the encoder lags. Both away from 0 with a small gap:
  /// the encoder has found what the decoder uses.
  struct Spread {
    double model = 0, inference = 0, gap = 0;
  };

  /// \throws Error unless there are as many of both, and one at least
  Spread spread() const {
    if (model.empty() || model.size() != inference.size()) {
      detail::raise_error({"PosteriorMeans: there are ", model.size(), " numbers of the model and ",
                           inference.size(),
                           " of the encoder: there must be as many of both, and any"});
    }
    Spread squares;
    for (std::size_t i = 0; i < model.size(); ++i) {
      squares.model += model[i] * model[i];
      squares.inference += inference[i] * inference[i];
      squares.gap += (model[i] - inference[i]) * (model[i] - inference[i]);
    }
    const auto root = [&](double sum) {
      return std::sqrt(sum / static_cast<double>(model.size()));
    };
    return {root(squares.model), root(squares.inference), root(squares.gap)};
  }
};

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
