// Products with one vector, on matrices as they lie, against sums one by one.
#include <algorithm>

#include <doctest/doctest.h>

#include <vaecollapse/kernels/gemv.hpp>

#include "support.hpp"

namespace kernels = vaecollapse::kernels;
using namespace kernel_test;

namespace {

const Index sizes[] = {1, 2, 7, 8, 9, 15, 16, 17, 31, 32, 50};
/// Some are held in registers, of floats or of doubles, and some are not.
const Index heights[] = {1, 7, 16, 17, 31, 32, 48, 50, 64, 75, 96, 128, 133, 192, 256, 320};

}  // namespace

TEST_CASE_TEMPLATE("dot_columns: every column, and nothing else", Scalar, float, double) {
  for (const Index rows : heights) {
    for (const Index columns : sizes) {
      CAPTURE(rows);
      CAPTURE(columns);
      const Matrix<Scalar> a = random<Scalar>(rows, columns, 1, 1, 3);
      const Matrix<Scalar> x = random<Scalar>(rows, 1, 2);
      Matrix<Scalar> y(columns, 1, 4);
      kernels::dot_columns<Scalar>(a.view(), x.data(), y.view().data);
      for (Index j = 0; j < columns; ++j) {
        double expected = 0;
        for (Index i = 0; i < rows; ++i) {
          expected += double(a.view()(i, j)) * double(x.view()(i, 0));
        }
        CHECK(double(y.view()(j, 0)) ==
              doctest::Approx(expected).epsilon(roundings<Scalar>(100)).scale(1));
      }
      CHECK(y.gaps_untouched());
    }
  }
}

TEST_CASE_TEMPLATE("dot_columns: the bits of a column do not depend on its neighbours", Scalar,
                   float, double) {
  constexpr Index lanes = vaecollapse::simd::lanes<Scalar>;
  for (const Index rows : {16, 32, 48, 64, 75, 96, 128, 192, 256}) {
    for (const Index columns : {1, 7, 16, 40, 43}) {
      const Matrix<Scalar> a = random<Scalar>(rows, columns, 1);
      const Matrix<Scalar> x = random<Scalar>(rows, 1, 2);
      Matrix<Scalar> whole(columns, 1), slices(columns, 1), fetched(columns, 1), alone(columns, 1);
      kernels::dot_columns<Scalar>(a.view(), x.data(), whole.view().data);
      constexpr Index ahead = 64;
      kernels::dot_columns<Scalar>(a.view(), x.data(), fetched.view().data, ahead);
      const auto dot_slices = [&](Index most, Matrix<Scalar>& y) {
        for (Index first = 0; first < columns; first += most) {
          const Index count = std::min(most, columns - first);
          kernels::dot_columns<Scalar>(a.view().middle_columns(first, count), x.data(),
                                       y.view().data + first);
        }
      };
      dot_slices(3 * lanes, slices);
      dot_slices(1, alone);
      CAPTURE(rows);
      CAPTURE(columns);
      CHECK(same_bits(slices, whole));
      CHECK(same_bits(fetched, whole));
      CHECK(same_bits(alone, whole));
    }
  }
}

TEST_CASE_TEMPLATE("multiply_panels: the bits of one panel after the other", Scalar, float,
                   double) {
  constexpr Index lanes = vaecollapse::simd::lanes<Scalar>, depth = 37;
  constexpr int panels = 4;
  const Matrix<Scalar> packed = random<Scalar>(panels * 3 * lanes * depth, 1, 1);
  const Matrix<Scalar> b = random<Scalar>(depth, 1, 2), start = random<Scalar>(3 * lanes, 1, 3);
  kernels::Tile<Scalar, 3, 1> together[panels];
  for (const Index ahead : {0, 64}) {
    for (auto& tile : together) {
      for (int v = 0; v < 3; ++v) tile[0][v] = vaecollapse::simd::load(start.data() + v * lanes);
    }
    kernels::multiply_panels<3, panels>(depth, packed.data(), b.data(), together, ahead);
    for (int p = 0; p < panels; ++p) {
      kernels::Tile<Scalar, 3, 1> alone;
      for (int v = 0; v < 3; ++v) alone[0][v] = vaecollapse::simd::load(start.data() + v * lanes);
      kernels::multiply_tile<3, 1>(depth, packed.data() + p * 3 * lanes * depth, b.data(), 1, depth,
                                   alone);
      Matrix<Scalar> one(3 * lanes, 1), other(3 * lanes, 1);
      for (int v = 0; v < 3; ++v) {
        vaecollapse::simd::store(one.view().data + v * lanes, alone[0][v]);
        vaecollapse::simd::store(other.view().data + v * lanes, together[p][0][v]);
      }
      CHECK(same_bits(one, other));
    }
  }
}

TEST_CASE_TEMPLATE("add_product: adds to what is there, and to nothing else", Scalar, float,
                   double) {
  for (const Index rows : heights) {
    for (const Index columns : sizes) {
      CAPTURE(rows);
      CAPTURE(columns);
      const Matrix<Scalar> a = random<Scalar>(rows, columns, 1, 1, 3);
      const Matrix<Scalar> x = random<Scalar>(columns, 1, 2);
      Matrix<Scalar> y = random<Scalar>(rows, 1, 3, 1, 4);
      const Matrix<Scalar> before = y;
      kernels::add_product<Scalar>(a.view(), x.data(), y.view().data);
      for (Index i = 0; i < rows; ++i) {
        double expected = before.view()(i, 0);
        for (Index k = 0; k < columns; ++k) {
          expected += double(a.view()(i, k)) * double(x.view()(k, 0));
        }
        CHECK(double(y.view()(i, 0)) ==
              doctest::Approx(expected).epsilon(roundings<Scalar>(100)).scale(1));
      }
      CHECK(y.gaps_untouched());
    }
  }
}

TEST_CASE_TEMPLATE("add_product: the bits of one column after the other", Scalar, float, double) {
  constexpr Index columns = 43;
  for (const Index rows : heights) {
    const Matrix<Scalar> a = random<Scalar>(rows, columns, 1);
    const Matrix<Scalar> x = random<Scalar>(columns, 1, 2);
    Matrix<Scalar> together = random<Scalar>(rows, 1, 3), one_by_one = together;
    kernels::add_product<Scalar>(a.view(), x.data(), together.view().data);
    for (Index k = 0; k < columns; ++k) {
      kernels::add_scaled(rows, x.view()(k, 0), a.view().column(k), one_by_one.view().data);
    }
    CAPTURE(rows);
    CHECK(same_bits(together, one_by_one));
  }
}
