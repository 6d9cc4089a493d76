// Arithmetic on two operands, functions of one, sums, and what dropout multiplies with, against
// their naive twins, at extreme numbers, and on several threads.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include <vaecollapse/core/team.hpp>
#include <vaecollapse/kernels/arithmetic.hpp>
#include <vaecollapse/kernels/dropout.hpp>
#include <vaecollapse/kernels/functions.hpp>
#include <vaecollapse/kernels/naive/elementwise.hpp>
#include <vaecollapse/kernels/reductions.hpp>

#include "support.hpp"

namespace vc = vaecollapse;
namespace kernels = vaecollapse::kernels;
using namespace kernel_test;
using kernels::Spread;

namespace {

/// Whole vectors and every rest, for every vector width.
constexpr Index most = 40;

/// Numbers from 0.5 to 3.5, of either sign where that is wanted.
template <class Scalar>
Matrix<Scalar> away_from_zero(Index rows, Index columns, std::uint32_t seed, bool of_either_sign) {
  auto result = random<Scalar>(rows, columns, seed, 1.5);
  for (Index k = 0; k < rows * columns; ++k) {
    Scalar& x = result.data()[k];
    x += of_either_sign && k % 3 == 0 ? Scalar(-2) : Scalar(2);
  }
  return result;
}

template <class Scalar, class F>
void check_function(bool is_of_either_sign) {
  vc::Team team(1);
  for (Index n = 0; n <= most; ++n) {
    const auto x = away_from_zero<Scalar>(n, 1, 1, is_of_either_sign);
    const auto dy = random<Scalar>(n, 1, 2);
    Matrix<Scalar> y(n, 1), dx = random<Scalar>(n, 1, 3);
    const Matrix<double> exact_x(x), exact_dy(dy);
    Matrix<double> exact_y(n, 1), exact_dx(dx);
    kernels::map_forward<F>(n, x.data(), y.data(), team);
    kernels::map_backward<F, Scalar>(n, x.data(), y.data(), dy.data(), dx.data(), team);
    kernels::naive::map_forward<F>(n, exact_x.data(), exact_y.data());
    kernels::naive::map_backward<F>(n, exact_x.data(), exact_dy.data(), exact_dx.data());
    CHECK(difference(y, exact_y) < roundings<Scalar>(6));
    CHECK(difference(dx, exact_dx) < roundings<Scalar>(20));
    CHECK(y.gaps_untouched());
    CHECK(dx.gaps_untouched());
  }
}

/// The operand of [rows x columns] with that spread.
template <class Scalar>
Matrix<Scalar> operand(Spread spread, Index rows, Index columns, std::uint32_t seed) {
  if (spread == Spread::one) return away_from_zero<Scalar>(1, 1, seed, false);
  if (spread == Spread::row) return away_from_zero<Scalar>(columns, 1, seed, true);
  return away_from_zero<Scalar>(rows, spread == Spread::column ? 1 : columns, seed, true);
}

template <class Op, Spread A, Spread B, class Scalar>
void check_pair(Index rows, Index columns) {
  vc::Team team(1);
  const auto a = operand<Scalar>(A, rows, columns, 1), b = operand<Scalar>(B, rows, columns, 2);
  const auto dy = random<Scalar>(rows, columns, 3);
  Matrix<Scalar> y(rows, columns), da = a, db = b;
  const Matrix<double> exact_a(a), exact_b(b), exact_dy(dy);
  Matrix<double> exact_y(rows, columns), exact_da(da), exact_db(db);

  const kernels::Pair<A, B, Scalar> pair{a.data(), b.data(), rows, columns};
  kernels::pair_forward<Op>(pair, y.data(), team);
  kernels::pair_backward<typename Op::Left, A>(pair, std::as_const(y).data(), dy.data(), da.data(),
                                               team);
  kernels::pair_backward<typename Op::Right, B>(pair, std::as_const(y).data(), dy.data(), db.data(),
                                                team);
  const kernels::Pair<A, B, double> exact{exact_a.data(), exact_b.data(), rows, columns};
  kernels::naive::pair_forward<Op>(exact, exact_y.data());
  kernels::naive::pair_backward<Op>(exact, exact_dy.data(), exact_da.data(), exact_db.data());
  CAPTURE(rows);
  CAPTURE(columns);
  CHECK(difference(y, exact_y) < roundings<Scalar>(3));
  CHECK(difference(da, exact_da) < roundings<Scalar>(200));
  CHECK(difference(db, exact_db) < roundings<Scalar>(200));
  for (const auto* result : {&y, &da, &db}) CHECK(result->gaps_untouched());
}

template <class Op, class Scalar>
void check_operation() {
  for (Index rows = 0; rows <= most; ++rows) {
    const Index columns = rows % 4;
    check_pair<Op, Spread::each, Spread::each, Scalar>(rows, columns);
    check_pair<Op, Spread::each, Spread::one, Scalar>(rows, columns);
    check_pair<Op, Spread::one, Spread::each, Scalar>(rows, columns);
    check_pair<Op, Spread::each, Spread::column, Scalar>(rows, columns);
    check_pair<Op, Spread::column, Spread::each, Scalar>(rows, columns);
    check_pair<Op, Spread::each, Spread::row, Scalar>(rows, columns);
  }
  check_pair<Op, Spread::each, Spread::one, Scalar>(83, 7);
  check_pair<Op, Spread::one, Spread::each, Scalar>(83, 7);
}

}  // namespace

