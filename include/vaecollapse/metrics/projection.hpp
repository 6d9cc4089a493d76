// Pictures of the latent space: principal components, and t-SNE.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <numeric>
#include <span>
#include <vector>

#include <vaecollapse/config.hpp>
#include <vaecollapse/core/at.hpp>

VAECOLLAPSE_BEGIN_QUIET
#include <Eigen/Eigenvalues>
VAECOLLAPSE_END_QUIET

#include <vaecollapse/core/check.hpp>
#include <vaecollapse/core/finite.hpp>
#include <vaecollapse/core/rng.hpp>
#include <vaecollapse/core/shape.hpp>
#include <vaecollapse/core/team.hpp>
#include <vaecollapse/core/view.hpp>
#include <vaecollapse/metrics/knn_purity.hpp>
#include <vaecollapse/simd/gate.hpp>
#include <vaecollapse/simd/math.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

/// Points of the plane.
struct Projection {
  std::vector<float> x, y;
  /// PCA: the share of the variance that the plane shows. t-SNE: KL(P || Q), \unit nats
  double measure = 0;
};

namespace detail {

/// Z x Z, and the mean it is about.
struct Covariance {
  Eigen::VectorXd mean;
  Eigen::MatrixXd matrix;
};

inline Covariance covariance_of(View<const float> z) {
  const Index dimensions = z.rows, count = z.columns;
  Covariance found{Eigen::VectorXd::Zero(dimensions),
                   Eigen::MatrixXd::Zero(dimensions, dimensions)};
  std::vector<double> away(static_cast<std::size_t>(dimensions));
  for (Index j = 0; j < count; ++j) {
    for (Index d = 0; d < dimensions; ++d) {
      found.mean[d] += static_cast<double>(z(d, j)) / static_cast<double>(count);
    }
  }
  for (Index j = 0; j < count; ++j) {
    for (Index d = 0; d < dimensions; ++d) {
      at(away, d) = static_cast<double>(z(d, j)) - found.mean[d];
    }
    for (Index c = 0; c < dimensions; ++c) {
      double* column = found.matrix.data() + c * dimensions;
      const double scale = at(away, c) / static_cast<double>(count);
      for (Index d = 0; d < dimensions; ++d) {
        column[d] += scale * at(away, d);
      }
    }
  }
  return found;
}

}  // namespace detail

/// The two directions of greatest variance. A direction's sign is such that its entry of greatest
/// size is positive. With one dimension y is 0.
/// \shape z [Z x N] \throws Error if there are no points \cost O(N Z^2 + Z^3)
inline Projection principal_components(View<const float> z) {
  if (z.rows < 1 || z.columns < 1) {
    raise(ShapeError("principal_components", {{"z", z.shape()}}, "there must be points"));
  }
  const detail::Covariance covariance = detail::covariance_of(z);
  const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver(covariance.matrix);
  const double total = solver.eigenvalues().sum();
  Projection plane;
  const auto project = [&](Index which, std::vector<float>& out) {
    out.assign(static_cast<std::size_t>(z.columns), 0.0F);
    if (which < 0) return;
    Eigen::VectorXd direction = solver.eigenvectors().col(which);
    Index greatest = 0;
    direction.cwiseAbs().maxCoeff(&greatest);
    if (direction[greatest] < 0) direction = -direction;
    for (Index j = 0; j < z.columns; ++j) {
      double place = 0;
      for (Index d = 0; d < z.rows; ++d) {
        place += direction[d] * (static_cast<double>(z(d, j)) - covariance.mean[d]);
      }
      at(out, j) = static_cast<float>(place);
    }
    if (total > 0) plane.measure += std::max(0.0, solver.eigenvalues()[which]) / total;
  };
  project(z.rows - 1, plane.x);
  project(z.rows - 2, plane.y);
  return plane;
}

