// Products with one vector, on matrices as they lie, against sums one by one.
#include <array>

#include <doctest/doctest.h>

#include <vaecollapse/kernels/gemv.hpp>

#include "support.hpp"

namespace simd = vaecollapse::simd;
namespace kernels = vaecollapse::kernels;
using namespace kernel_test;

namespace {

const Index sizes[] = {1, 2, 7, 8, 9, 15, 16, 17, 31, 32, 50};

}  // namespace

TEST_CASE_TEMPLATE("dot_columns: every column of every vector of columns", Scalar, float, double) {
  constexpr Index lanes = simd::lanes<Scalar>;
  for (const Index rows : sizes) {
    for (const Index columns : sizes) {
      CAPTURE(rows);
      CAPTURE(columns);
      const Matrix<Scalar> a = random<Scalar>(rows, columns, 1, 1, 3);
      const Matrix<Scalar> x = random<Scalar>(rows, 1, 2);
      for (Index first = 0; first < columns; first += lanes) {
        std::array<Scalar, static_cast<std::size_t>(lanes)> found{};
        simd::store(found.data(), kernels::dot_columns<Scalar>(a.view(), first, x.data()));
        for (Index lane = 0; lane < lanes; ++lane) {
          double expected = 0;
          for (Index i = 0; i < rows && first + lane < columns; ++i) {
            expected += double(a.view()(i, first + lane)) * double(x.view()(i, 0));
          }
          CHECK(double(found[static_cast<std::size_t>(lane)]) ==
                doctest::Approx(expected).epsilon(roundings<Scalar>(100)).scale(1));
        }
      }
    }
  }
}

TEST_CASE_TEMPLATE("add_product: adds to what is there, and to nothing else", Scalar, float,
                   double) {
  for (const Index rows : sizes) {
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