TEST_CASE_TEMPLATE("functions: forward and backward against the naive twins", Scalar, float,
                   double) {
  check_function<Scalar, kernels::Exp>(true);
  check_function<Scalar, kernels::Log>(false);
  check_function<Scalar, kernels::Square>(true);
  check_function<Scalar, kernels::Sqrt>(false);
  check_function<Scalar, kernels::Sigmoid>(true);
  check_function<Scalar, kernels::Softplus>(true);
  check_function<Scalar, kernels::Abs>(true);
}

TEST_CASE_TEMPLATE("arithmetic: every operation and every spread against the naive twins", Scalar,
                   float, double) {
  check_operation<kernels::Add, Scalar>();
  check_operation<kernels::Subtract, Scalar>();
  check_operation<kernels::Multiply, Scalar>();
  check_operation<kernels::Divide, Scalar>();
}

TEST_CASE_TEMPLATE("sums: of all, of columns and of rows, against the naive twins", Scalar, float,
                   double) {
  vc::Team team(1);
  for (Index rows = 0; rows <= most; ++rows) {
    for (const Index columns : {Index{0}, Index{1}, Index{3}, Index{4}, Index{9}, Index{300}}) {
      const auto x = random<Scalar>(rows, columns, 1);
      Matrix<Scalar> all(1, 1), of_columns(columns, 1), of_rows(rows, 1);
      const Matrix<double> exact(x);
      Matrix<double> exact_all(1, 1), exact_columns(columns, 1), exact_rows(rows, 1);
      const Index divisor = 7;
      *all.data() = kernels::sum_forward(rows * columns, x.data(), divisor);
      kernels::sum_rows_forward(x.view(), divisor, of_columns.data(), team);
      kernels::sum_columns_forward(x.view(), divisor, of_rows.data(), team);
      kernels::naive::sums_forward(exact.view(), exact_columns.data(), exact_rows.data(),
                                   exact_all.data());
      for (auto* sums : {&exact_all, &exact_columns, &exact_rows}) {
        for (Index k = 0; k < sums->rows(); ++k) sums->data()[k] /= 7;
      }
      CAPTURE(rows);
      CAPTURE(columns);
      CHECK(difference(all, exact_all) < roundings<Scalar>(40));
      CHECK(difference(of_columns, exact_columns) < roundings<Scalar>(10));
      CHECK(difference(of_rows, exact_rows) < roundings<Scalar>(100));
      for (const auto* result : {&all, &of_columns, &of_rows}) CHECK(result->gaps_untouched());
    }
  }
}