/// Settings of exact t-SNE.
struct TsneOptions {
  double perplexity = 30;  ///< at most a third of the points less one, which it is lowered to
  std::uint32_t iterations = 750;
  std::uint32_t exaggerated = 250;  ///< iterations at the beginning with P larger
  double exaggeration = 12;
  Seed seed{1};
};

namespace detail {

/// p(j|i) of every row i, by bisection of the precision for the perplexity.
class Affinities {
 public:
  Affinities(View<const float> z, double perplexity, Team& team)
      : count_(z.columns),
        entropy_(std::log(perplexity)),
        values_(static_cast<std::size_t>(count_ * count_)) {
    const Distances<float> distances(z);
    constexpr Index block = 256;  // points whose distances are held at once
    std::vector<float> squares;
    for (Index first = 0; first < count_; first += block) {
      const Index some = std::min(block, count_ - first);
      distances.from(first, some, squares);
      team.split(some, [&](Index begin, Index end) {
        for (Index j = begin; j < end; ++j) fill(first + j, squares.data() + j * count_);
      });
    }
    symmetrise();
  }

  /// (p(j|i) + p(i|j)) / 2N, column by column.
  const std::vector<float>& values() const { return values_; }

 private:
  void fill(Index own, float* squares) {
    // Distances above the nearest: so that the nearest neighbour's exp is 1 at any precision.
    float nearest = infinity<float>();
    for (Index i = 0; i < count_; ++i) {
      if (i != own) nearest = std::min(nearest, squares[i]);
    }
    for (Index i = 0; i < count_; ++i) squares[i] = i == own ? 0 : squares[i] - nearest;
    float* out = values_.data() + own * count_;
    double low = 0, high = infinity<double>(), precision = 1;
    double sum = 1;
    for (int attempt = 0; attempt < 60; ++attempt) {
      const double entropy = entropy_at(precision, own, squares, out, sum);
      if (std::abs(entropy - entropy_) < 1e-4) break;
      (entropy > entropy_ ? low : high) = precision;
      precision = is_finite(high) ? (low + high) / 2 : precision * 2;
    }
    // Far points count for nothing, but numbers near the smallest there are would be slow.
    constexpr float negligible = 1e-20F;
    for (Index i = 0; i < count_; ++i) {
      out[i] = out[i] < negligible ? 0 : out[i] / static_cast<float>(sum);
    }
  }

  /// The entropy of exp(-precision squares), which is written to `out`, own point apart.
  double entropy_at(double precision, Index own, const float* squares, float* out, double& sum) {
    const auto size = static_cast<std::size_t>(count_);
    for (Index i = 0; i < count_; ++i) out[i] = -static_cast<float>(precision) * squares[i];
    simd::exp(std::span<const float>(out, size), std::span<float>(out, size));
    out[own] = 0;
    sum = 0;
    double weighted = 0;
    for (Index i = 0; i < count_; ++i) {
      sum += static_cast<double>(out[i]);
      weighted += static_cast<double>(out[i]) * static_cast<double>(squares[i]);
    }
    return std::log(sum) + precision * weighted / sum;
  }

  void symmetrise() {
    const float scale = 0.5F / static_cast<float>(count_);
    for (Index j = 0; j < count_; ++j) {
      for (Index i = 0; i <= j; ++i) {
        float& a = at(values_, i + j * count_);
        float& b = at(values_, j + i * count_);
        a = b = (a + b) * scale;
      }
    }
  }

  Index count_;
  double entropy_;
  std::vector<float> values_;
};

/// Gradient descent with momentum and gains.
class Tsne {
 public:
  Tsne(View<const float> z, double perplexity, const TsneOptions& options, Team& team)
      : team_(team),
        affinities_(z, perplexity, team),
        options_(options),
        count_(z.columns),
        sums_(static_cast<std::size_t>(count_)) {
    const Projection start = principal_components(z);
    const Draws draws(options.seed, 0, Pass::diagnose);
    place(start.x, draws, 0, x_);
    place(start.y, draws, 1, y_);
  }

