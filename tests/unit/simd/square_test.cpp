// Squares of distinct numbers, which come back mirrored, or as the sums of their rows.
#include <array>
#include <cstddef>

#include <doctest/doctest.h>

#include <vaecollapse/simd/square.hpp>

namespace simd = vaecollapse::simd;

namespace {

template <class Scalar>
constexpr std::size_t width = static_cast<std::size_t>(simd::lanes<Scalar>);

/// Row i has 100 i, 100 i + 1, ...
template <class Scalar>
void fill(simd::Square<Scalar>& square) {
  for (std::size_t i = 0; i < width<Scalar>; ++i) {
    std::array<Scalar, width<Scalar>> row{};
    for (std::size_t j = 0; j < width<Scalar>; ++j) row[j] = static_cast<Scalar>(100 * i + j);
    square[i] = simd::load(row.data());
  }
}

}  // namespace

TEST_CASE_TEMPLATE("transposing mirrors", Scalar, float, double) {
  simd::Square<Scalar> square;
  fill<Scalar>(square);
  simd::transpose<Scalar>(square);
  for (std::size_t i = 0; i < width<Scalar>; ++i) {
    std::array<Scalar, width<Scalar>> row{};
    simd::store(row.data(), square[i]);
    for (std::size_t j = 0; j < width<Scalar>; ++j) {
      CHECK(row[j] == static_cast<Scalar>(100 * j + i));
    }
  }
}

TEST_CASE_TEMPLATE("the sums of the rows, one a lane", Scalar, float, double) {
  simd::Square<Scalar> square;
  fill<Scalar>(square);
  std::array<Scalar, width<Scalar>> sums{};
  simd::store(sums.data(), simd::sum_rows<Scalar>(square));
  const std::size_t n = width<Scalar>;
  for (std::size_t i = 0; i < n; ++i) {
    CHECK(sums[i] == static_cast<Scalar>(100 * i * n + n * (n - 1) / 2));
  }
}