TEST_CASE_TEMPLATE("sums: gradients are the same share for each element that was added up", Scalar,
                   float, double) {
  vc::Team team(1);
  for (Index rows = 0; rows <= most; ++rows) {
    const Index columns = 1 + rows % 3;
    const auto start = random<Scalar>(rows, columns, 1);
    const auto dy = random<Scalar>(std::max(rows, columns), 1, 2);
    Matrix<Scalar> by_all(start), by_column(start), by_row(start);
    kernels::sum_backward(rows * columns, Scalar(3), 4, by_all.data(), team);
    kernels::sum_rows_backward(dy.data(), 4, by_column.view(), team);
    kernels::sum_columns_backward(dy.data(), 4, by_row.view(), team);
    Matrix<double> exact_all(start), exact_column(start), exact_row(start);
    for (Index j = 0; j < columns; ++j) {
      for (Index i = 0; i < rows; ++i) {
        exact_all.view()(i, j) += 0.75;
        exact_column.view()(i, j) += static_cast<double>(dy.data()[j]) / 4;
        exact_row.view()(i, j) += static_cast<double>(dy.data()[i]) / 4;
      }
    }
    CHECK(difference(by_all, exact_all) < roundings<Scalar>(2));
    CHECK(difference(by_column, exact_column) < roundings<Scalar>(2));
    CHECK(difference(by_row, exact_row) < roundings<Scalar>(2));
    for (const auto* result : {&by_all, &by_column, &by_row}) CHECK(result->gaps_untouched());
  }
}

TEST_CASE("sums: a million floats to 40 roundings") {
  // An accumulator takes 32 numbers of a block, six more sums join the accumulators and the lanes,
  // and two roundings make a float of it.
  const Index n = 1000003;
  const std::vector<float> x(static_cast<std::size_t>(n), 0.1f);
  const double exact = static_cast<double>(0.1f) * static_cast<double>(n);
  const auto error = [&](Index divisor) {
    const auto sum = static_cast<double>(kernels::sum_forward(n, x.data(), divisor));
    return std::abs(sum * static_cast<double>(divisor) / exact - 1);
  };
  CHECK(error(1) < roundings<float>(40));
  CHECK(error(n) < roundings<float>(40));
}

namespace {

/// y and dx of F at x, for a dy of 1.
template <class F, class Scalar>
std::pair<Scalar, Scalar> at_number(double number) {
  vc::Team team(1);
  const auto x = static_cast<Scalar>(number);
  const Scalar one = 1;
  Scalar y = 0, dx = 0;
  kernels::map_forward<F>(1, &x, &y, team);
  kernels::map_backward<F>(1, &x, &std::as_const(y), &one, &dx, team);
  return {y, dx};
}

}  // namespace

TEST_CASE_TEMPLATE("functions: values and gradients at extreme numbers", Scalar, float, double) {
  const Scalar infinity = std::numeric_limits<Scalar>::infinity();
  const bool is_double = sizeof(Scalar) == 8;
  const auto e_100 = static_cast<Scalar>(is_double ? std::exp(-100.0) : 0.0);
  using Two = std::pair<Scalar, Scalar>;

  CHECK(at_number<kernels::Sigmoid, Scalar>(100) == Two(1, 0));
  CHECK(at_number<kernels::Sigmoid, Scalar>(1e30) == Two(1, 0));
  CHECK(at_number<kernels::Sigmoid, Scalar>(-1e30) == Two(0, 0));
  const Two low = at_number<kernels::Sigmoid, Scalar>(-100);
  CHECK(low.first == doctest::Approx(e_100));
  CHECK(low.second == doctest::Approx(e_100));

  CHECK(at_number<kernels::Softplus, Scalar>(100) == Two(100, 1));
  CHECK(at_number<kernels::Softplus, Scalar>(1e30) == Two(Scalar(1e30), 1));
  CHECK(at_number<kernels::Softplus, Scalar>(-1e30) == Two(0, 0));
  const Two flat = at_number<kernels::Softplus, Scalar>(-100);
  CHECK(flat.first == doctest::Approx(e_100));
  CHECK(flat.second == doctest::Approx(e_100));

  CHECK(at_number<kernels::Exp, Scalar>(-1e30) == Two(0, 0));
  CHECK(at_number<kernels::Exp, Scalar>(1e30) == Two(infinity, infinity));
  CHECK(at_number<kernels::Log, Scalar>(0) == Two(-infinity, infinity));
  CHECK(std::isnan(at_number<kernels::Log, Scalar>(-1).first));
  CHECK(at_number<kernels::Sqrt, Scalar>(0) == Two(0, infinity));
  CHECK(std::isnan(at_number<kernels::Sqrt, Scalar>(-1).first));
  CHECK(at_number<kernels::Abs, Scalar>(0) == Two(0, 0));
  CHECK(at_number<kernels::Abs, Scalar>(-0.0) == Two(0, 0));
  CHECK(at_number<kernels::Abs, Scalar>(-1e30) == Two(Scalar(1e30), -1));
}

