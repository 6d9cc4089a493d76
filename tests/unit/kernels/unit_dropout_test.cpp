// Unit dropout against the factors of single units, and on several threads.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include <vaecollapse/core/team.hpp>
#include <vaecollapse/kernels/unit_dropout.hpp>

#include "support.hpp"

namespace vc = vaecollapse;
namespace kernels = vaecollapse::kernels;
using namespace kernel_test;

TEST_CASE_TEMPLATE("unit dropout: forward and backward against single units", Scalar, float,
                   double) {
  const std::vector<std::uint32_t> rows{9, 2, 700000, 0};
  const vc::SequencePlan plan(std::vector<Index>{3, 5, 0, 1});
  struct Case {
    double rate;
    bool is_per_row;
  };
  for (const auto [rate, is_per_row] :
       {Case{0, false}, Case{0.3, false}, Case{0.3, true}, Case{1, false}}) {
    for (const Index units : {1, 4, 7, 32, 4101}) {
      const kernels::UnitDropout dropout{
          .rate = rate, .draws = vc::Draws(3, 8), .rows = rows, .is_per_row = is_per_row};
      const auto x = random<Scalar>(units, plan.columns(), 1, 1, 2);
      Matrix<Scalar> y = random<Scalar>(units, plan.columns(), 2, 1, 1), dx = y;
      Matrix<double> exact_y(y), exact_dx(dx);
      vc::Team team(2);
      kernels::unit_dropout_forward(dropout, plan, x.view(), y.view(), team);
      kernels::unit_dropout_backward(dropout, plan, x.view(), dx.view(), team);
      for (Index row = 0; row < plan.batch(); ++row) {
        for (Index t = 0; t < plan.length(row); ++t) {
          for (Index i = 0; i < units; ++i) {
            const double factor = kernels::naive::unit_dropout_factor(dropout, row, t, i);
            const Index column = plan.column(row, t);
            const double product =
                factor == 0 ? 0 : factor * static_cast<double>(x.view()(i, column));
            exact_y.view()(i, column) = product;
            exact_dx.view()(i, column) += product;
          }
        }
      }
      CHECK(difference(y, exact_y) < roundings<Scalar>(4));
      CHECK(difference(dx, exact_dx) < roundings<Scalar>(4));
      if (rate == 0) CHECK(same_bits<Scalar>(x.view(), std::as_const(y).view()));
      for (const auto* result : {&y, &dx}) CHECK(result->gaps_untouched());
    }
  }
}

TEST_CASE("unit dropout: a wide column begins with the coins of a narrow one") {
  const std::vector<std::uint32_t> rows{9};
  const vc::SequencePlan plan(std::vector<Index>{2});
  const kernels::UnitDropout dropout{.rate = 0.4, .draws = vc::Draws(3, 8), .rows = rows};
  vc::Team team(1);
  const auto dropped = [&](Index units) {
    Matrix<float> ones(units, plan.columns()), y(units, plan.columns());
    for (Index j = 0; j < plan.columns(); ++j) {
      std::fill_n(ones.view().column(j), units, 1.0f);
    }
    kernels::unit_dropout_forward(dropout, plan, std::as_const(ones).view(), y.view(), team);
    return y;
  };
  const auto narrow = dropped(4096), wide = dropped(20000);
  for (Index j = 0; j < plan.columns(); ++j) {
    Index kept = 0;
    for (Index i = 0; i < 20000; ++i) kept += wide.view()(i, j) > 0 ? 1 : 0;
    // 5 standard deviations: a false alarm in a million.
    CHECK(std::abs(static_cast<double>(kept) - 12000) < 5 * std::sqrt(20000 * 0.24));
    CHECK(
        std::equal(narrow.view().column(j), narrow.view().column(j) + 4096, wide.view().column(j)));
  }
}

TEST_CASE("unit dropout per row: all symbols of a row lose the same units, rows lose others") {
  const std::vector<std::uint32_t> rows{9, 4};
  const vc::SequencePlan plan(std::vector<Index>{3, 3});
  vc::Team team(1);
  Matrix<float> ones(64, plan.columns()), y(64, plan.columns());
  for (Index j = 0; j < plan.columns(); ++j) std::fill_n(ones.view().column(j), 64, 1.0f);
  kernels::unit_dropout_forward(
      {.rate = 0.5, .draws = vc::Draws(3, 8), .rows = rows, .is_per_row = true}, plan,
      std::as_const(ones).view(), y.view(), team);
  const auto column = [&](Index row, Index t) {
    const float* from = y.view().column(plan.column(row, t));
    return std::vector<float>(from, from + 64);
  };
  for (const Index row : {0, 1}) {
    CHECK(column(row, 1) == column(row, 0));
    CHECK(column(row, 2) == column(row, 0));
  }
  CHECK(column(0, 0) != column(1, 0));
}

TEST_CASE("unit dropout: as many units as draws tell apart, by the longest sequence") {
  CHECK(kernels::UnitDropout::most_units(8192) == 4194304);
  CHECK(kernels::UnitDropout::most_units(8193) == 4096);
}
