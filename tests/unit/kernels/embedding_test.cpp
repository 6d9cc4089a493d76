// Gathering, tag sums and spreading rows, with their scatter-adds, against their naive twins.
#include <algorithm>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include <vaecollapse/kernels/embedding.hpp>

#include "support.hpp"

namespace vc = vaecollapse;
namespace kernels = vaecollapse::kernels;
using namespace kernel_test;
using kernels::Output;

TEST_CASE_TEMPLATE("embedding: forward and backward against the naive twin", Scalar, float,
                   double) {
  for (const Index rows : {1, 3, 8, 16, 21, 40}) {
    for (const Index count : {0, 1, 30}) {
      const auto ids = random_symbols(count, 6, static_cast<std::uint32_t>(rows));
      const auto table = random<Scalar>(rows, 6, 1, 1, 2);
      const auto dout = random<Scalar>(rows, count, 2, 1, 1);
      Matrix<Scalar> out = random<Scalar>(rows, count, 3, 1, 3), gained = out;
      Matrix<Scalar> dtable = random<Scalar>(rows, 6, 4, 1, 2);
      Matrix<double> exact_out(out), exact_gained(out), exact_dtable(dtable);
      const Matrix<double> exact_table(table), exact_dout(dout);

      kernels::embedding_forward(table.view(), ids, out.view(), Output::replace);
      kernels::embedding_forward(table.view(), ids, gained.view(), Output::accumulate);
      kernels::embedding_backward(ids, dout.view(), dtable.view());
      kernels::naive::embedding_forward(exact_table.view(), ids, exact_out.view());
      kernels::naive::embedding_backward(ids, exact_dout.view(), exact_dtable.view());
      for (Index j = 0; j < count; ++j) {
        for (Index i = 0; i < rows; ++i) {
          exact_gained.view()(i, j) += std::as_const(exact_out).view()(i, j);
        }
      }
      CHECK(difference(out, exact_out) == 0);
      CHECK(difference(gained, exact_gained) < roundings<Scalar>(2));
      CHECK(difference(dtable, exact_dtable) < roundings<Scalar>(40));
      for (const auto* result : {&out, &gained, &dtable}) CHECK(result->gaps_untouched());
    }
  }
}

TEST_CASE_TEMPLATE("embedding: columns replaced are those that a gathering reads", Scalar, float,
                   double) {
  const std::vector<Symbol> ids{4, 0, 5};
  for (const Index rows : {1, 16, 21}) {
    const auto columns = random<Scalar>(rows, 3, 1, 1, 2);
    auto table = random<Scalar>(rows, 6, 2, 1, 3);
    const auto before = table;
    kernels::embedding_replace(ids, columns.view(), table.view());
    auto read = columns;
    kernels::embedding_forward<Scalar>(table.view(), ids, read.view(), Output::replace);
    CHECK(std::ranges::equal(read.all(), columns.all()));
    for (const Index kept : {1, 2, 3}) {
      for (Index i = 0; i < rows; ++i) CHECK(table.view()(i, kept) == before.view()(i, kept));
    }
    CHECK(table.gaps_untouched());
  }
}

TEST_CASE_TEMPLATE("tag sum: forward and backward against the naive twin", Scalar, float, double) {
  const std::vector<Index> first{0, 3, 3, 4, 9};
  const std::vector<Symbol> ids{4, 0, 2, 5, 0, 1, 2, 3, 5};
  const vc::TagSets tags{first, ids};
  for (const Index rows : {1, 7, 16, 33}) {
    const auto table = random<Scalar>(rows, 6, 1, 1, 2), dout = random<Scalar>(rows, 4, 2, 1, 1);
    Matrix<Scalar> out = random<Scalar>(rows, 4, 3, 1, 3),
                   dtable = random<Scalar>(rows, 6, 4, 1, 2);
    Matrix<double> exact_out(out), exact_dtable(dtable);
    const Matrix<double> exact_table(table), exact_dout(dout);
    kernels::tag_sum_forward(table.view(), tags, out.view());
    kernels::tag_sum_backward(tags, dout.view(), dtable.view());
    kernels::naive::tag_sum_forward(exact_table.view(), tags, exact_out.view());
    kernels::naive::tag_sum_backward(tags, exact_dout.view(), exact_dtable.view());
    CHECK(difference(out, exact_out) < roundings<Scalar>(10));
    CHECK(difference(dtable, exact_dtable) < roundings<Scalar>(10));
    for (const auto* result : {&out, &dtable}) CHECK(result->gaps_untouched());
    // A row without tags is zero.
    for (Index i = 0; i < rows; ++i) CHECK(out.view()(i, 1) == 0);
  }
}

TEST_CASE_TEMPLATE("spreading rows: forward and backward against the naive twin", Scalar, float,
                   double) {
  for (const std::vector<Index>& lengths :
       {std::vector<Index>{1}, {2, 0, 5, 1}, {3, 3, 3, 3, 3}, {0, 0}}) {
    const vc::SequencePlan plan(lengths);
    for (const Index rows : {1, 7, 16, 33}) {
      const auto per_row = random<Scalar>(rows, plan.batch(), 1, 1, 2);
      const auto dout = random<Scalar>(rows, plan.columns(), 2, 1, 1);
      Matrix<Scalar> out = random<Scalar>(rows, plan.columns(), 3, 1, 3);
      Matrix<Scalar> dper_row = random<Scalar>(rows, plan.batch(), 4, 1, 2);
      Matrix<double> exact_out(out), exact_dper_row(dper_row);
      const Matrix<double> exact_per_row(per_row), exact_dout(dout);
      kernels::spread_rows_forward(plan, per_row.view(), out.view());
      kernels::spread_rows_backward(plan, dout.view(), dper_row.view());
      kernels::naive::spread_rows_forward(plan, exact_per_row.view(), exact_out.view());
      kernels::naive::spread_rows_backward(plan, exact_dout.view(), exact_dper_row.view());
      CHECK(difference(out, exact_out) < roundings<Scalar>(2));
      CHECK(difference(dper_row, exact_dper_row) < roundings<Scalar>(10));
      for (const auto* result : {&out, &dper_row}) CHECK(result->gaps_untouched());
    }
  }
}