namespace {

template <class Scalar>
std::vector<std::vector<Scalar>> everything_on(int threads) {
  const Index rows = 331, columns = 211;
  const Index n = rows * columns;
  vc::Team team(threads);
  const auto x = away_from_zero<Scalar>(rows, columns, 1, true);
  const auto dy = random<Scalar>(rows, columns, 2);
  const auto column = away_from_zero<Scalar>(rows, 1, 3, true);
  std::vector<std::vector<Scalar>> results;
  const auto fresh = [&results](Index size) {
    results.emplace_back(static_cast<std::size_t>(size), Scalar(1));
    return results.back().data();
  };
  Scalar* y = fresh(n);
  kernels::map_forward<kernels::Sigmoid>(n, x.data(), y, team);
  kernels::map_backward<kernels::Sigmoid, Scalar>(n, x.data(), y, dy.data(), fresh(n), team);

  const kernels::Pair<Spread::each, Spread::column, Scalar> pair{x.data(), column.data(), rows,
                                                                 columns};
  Scalar* quotient = fresh(n);
  kernels::pair_forward<kernels::Divide>(pair, quotient, team);
  kernels::pair_backward<kernels::Divide::Left, Spread::each, Spread::each, Spread::column, Scalar>(
      pair, quotient, dy.data(), fresh(n), team);
  kernels::pair_backward<kernels::Divide::Right, Spread::column, Spread::each, Spread::column,
                         Scalar>(pair, quotient, dy.data(), fresh(rows), team);

  const auto row = away_from_zero<Scalar>(columns, 1, 4, true);
  const kernels::Pair<Spread::each, Spread::row, Scalar> by_column{x.data(), row.data(), rows,
                                                                   columns};
  kernels::pair_forward<kernels::Divide>(by_column, quotient, team);
  kernels::pair_backward<kernels::Divide::Right, Spread::row, Spread::each, Spread::row, Scalar>(
      by_column, quotient, dy.data(), fresh(columns), team);

  const kernels::Pair<Spread::each, Spread::each, Scalar> both{x.data(), dy.data(), rows, columns};
  kernels::pair_forward<kernels::Multiply>(both, fresh(n), team);
  kernels::sum_rows_forward<Scalar>(x.view(), 3, fresh(columns), team);
  kernels::sum_columns_forward<Scalar>(x.view(), 3, fresh(rows), team);
  kernels::sum_backward(n, Scalar(2), 3, fresh(n), team);
  kernels::sum_rows_backward<Scalar>(dy.data(), 3, {fresh(n), rows, columns}, team);
  kernels::sum_columns_backward<Scalar>(dy.data(), 3, {fresh(n), rows, columns}, team);
  kernels::dropout_factors<Scalar>({0.3, vc::Draws(1, 2), vc::Stream::user, {}},
                                   {fresh(n), rows, columns}, team);
  return results;
}

}  // namespace

TEST_CASE_TEMPLATE("elementwise kernels: the same bits on one to three threads", Scalar, float,
                   double) {
  const auto alone = everything_on<Scalar>(1);
  for (const int threads : {2, 3}) CHECK(everything_on<Scalar>(threads) == alone);
}

TEST_CASE_TEMPLATE("dropout: the factors of single units, by corpus row or by column", Scalar,
                   float, double) {
  vc::Team team(1);
  const std::vector<std::uint32_t> rows{9, 700000, 0};
  for (const double rate : {0.0, 0.3, 1.0}) {
    for (const Index units : {1, 3, 4, 37}) {
      for (const bool by_row : {false, true}) {
        kernels::ColumnDropout dropout{rate, vc::Draws(3, 8), vc::Stream(1001), {}};
        if (by_row) dropout.rows = rows;
        Matrix<Scalar> factors(units, 3, 2);
        Matrix<double> exact(units, 3, 2);
        kernels::dropout_factors(dropout, factors.view(), team);
        for (Index j = 0; j < 3; ++j) {
          for (Index i = 0; i < units; ++i) {
            exact.view()(i, j) = kernels::naive::dropout_factor(dropout, i, j);
          }
        }
        CHECK(difference(factors, exact) < roundings<Scalar>(1));
        CHECK(factors.gaps_untouched());
      }
    }
  }
}
