// Silhouettes by hand, and where there are none.
#include <vector>

#include <doctest/doctest.h>

#include <vaecollapse/metrics/silhouette.hpp>

namespace vc = vaecollapse;

namespace {

std::optional<double> silhouette(const std::vector<double>& line, const std::vector<int>& labels) {
  return vc::silhouette(vc::View<const double>(line.data(), 1, static_cast<vc::Index>(line.size())),
                        std::span<const int>(labels));
}

}  // namespace

TEST_CASE("silhouette: two pairs") {
  // a = 1 for all; b = 10.5, 9.5, 9.5, 10.5.
  const double expected = (9.5 / 10.5 + 8.5 / 9.5) / 2;
  CHECK(silhouette({0, 1, 10, 11}, {7, 7, -3, -3}).value() == doctest::Approx(expected));
}

TEST_CASE("silhouette: labels that cut across groups are worse than none") {
  CHECK(silhouette({0, 1, 10, 11}, {1, 2, 1, 2}).value() < 0);
}

TEST_CASE("silhouette: alone, all the same, and one label") {
  CHECK(silhouette({0, 5}, {1, 2}).value() == 0);
  CHECK(silhouette({3, 3, 3, 3}, {1, 1, 2, 2}).value() == 0);
  CHECK_FALSE(silhouette({1, 2, 3}, {4, 4, 4}).has_value());
  CHECK_THROWS_WITH_AS(
      silhouette({1, 2, 3}, {4, 4}),
      "silhouette: z is [1 x 3], labels is [2]: there must be a label for each column",
      vc::ShapeError);
}

TEST_CASE("silhouette: more points than a block") {
  std::vector<double> line;
  std::vector<int> labels;
  for (int i = 0; i < 150; ++i) {
    line.push_back(i % 2 == 0 ? i * 1e-3 : 1000 + i * 1e-3);
    labels.push_back(i % 2);
  }
  CHECK(silhouette(line, labels).value() > 0.999);
}