  Projection operator()() {
    for (std::uint32_t t = 0; t < options_.iterations; ++t) {
      const bool early = t < options_.exaggerated;
      const double total = add_forces();
      const auto exaggeration = static_cast<float>(early ? options_.exaggeration : 1.0);
      const float momentum = early ? 0.5F : 0.8F;
      x_.move(exaggeration, static_cast<float>(total), momentum, learning_rate());
      y_.move(exaggeration, static_cast<float>(total), momentum, learning_rate());
    }
    return {x_.place, y_.place, objective()};
  }

 private:
  /// One coordinate of all points.
  struct Axis {
    std::vector<float> place, speed, gain, attraction, repulsion;

    explicit Axis(std::size_t size = 0)
        : place(size), speed(size), gain(size, 1.0F), attraction(size), repulsion(size) {}

    void move(float exaggeration, float total, float momentum, float learning_rate) {
      float mean = 0;
      for (std::size_t i = 0; i < place.size(); ++i) {
        const float slope = 4 * (exaggeration * attraction[i] - repulsion[i] / total);
        gain[i] = (slope > 0) == (speed[i] > 0) ? std::max(0.01F, gain[i] * 0.8F) : gain[i] + 0.2F;
        speed[i] = momentum * speed[i] - learning_rate * gain[i] * slope;
        place[i] += speed[i];
        mean += place[i] / static_cast<float>(place.size());
      }
      for (float& p : place) p -= mean;
    }
  };

  /// The principal component, small, and parted a little where points are the same.
  void place(const std::vector<float>& start, const Draws& draws, std::uint32_t unit, Axis& axis) {
    axis = Axis(start.size());
    double squares = 0;
    for (const float x : start) squares += static_cast<double>(x) * static_cast<double>(x);
    const double spread = std::sqrt(squares / static_cast<double>(start.size()));
    const double scale = spread > 0 ? 1e-4 / spread : 0;
    for (std::size_t i = 0; i < start.size(); ++i) {
      const double noise =
          normal(draws.word(Stream::permutation, static_cast<std::uint32_t>(i), 0, 0, unit));
      axis.place[i] = static_cast<float>(scale * static_cast<double>(start[i]) + 1e-6 * noise);
    }
  }

  float learning_rate() const {
    return static_cast<float>(
        std::max(static_cast<double>(count_) / options_.exaggeration / 4, 50.0));
  }

  /// Attractions and repulsions of all pairs; gives sum q.
  double add_forces() {
    team_.split(count_, [this](Index first, Index last) {
      for (Index own = first; own < last; ++own) add_forces_on(own);
    });
    double total = 0;
    for (const float sum : sums_) total += static_cast<double>(sum) - 1;  // q_ii = 1
    return std::max(total, 1e-12);
  }

  /// Sums over all points, as many at once as a vector holds.
  struct Forces {
    using Pack = simd::Pack<float>;
    static VAECOLLAPSE_INLINE Pack zero() { return simd::broadcast<float>(0); }

    Pack attraction_x = zero(), attraction_y = zero();
    Pack repulsion_x = zero(), repulsion_y = zero();
    Pack sum = zero();

    /// \param here 1 in the lanes that hold a point, 0 in the others
    VAECOLLAPSE_INLINE void add(Pack p, Pack dx, Pack dy, Pack here) {
      const auto one = simd::broadcast<float>(1);
      const Pack q = here / simd::fma<float>(dx, dx, simd::fma<float>(dy, dy, one));
      const Pack pull = p * q, push = q * q;
      attraction_x = simd::fma<float>(pull, dx, attraction_x);
      attraction_y = simd::fma<float>(pull, dy, attraction_y);
      repulsion_x = simd::fma<float>(push, dx, repulsion_x);
      repulsion_y = simd::fma<float>(push, dy, repulsion_y);
      sum = sum + q;
    }
  };

