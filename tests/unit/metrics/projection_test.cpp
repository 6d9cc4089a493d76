// Principal components of points that lie on a plane, and t-SNE of groups far apart.
#include <cmath>
#include <vector>

#include <doctest/doctest.h>

#include <vaecollapse/core/team.hpp>
#include <vaecollapse/metrics/knn_purity.hpp>
#include <vaecollapse/metrics/projection.hpp>

namespace vc = vaecollapse;

namespace {

struct Cloud {
  vc::Index dimensions;
  std::vector<float> codes;
  std::vector<int> labels;

  vc::View<const float> view() const {
    return {codes.data(), dimensions, static_cast<vc::Index>(codes.size()) / dimensions};
  }
};

/// Groups of points about corners that are far apart.
Cloud groups(int count, int size, vc::Index dimensions) {
  Cloud cloud{dimensions, {}, {}};
  const vc::Draws draws(5, 0);
  for (int i = 0; i < count * size; ++i) {
    for (vc::Index d = 0; d < dimensions; ++d) {
      const double noise = vc::normal(draws.word(vc::Stream::user, static_cast<std::uint32_t>(i), 0,
                                                 0, static_cast<std::uint32_t>(d)));
      cloud.codes.push_back(static_cast<float>(noise + (d == i % count ? 30 : 0)));
    }
    cloud.labels.push_back(i % count);
  }
  return cloud;
}

double purity(const vc::Projection& plane, const std::vector<int>& labels) {
  std::vector<float> points;
  for (std::size_t i = 0; i < plane.x.size(); ++i) {
    points.push_back(plane.x[i]);
    points.push_back(plane.y[i]);
  }
  const auto count = static_cast<vc::Index>(labels.size());
  return vc::knn_purity(vc::View<const float>(points.data(), 2, count),
                        std::span<const int>(labels))
      .value();
}

double square(double x) { return x * x; }

/// p(j|i) with the perplexity asked for, by bisection of the logarithm of the precision.
std::vector<double> plain_affinities(const Cloud& cloud, std::size_t own, double perplexity) {
  const std::size_t count = cloud.labels.size();
  const auto dimensions = static_cast<std::size_t>(cloud.dimensions);
  std::vector<double> p(count);
  double low = -20, high = 20;
  while (high - low > 1e-9) {
    const double precision = std::exp((low + high) / 2);
    double sum = 0, entropy = 0;
    for (std::size_t i = 0; i < count; ++i) {
      double distance = 0;
      for (std::size_t d = 0; d < dimensions; ++d) {
        distance += square(static_cast<double>(cloud.codes[own * dimensions + d]) -
                           static_cast<double>(cloud.codes[i * dimensions + d]));
      }
      p[i] = i == own ? 0 : std::exp(-precision * distance);
      sum += p[i];
    }
    for (double& one : p) {
      one /= sum;
      if (one > 0) entropy -= one * std::log(one);
    }
    (entropy > std::log(perplexity) ? low : high) = (low + high) / 2;
  }
  return p;
}

/// KL(P || Q) of pictures.
class PlainObjective {
 public:
  PlainObjective(const Cloud& cloud, double perplexity) : count_(cloud.labels.size()) {
    for (std::size_t i = 0; i < count_; ++i) p_.push_back(plain_affinities(cloud, i, perplexity));
  }

  double operator()(const vc::Projection& plane) const {
    const auto q = [&](std::size_t i, std::size_t j) {
      return 1 / (1 + square(static_cast<double>(plane.x[i]) - static_cast<double>(plane.x[j])) +
                  square(static_cast<double>(plane.y[i]) - static_cast<double>(plane.y[j])));
    };
    double total = 0, kl = 0;
    for (std::size_t i = 0; i < count_; ++i) {
      for (std::size_t j = 0; j < count_; ++j) total += i == j ? 0 : q(i, j);
    }
    for (std::size_t i = 0; i < count_; ++i) {
      for (std::size_t j = 0; j < count_; ++j) {
        const double both = (p_[i][j] + p_[j][i]) / 2 / static_cast<double>(count_);
        if (both > 0) kl += both * std::log(both / (q(i, j) / total));
      }
    }
    return kl;
  }

  /// By one coordinate of the picture.
  double slope(const vc::Projection& plane, std::vector<float> vc::Projection::*axis,
               std::size_t point) const {
    constexpr float step = 1.0F / 64;
    vc::Projection before = plane, after = plane;
    (before.*axis)[point] -= step;
    (after.*axis)[point] += step;
    return ((*this)(after) - (*this)(before)) / (2 * static_cast<double>(step));
  }

 private:
  std::size_t count_;
  std::vector<std::vector<double>> p_;
};

}  // namespace

