// Purity of neighbourhoods, by hand and against the plain double loop.
#include <algorithm>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include <vaecollapse/core/rng.hpp>
#include <vaecollapse/metrics/knn_purity.hpp>

namespace vc = vaecollapse;

namespace {

vc::View<const float> view(const std::vector<float>& codes, vc::Index dimensions) {
  return {codes.data(), dimensions, static_cast<vc::Index>(codes.size()) / dimensions};
}

double plain_purity(const std::vector<float>& codes, std::size_t dimensions,
                    const std::vector<int>& labels, std::size_t k) {
  double shares = 0, asked = 0;
  for (std::size_t a = 0; a < labels.size(); ++a) {
    const auto companions = std::count(labels.begin(), labels.end(), labels[a]) - 1;
    if (companions == 0) continue;
    const std::size_t near = std::min(k, static_cast<std::size_t>(companions));
    std::vector<std::pair<double, std::size_t>> others;
    for (std::size_t b = 0; b < labels.size(); ++b) {
      double distance = 0;
      for (std::size_t d = 0; d < dimensions; ++d) {
        const double apart = double(codes[a * dimensions + d]) - double(codes[b * dimensions + d]);
        distance += apart * apart;
      }
      if (a != b) others.push_back({distance, b});
    }
    std::sort(others.begin(), others.end());
    double same = 0;
    for (std::size_t i = 0; i < near; ++i) same += labels[others[i].second] == labels[a] ? 1 : 0;
    shares += same / static_cast<double>(near);
    ++asked;
  }
  return shares / asked;
}

}  // namespace

TEST_CASE("knn purity: by hand, on a line") {
  // Labels A A B A at 0, 1, 3, 7. Nearest: 1 -> A; 0 -> A; 1 -> A, wrong; 3 -> B, wrong. B is alone
  // and not asked.
  const std::vector<float> codes{0, 1, 3, 7};
  CHECK(vc::knn_purity(view(codes, 1), std::vector{0, 0, 1, 0}, 1).value() ==
        doctest::Approx(2.0 / 3));
  // With two neighbours each: {1, 3}, {0, 3}, {3, 1}: one right of two, three times.
  CHECK(vc::knn_purity(view(codes, 1), std::vector{0, 0, 1, 0}, 2).value() == 0.5);
  // No more are asked for than there are.
  CHECK(vc::knn_purity(view(codes, 1), std::vector{0, 0, 1, 0}, 3).value() == 0.5);
  CHECK(vc::knn_purity(view(codes, 1), std::vector{0, 0, 1, 1}, 3).value() == 0.75);
}

TEST_CASE("knn purity: clusters are pure, however far from the origin") {
  std::vector<float> codes;
  std::vector<int> labels;
  for (int i = 0; i < 40; ++i) {
    codes.insert(codes.end(), {1000.0f + static_cast<float>(i % 4), static_cast<float>(i) * 1e-3f});
    labels.push_back(i % 4);
  }
  CHECK(vc::knn_purity(view(codes, 2), labels).value() == 1);
}

TEST_CASE("knn purity: as the plain double loop has it, over several blocks") {
  constexpr vc::Index dimensions = 7;
  constexpr std::size_t points = 300;
  const vc::Draws draws(3, 0);
  std::vector<float> codes(points * std::size_t{dimensions});
  std::vector<std::uint32_t> rows(points);
  for (std::size_t i = 0; i < points; ++i) rows[i] = static_cast<std::uint32_t>(i);
  vc::fill_normal(draws, vc::Stream::latent, rows, 0,
                  vc::View<float>(codes.data(), dimensions, points));
  std::vector<int> labels;
  for (std::size_t i = 0; i < points; ++i) {
    labels.push_back(static_cast<int>(i * i % 60));
    codes[i * std::size_t{dimensions}] += 0.2f * static_cast<float>(labels.back());
  }
  for (const vc::Index k : {1, 5, 299}) {
    CAPTURE(k);
    CHECK(vc::knn_purity(view(codes, dimensions), labels, k).value() ==
          doctest::Approx(plain_purity(codes, dimensions, labels, static_cast<std::size_t>(k)))
              .epsilon(1e-12));
  }
}

TEST_CASE("knn purity: nothing to ask") {
  const std::vector<float> codes{0, 1, 2};
  CHECK_FALSE(vc::knn_purity(view(codes, 1), std::vector{0, 1, 2}, 1).has_value());
}

TEST_CASE("knn purity: mistakes") {
  const std::vector<float> codes{0, 1, 2};
  CHECK_THROWS_WITH_AS(
      vc::knn_purity(view(codes, 1), std::vector{0, 1}, 1),
      "knn_purity: z is [1 x 3], labels is [2]: there must be a label for each column",
      vc::ShapeError);
  CHECK_THROWS_WITH_AS(
      vc::knn_purity(view(codes, 1), std::vector{0, 0, 0}, 3),
      "knn_purity: k is 3: it must be at least 1 and below 3, the number of points", vc::Error);
  CHECK_THROWS_AS(vc::knn_purity(view(codes, 1), std::vector{0, 0, 0}, 0), vc::Error);
}
