// Sums and means over places, and vectors in the first places, against their naive twins.
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include <vaecollapse/core/rng.hpp>
#include <vaecollapse/core/team.hpp>
#include <vaecollapse/kernels/naive/places.hpp>
#include <vaecollapse/kernels/places.hpp>

namespace places_kernels_test {
namespace {

namespace vc = vaecollapse;
namespace kernels = vaecollapse::kernels;
namespace naive = vaecollapse::kernels::naive;
using vc::Index;
using vc::View;

/// A matrix that owns its numbers, which are about 1.
template <class Scalar>
struct Matrix {
  Index rows, columns;
  std::vector<Scalar> numbers;

  Matrix(Index row_count, Index column_count, std::uint64_t seed)
      : rows(row_count), columns(column_count) {
    const vc::Draws draws(vc::Seed{seed}, 0);
    for (std::uint32_t i = 0; Index(i) < rows * columns; ++i) {
      numbers.push_back(
          static_cast<Scalar>(vc::normal(draws.bits(vc::Stream::user, i, 0, 0, 0)[0])));
    }
  }
  View<Scalar> view() { return {numbers.data(), rows, columns}; }
  View<const Scalar> view() const { return {numbers.data(), rows, columns}; }
};

/// To the rounding of a sum of nine numbers.
template <class Scalar>
void check_close(const Matrix<Scalar>& found, const Matrix<Scalar>& expected) {
  double worst = 0;
  for (std::size_t i = 0; i < found.numbers.size(); ++i) {
    const double error = std::abs(double(found.numbers[i]) - double(expected.numbers[i]));
    if (!(error <= worst)) worst = std::isnan(error) ? HUGE_VAL : error;
  }
  CHECK(worst <= 40 * double(std::numeric_limits<Scalar>::epsilon()));
}

/// Rows of no, one and many places, enough of them that threads have some each.
const vc::SequencePlan& ragged() {
  static const vc::SequencePlan plan = [] {
    std::vector<Index> lengths;
    for (Index row = 0; row < 60; ++row) lengths.push_back((row * 7) % 10);
    return vc::SequencePlan(lengths);
  }();
  return plan;
}

/// Rows of three places at least.
const vc::SequencePlan& long_rows() {
  static const vc::SequencePlan plan = [] {
    std::vector<Index> lengths;
    for (Index row = 0; row < 60; ++row) lengths.push_back(3 + (row * 7) % 5);
    return vc::SequencePlan(lengths);
  }();
  return plan;
}

template <class Scalar>
void check_reductions(Index rows, Index first, kernels::OverPlaces kind, vc::Team& team) {
  const kernels::PlacesFrom places{ragged(), first};
  const Matrix<Scalar> x(rows, ragged().columns(), 1);
  Matrix<Scalar> y(rows, ragged().batch(), 2), twin = y;
  kernels::reduce_places_forward<Scalar>(places, kind, x.view(), y.view(), team);
  naive::reduce_places_forward<Scalar>(places, kind, x.view(), twin.view());
  check_close(y, twin);
  const Matrix<Scalar> dy(rows, ragged().batch(), 3);
  Matrix<Scalar> dx(rows, ragged().columns(), 4), dx_twin = dx;
  kernels::reduce_places_backward<Scalar>(places, kind, dy.view(), dx.view(), team);
  naive::reduce_places_backward<Scalar>(places, kind, dy.view(), dx_twin.view());
  check_close(dx, dx_twin);
}

template <class Scalar>
void check_vectors(Index rows, Index size, vc::Team& team) {
  const auto& plan = long_rows();
  Matrix<Scalar> columns(rows, plan.columns(), 1), twin = columns;
  Matrix<Scalar> vectors(size, plan.batch(), 2);
  kernels::fill_first_columns<Scalar>(plan, vectors.view(), columns.view(), team);
  naive::fill_first_columns<Scalar>(plan, vectors.view(), twin.view());
  CHECK(columns.numbers == twin.numbers);
  Matrix<Scalar> sums(size, plan.batch(), 3), twin_sums = sums;
  kernels::add_first_columns<Scalar>(plan, columns.view(), sums.view(), team);
  naive::add_first_columns<Scalar>(plan, columns.view(), twin_sums.view());
  CHECK(sums.numbers == twin_sums.numbers);
  kernels::add_to_first_columns<Scalar>(plan, sums.view(), columns.view(), team);
  naive::add_to_first_columns<Scalar>(plan, sums.view(), twin.view());
  CHECK(columns.numbers == twin.numbers);
}

}  // namespace

TEST_CASE_TEMPLATE("places: sums and means are those of the naive twins", Scalar, float, double) {
  vaecollapse::Team alone, three(3);
  for (const Index rows : {1, 5, 16, 48, 131}) {
    for (const Index first : {0, 2, 9}) {
      for (const auto kind : {kernels::OverPlaces::sum, kernels::OverPlaces::mean}) {
        CAPTURE(rows);
        CAPTURE(first);
        check_reductions<Scalar>(rows, first, kind, alone);
        check_reductions<Scalar>(rows, first, kind, three);
      }
    }
  }
}

TEST_CASE("places: a row's sums have the same bits in any batch and on any threads") {
  const auto& plan = ragged();
  const Matrix<float> x(48, plan.columns(), 1);
  Matrix<float> y(48, plan.batch(), 2), again = y;
  vaecollapse::Team alone, three(3);
  const kernels::PlacesFrom places{plan, 1};
  kernels::reduce_places_forward<float>(places, kernels::OverPlaces::mean, x.view(), y.view(),
                                        alone);
  kernels::reduce_places_forward<float>(places, kernels::OverPlaces::mean, x.view(), again.view(),
                                        three);
  CHECK(y.numbers == again.numbers);
  for (const Index row : {1, 7, 58}) {
    const Index length = plan.length(row);
    const vaecollapse::SequencePlan own(std::span(&length, 1));
    Matrix<float> alone_x(48, length, 3), alone_y(48, 1, 4);
    for (Index step = 0; step < length; ++step) {
      std::copy_n(x.view().column(plan.column(row, step)), 48, alone_x.view().column(step));
    }
    kernels::reduce_places_forward<float>({own, 1}, kernels::OverPlaces::mean,
                                          std::as_const(alone_x).view(), alone_y.view(), alone);
    CHECK(std::vector<float>(y.view().column(row), y.view().column(row) + 48) == alone_y.numbers);
  }
}

TEST_CASE_TEMPLATE("places: vectors fill first columns as the naive twins do", Scalar, float,
                   double) {
  vaecollapse::Team alone, three(3);
  for (const Index rows : {5, 16, 48}) {
    for (const Index size : {Index{0}, Index{1}, rows, rows + 1, 2 * rows, 3 * rows - 1}) {
      CAPTURE(rows);
      CAPTURE(size);
      check_vectors<Scalar>(rows, size, alone);
      check_vectors<Scalar>(rows, size, three);
    }
  }
}

}  // namespace places_kernels_test
