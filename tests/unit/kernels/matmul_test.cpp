// Products of matrices as they lie or transposed, transposes and copies, against naive twins.
#include <cstdint>
#include <vector>

#include <doctest/doctest.h>

#include <vaecollapse/core/arena.hpp>
#include <vaecollapse/core/team.hpp>
#include <vaecollapse/kernels/columns.hpp>
#include <vaecollapse/kernels/matmul.hpp>
#include <vaecollapse/kernels/transpose.hpp>

#include "support.hpp"

namespace vc = vaecollapse;
namespace kernels = vaecollapse::kernels;
using kernels::Output;
using namespace kernel_test;

namespace {

/// Memory for packed panels.
template <class Scalar>
class MatmulScratch {
 public:
  Scalar* of(const kernels::Product<Scalar>& product) {
    arena_.release({});
    return arena_.template allocate<Scalar>(product.scratch());
  }

 private:
  vc::Arena arena_;
};

/// A product [I x K] [K x N] with drawn factors.
template <class Scalar>
struct MatmulProblem {
  Index rows, inner, columns;
  bool left, right;
  Matrix<Scalar> a, b, dc;

  MatmulProblem(Index i, Index k, Index n, bool transpose_left, bool transpose_right)
      : rows(i),
        inner(k),
        columns(n),
        left(transpose_left),
        right(transpose_right),
        a(left ? random<Scalar>(k, i, 1, 1, 1) : random<Scalar>(i, k, 1, 1, 1)),
        b(right ? random<Scalar>(n, k, 2, 1, 2) : random<Scalar>(k, n, 2, 1, 2)),
        dc(random<Scalar>(i, n, 3, 1, 1)) {}

  kernels::Product<Scalar> product() const { return {{a.view(), left}, {b.view(), right}}; }
};

/// c, da and db, the last two on top of what is there.
template <class Scalar>
struct MatmulRun {
  Matrix<Scalar> c, da, db;

  explicit MatmulRun(const MatmulProblem<Scalar>& p, vc::Team& team)
      : c(p.rows, p.columns, 1),
        da(random<Scalar>(p.a.rows(), p.a.columns(), 4, 1, 2)),
        db(random<Scalar>(p.b.rows(), p.b.columns(), 5, 1, 1)) {
    MatmulScratch<Scalar> scratch;
    const auto run = [&](const kernels::Product<Scalar>& product, Matrix<Scalar>& to,
                         Output output) {
      kernels::matmul(product, to.view(), output, scratch.of(product), team);
      CHECK(to.gaps_untouched());
    };
    run(p.product(), c, Output::replace);
    run(kernels::left_gradient(p.product(), p.dc.view()), da, Output::accumulate);
    run(kernels::right_gradient(p.product(), p.dc.view()), db, Output::accumulate);
  }
};

template <class Scalar>
void check_matmul(const MatmulProblem<Scalar>& p, vc::Team& team) {
  const MatmulRun<Scalar> found(p, team);
  MatmulProblem<double> exact(p.rows, p.inner, p.columns, p.left, p.right);
  exact.a = Matrix<double>(p.a);
  exact.b = Matrix<double>(p.b);
  const Matrix<double> dc(p.dc);
  Matrix<double> c(p.rows, p.columns), da(random<Scalar>(p.a.rows(), p.a.columns(), 4, 1, 2)),
      db(random<Scalar>(p.b.rows(), p.b.columns(), 5, 1, 1));
  kernels::naive::matmul(exact.product(), c.view(), Output::replace);
  kernels::naive::matmul_backward<double>(exact.product(), dc.view(), da.view(), db.view());
  CHECK(difference(found.c, c) < roundings<Scalar>(4 + 2 * double(p.inner)));
  CHECK(difference(found.da, da) < roundings<Scalar>(4 + 2 * double(p.columns)));
  CHECK(difference(found.db, db) < roundings<Scalar>(4 + 2 * double(p.rows)));
}

}  // namespace

TEST_CASE_TEMPLATE("matmul: against the naive twin, each factor as it lies or transposed", Scalar,
                   float, double) {
  vc::Team team;
  for (const bool left : {false, true}) {
    for (const bool right : {false, true}) {
      for (const Index size : {1, 2, 5, 16, 17, 33, 50}) {
        CAPTURE(left);
        CAPTURE(right);
        CAPTURE(size);
        check_matmul(MatmulProblem<Scalar>(size, 1 + size / 2, 3 + size % 7, left, right), team);
        check_matmul(MatmulProblem<Scalar>(3 + size % 5, size, 1 + size / 3, left, right), team);
      }
    }
  }
}

TEST_CASE_TEMPLATE("matmul: nothing to add up gives zeros", Scalar, float, double) {
  vc::Team team;
  const MatmulRun<Scalar> found(MatmulProblem<Scalar>(3, 0, 2, false, false), team);
  for (Index j = 0; j < 2; ++j) {
    for (Index i = 0; i < 3; ++i) CHECK(found.c.view()(i, j) == 0);
  }
}

TEST_CASE_TEMPLATE("matmul: the same bits on any number of threads", Scalar, float, double) {
  vc::Team one(1);
  for (const bool left : {false, true}) {
    for (const bool right : {false, true}) {
      const MatmulProblem<Scalar> problem(70, 40, 90, left, right);
      const MatmulRun<Scalar> expected(problem, one);
      for (const int threads : {2, 3}) {
        vc::Team team(threads);
        const MatmulRun<Scalar> found(problem, team);
        CHECK(same_bits(found.c, expected.c));
        CHECK(same_bits(found.da, expected.da));
        CHECK(same_bits(found.db, expected.db));
      }
    }
  }
}

TEST_CASE_TEMPLATE("transpose: written and added, of any size, on any number of threads", Scalar,
                   float, double) {
  std::vector<Index> sizes{0, 1, 2, 3, 7, 8, 15, 16, 17, 31, 33, 64};
  vc::Team two(2);
  for (const Index rows : sizes) {
    for (const Index columns : sizes) {
      CAPTURE(rows);
      CAPTURE(columns);
      const auto x = random<Scalar>(rows, columns, 1, 1, 2);
      for (const Output output : {Output::replace, Output::accumulate}) {
        auto found = random<Scalar>(columns, rows, 2, 1, 3), expected = found;
        kernels::transpose(x.view(), found.view(), output, two);
        kernels::naive::transpose(x.view(), expected.view(), output);
        CHECK(same_bits(found, expected));
        CHECK(found.gaps_untouched());
      }
    }
  }
}

TEST_CASE_TEMPLATE("copy and add of columns: with gaps and without, few and many", Scalar, float,
                   double) {
  vc::Team team(3);
  for (const Index columns : {0, 1, 7, 3000}) {
    for (const Index gap : {0, 2}) {
      const auto x = random<Scalar>(19, columns, 1, 1, gap);
      auto copied = random<Scalar>(19, columns, 2, 1, 2 - gap), added = copied;
      auto expected = added;
      for (Index j = 0; j < columns; ++j) {
        for (Index i = 0; i < 19; ++i) expected.view()(i, j) += x.view()(i, j);
      }
      kernels::copy<Scalar>(x.view(), copied.view(), team);
      kernels::add<Scalar>(x.view(), added.view(), team);
      CHECK(same_bits(copied, x));
      CHECK(same_bits(added, expected));
      CHECK((copied.gaps_untouched() && added.gaps_untouched()));
    }
  }
}