  void add_forces_on(Index own) {
    constexpr Index lanes = simd::lanes<float>;
    const auto at = static_cast<std::size_t>(own);
    const float* p = affinities_.values().data() + own * count_;
    const float *x = x_.place.data(), *y = y_.place.data();
    const auto own_x = simd::broadcast<float>(x[own]), own_y = simd::broadcast<float>(y[own]);
    const auto one = simd::broadcast<float>(1);
    Forces forces;
    Index j = 0;
    for (; j + lanes <= count_; j += lanes) {
      forces.add(simd::load(p + j), own_x - simd::load(x + j), own_y - simd::load(y + j), one);
    }
    if (const Index rest = count_ - j; rest > 0) {
      std::array<float, static_cast<std::size_t>(lanes)> ones;
      ones.fill(1);
      forces.add(simd::load_partial(p + j, rest), own_x - simd::load_partial(x + j, rest),
                 own_y - simd::load_partial(y + j, rest), simd::load_partial(ones.data(), rest));
    }
    x_.attraction[at] = simd::reduce_add<float>(forces.attraction_x);
    y_.attraction[at] = simd::reduce_add<float>(forces.attraction_y);
    x_.repulsion[at] = simd::reduce_add<float>(forces.repulsion_x);
    y_.repulsion[at] = simd::reduce_add<float>(forces.repulsion_y);
    sums_[at] = simd::reduce_add<float>(forces.sum);
  }

  /// KL(P || Q) = sum p (log p + log(1 + d^2)) + log sum q.
  double objective() {
    const double log_total = std::log(add_forces());
    std::vector<double> of_point(static_cast<std::size_t>(count_));
    team_.split(count_, [&](Index first, Index last) {
      for (Index own = first; own < last; ++own) {
        at(of_point, own) = objective_of(own, log_total);
      }
    });
    return std::accumulate(of_point.begin(), of_point.end(), 0.0);
  }

  double objective_of(Index own, double log_total) const {
    const float* p = affinities_.values().data() + own * count_;
    const float *x = x_.place.data(), *y = y_.place.data();
    double kl = 0;
    for (Index j = 0; j < count_; ++j) {
      if (p[j] <= 0) continue;
      const auto dx = static_cast<double>(x[own] - x[j]), dy = static_cast<double>(y[own] - y[j]);
      const auto share = static_cast<double>(p[j]);
      kl += share * (std::log(share) + std::log1p(dx * dx + dy * dy) + log_total);
    }
    return kl;
  }

  Team& team_;
  Affinities affinities_;
  TsneOptions options_;
  Index count_;
  Axis x_, y_;
  std::vector<float> sums_;
};

}  // namespace detail

/// Exact t-SNE from principal components: what is near stays near; distances between groups and
/// their sizes mean nothing. The same for the same z and seed, however many threads there are.
/// \shape z [Z x N] \throws Error for less than 4 points, or options out of range
/// \cost O(N^2) time an iteration, 4 N^2 bytes; 5000 points of 128 dimensions need 10 core-seconds
/// with AVX-512 or AVX2, 15 with SSE2
/// \source van der Maaten & Hinton 2008; start and learning rate by Kobak & Berens 2019 and
/// Belkina et al. 2019
inline Projection tsne(View<const float> z, Team& team, const TsneOptions& options = {}) {
  if (z.columns < 4 || z.rows < 1) {
    raise(ShapeError("tsne", {{"z", z.shape()}}, "there must be four points at least"));
  }
  if (is_nan(options.perplexity) || options.perplexity <= 1 || is_nan(options.exaggeration) ||
      options.exaggeration < 1) {
    detail::raise_error({"tsne: perplexity is ", options.perplexity, ", exaggeration is ",
                         options.exaggeration, ": they must be above 1, and at least 1"});
  }
  const double most = std::max(1.5, static_cast<double>(z.columns - 1) / 3);
  return detail::Tsne(z, std::min(options.perplexity, most), options, team)();
}

/// The same with one thread.
inline Projection tsne(View<const float> z, const TsneOptions& options = {}) {
  Team team;
  return tsne(z, team, options);
}

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