TEST_CASE("principal components: a plane is shown whole") {
  Cloud cloud{3, {}, {}};
  for (int i = -20; i <= 20; ++i) {
    const auto along = static_cast<float>(3 * i), across = static_cast<float>(i % 5);
    for (const float x : {along * 0.6F + across * -0.8F + 7, along * 0.8F + across * 0.6F, 5.0F}) {
      cloud.codes.push_back(x);
    }
  }
  const vc::Projection plane = vc::principal_components(cloud.view());
  CHECK(plane.measure == doctest::Approx(1));
  for (std::size_t i = 0; i < plane.x.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      double expected = 0;
      for (std::size_t d = 0; d < 3; ++d) {
        const double away = static_cast<double>(cloud.codes[3 * i + d] - cloud.codes[3 * j + d]);
        expected += away * away;
      }
      const double dx = static_cast<double>(plane.x[i] - plane.x[j]);
      const double dy = static_cast<double>(plane.y[i] - plane.y[j]);
      REQUIRE(dx * dx + dy * dy == doctest::Approx(expected).epsilon(1e-3));
    }
  }
  CHECK(std::abs(plane.x.back() - plane.x.front()) > 100);  // the longer one comes first
}

TEST_CASE("principal components: one dimension, one point, no points") {
  const std::vector<float> line{1, 2, 6};
  const vc::Projection plane = vc::principal_components({line.data(), 1, 3});
  CHECK(plane.x == std::vector<float>{-2, -1, 3});
  CHECK(plane.y == std::vector<float>(3));
  const vc::Projection point = vc::principal_components({line.data(), 3, 1});
  CHECK(point.x == std::vector<float>{0});
  CHECK(point.measure == 0);
  CHECK_THROWS_WITH_AS(vc::principal_components({line.data(), 3, 0}),
                       "principal_components: z is [3 x 0]: there must be points", vc::ShapeError);
}

TEST_CASE("t-SNE keeps groups apart that two components mix") {
  const Cloud cloud = groups(5, 40, 8);
  const vc::Projection plane = vc::tsne(cloud.view());
  CHECK(purity(plane, cloud.labels) == 1);
}

TEST_CASE("t-SNE: the same seed, the same picture; and its objective falls") {
  const Cloud cloud = groups(3, 30, 4);
  const auto after = [&](std::uint32_t iterations, std::uint64_t seed) {
    return vc::tsne(cloud.view(),
                    {.iterations = iterations, .exaggerated = 100, .seed = vc::Seed(seed)});
  };
  const vc::Projection once = after(300, 1), again = after(300, 1), other = after(300, 2);
  CHECK(once.x == again.x);
  CHECK(once.y == again.y);
  CHECK(once.x != other.x);
  CHECK(once.measure < after(100, 1).measure);
  CHECK(after(100, 1).measure < after(1, 1).measure);
  CHECK(once.measure >= 0);
}

TEST_CASE("t-SNE: threads change no bit, and the objective is that of the plain double loop") {
  const Cloud cloud = groups(3, 31, 4);  // 93 is no multiple of any vector's length
  vc::Team alone(1), three(3);
  const vc::TsneOptions options{.perplexity = 7, .iterations = 60, .exaggerated = 20};
  const vc::Projection once = vc::tsne(cloud.view(), alone, options);
  const vc::Projection again = vc::tsne(cloud.view(), three, options);
  CHECK(once.x == again.x);
  CHECK(once.y == again.y);
  CHECK(once.measure == again.measure);
  CHECK(once.measure == doctest::Approx(PlainObjective(cloud, 7)(once)).epsilon(1e-3));
}

TEST_CASE("t-SNE ends where its objective is flat") {
  const Cloud cloud = groups(1, 37, 3);
  const PlainObjective objective(cloud, 10);
  const vc::Projection plane = vc::tsne(cloud.view(), {.perplexity = 10});
  for (std::size_t point = 0; point < plane.x.size(); ++point) {
    for (const auto axis : {&vc::Projection::x, &vc::Projection::y}) {
      CHECK(std::abs(objective.slope(plane, axis, point)) < 2e-3);
    }
  }
}

TEST_CASE("t-SNE: points that are all the same, and mistakes") {
  const std::vector<float> same(20, 3.0F);
  const vc::Projection plane = vc::tsne({same.data(), 2, 10});
  for (const float x : plane.x) CHECK(std::isfinite(x));
  CHECK_THROWS_WITH_AS(vc::tsne({same.data(), 2, 3}),
                       "tsne: z is [2 x 3]: there must be four points at least", vc::ShapeError);
  CHECK_THROWS_WITH_AS(vc::tsne({same.data(), 2, 10}, {.perplexity = 0.5}),
                       "tsne: perplexity is 0.500000, exaggeration is 12.000000: they must be "
                       "above 1, and at least 1",
                       vc::Error);
}
