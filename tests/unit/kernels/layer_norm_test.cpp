// Layer normalisation against its naive twin.
#include <cmath>
#include <cstdint>

#include <doctest/doctest.h>

#include <vaecollapse/core/team.hpp>
#include <vaecollapse/kernels/layer_norm.hpp>
#include <vaecollapse/kernels/naive/layer_norm.hpp>

#include "support.hpp"

namespace vc = vaecollapse;
namespace kernels = vaecollapse::kernels;
using namespace kernel_test;

namespace {

constexpr double layer_epsilon = 1e-2;

/// Drawn operands, and gradients that are there before.
template <class Scalar>
struct LayerNormProblem {
  Matrix<Scalar> x, gain, bias, dy, dx, dgain, dbias;

  LayerNormProblem(Index rows, Index columns)
      : x(random<Scalar>(rows, columns, 1, 2, 1)),
        gain(random<Scalar>(rows, 1, 2)),
        bias(random<Scalar>(rows, 1, 3)),
        dy(random<Scalar>(rows, columns, 4, 1, 2)),
        dx(random<Scalar>(rows, columns, 5, 1, 1)),
        dgain(random<Scalar>(rows, 1, 6, 1, 1)),
        dbias(random<Scalar>(rows, 1, 7, 1, 1)) {}
};

/// Forward and backward in one go.
template <class Scalar>
struct LayerNormRun : LayerNormProblem<Scalar> {
  Matrix<Scalar> y, mean, inverse;

  LayerNormRun(Index rows, Index columns, vc::Team& team)
      : LayerNormProblem<Scalar>(rows, columns),
        y(rows, columns, 3),
        mean(columns, 1),
        inverse(columns, 1) {
    const kernels::ColumnNorms<Scalar> norms{mean.data(), inverse.data()};
    const View<const Scalar> in = this->x.view(), seed = this->dy.view();
    kernels::layer_norm_forward<Scalar>(in, this->gain.data(), this->bias.data(),
                                        Scalar(layer_epsilon), norms, y.view());
    kernels::layer_norm_input_backward<Scalar>(in, norms, this->gain.data(), seed, this->dx.view());
    kernels::layer_norm_parameters_backward<Scalar>(in, norms, seed, this->dgain.data(),
                                                    this->dbias.data(), team);
    for (const auto* result : {&y, &this->dx, &this->dgain, &this->dbias}) {
      CHECK(result->gaps_untouched());
    }
  }
};

}  // namespace

TEST_CASE_TEMPLATE("layer norm: against the naive twin", Scalar, float, double) {
  vc::Team team;
  for (Index rows = 1; rows <= 37; ++rows) {
    const Index columns = 1 + rows % 5;
    const LayerNormRun<Scalar> found(rows, columns, team);
    const LayerNormProblem<Scalar> drawn(rows, columns);
    const Matrix<double> x(drawn.x), gain(drawn.gain), bias(drawn.bias), dy(drawn.dy);
    Matrix<double> y(rows, columns), dx(drawn.dx), dgain(drawn.dgain), dbias(drawn.dbias);
    const Matrix<double> inverse(found.inverse);
    kernels::naive::layer_norm_forward<double>(x.view(), gain.data(), bias.data(), layer_epsilon,
                                               y.view());
    kernels::naive::layer_norm_backward<double>(x.view(), gain.data(), layer_epsilon,
                                                inverse.data(), dy.view(), dx.view(), dgain.data(),
                                                dbias.data());
    CAPTURE(rows);
    // A variance close to zero magnifies a rounding by 1 / sqrt(epsilon), backward twice.
    CHECK(difference(found.y, y) < roundings<Scalar>(60));
    CHECK(difference(found.dx, dx) < roundings<Scalar>(600));
    CHECK(difference(found.dgain, dgain) < roundings<Scalar>(100));
    CHECK(difference(found.dbias, dbias) < roundings<Scalar>(8));
  }
}

TEST_CASE_TEMPLATE("layer norm: a gradient that is not wanted is not written", Scalar, float,
                   double) {
  vc::Team team;
  LayerNormRun<Scalar> run(19, 4, team);
  const LayerNormRun<Scalar> expected(19, 4, team);
  const LayerNormProblem<Scalar> before(19, 4);
  run.dgain = before.dgain;
  run.dbias = before.dbias;
  const kernels::ColumnNorms<Scalar> norms{run.mean.data(), run.inverse.data()};
  const View<const Scalar> x = run.x.view(), dy = run.dy.view();
  kernels::layer_norm_parameters_backward<Scalar>(x, norms, dy, run.dgain.data(), nullptr, team);
  CHECK(same_bits(run.dgain, expected.dgain));
  kernels::layer_norm_parameters_backward<Scalar>(x, norms, dy, nullptr, run.dbias.data(), team);
  CHECK(same_bits(run.dbias, expected.dbias));
  CHECK(same_bits(run.dgain, expected.dgain));
}

TEST_CASE_TEMPLATE("layer norm: the same bits on any number of threads", Scalar, float, double) {
  vc::Team one;
  const LayerNormRun<Scalar> expected(101, 9, one);
  for (const int threads : {2, 3}) {
    vc::Team team(threads);
    const LayerNormRun<Scalar> found(101, 9, team);
    CHECK(same_bits(found.dgain, expected.dgain));
    CHECK(same_bits(found.dbias, expected.dbias));
  }
}

TEST_CASE_TEMPLATE("layer norm: a column has the same bits alone as among others", Scalar, float,
                   double) {
  for (const Index rows : {5, 16, 37, 3000}) {
    const LayerNormProblem<Scalar> p(rows, 35);
    const auto run = [&](Index first, Index count, Matrix<Scalar>& norms, Matrix<Scalar>& y) {
      kernels::layer_norm_forward<Scalar>(
          p.x.view().middle_columns(first, count), p.gain.data(), p.bias.data(),
          Scalar(layer_epsilon), {norms.view().column(0) + first, norms.view().column(1) + first},
          y.view().middle_columns(first, count));
    };
    Matrix<Scalar> together(35, 2), alone(35, 2), y(rows, 35), y_alone(rows, 35);
    run(0, 35, together, y);
    for (Index j = 0; j < 35; ++j) run(j, 1, alone, y_alone);
    CHECK(same_bits(alone, together));
    CHECK(same_bits(y_alone, y));
  }
}

TEST_CASE_TEMPLATE("layer norm: a column of equal numbers becomes the bias", Scalar, float,
                   double) {
  Matrix<Scalar> x(19, 1), y(19, 1), dx(19, 1);
  for (Index i = 0; i < 19; ++i) x.data()[i] = Scalar(3.25);
  const auto gain = random<Scalar>(19, 1, 1), bias = random<Scalar>(19, 1, 2);
  const auto dy = random<Scalar>(19, 1, 3);
  Scalar mean = 0, inverse = 0;
  kernels::layer_norm_forward<Scalar>(x.view(), gain.data(), bias.data(), Scalar(1e-5),
                                      {&mean, &inverse}, y.view());
  kernels::layer_norm_input_backward<Scalar>(x.view(), {&mean, &inverse}, gain.data(), dy.view(),
                                             dx.view());
  CHECK(mean == Scalar(3.25));
  CHECK(same_bits(y, bias));
  for (Index i = 0; i < 19; ++i) CHECK(std::abs(double(dx.data()[i])) < 2 / std::sqrt(1e-5));
}
