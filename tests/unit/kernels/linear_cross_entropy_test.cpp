// The output layer of a large vocabulary against its twin, across blocks of symbols and panels of
// columns.
#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include <vaecollapse/core/arena.hpp>
#include <vaecollapse/core/team.hpp>
#include <vaecollapse/kernels/linear_cross_entropy_backward.hpp>
#include <vaecollapse/kernels/naive/linear_cross_entropy.hpp>

#include "support.hpp"

namespace vc = vaecollapse;
namespace kernels = vaecollapse::kernels;
using namespace kernel_test;

namespace {

struct OutputSizes {
  Index hidden, symbols, columns;
};

/// A layer, its inputs, and gradients that are there before.
template <class Scalar>
struct OutputProblem {
  OutputSizes sizes;
  double smoothing;
  std::vector<Symbol> targets;
  Matrix<Scalar> weights, bias, states, seeds, dweights, dbias, dstates;

  OutputProblem(const OutputSizes& s, double rate, double scale)
      : sizes(s),
        smoothing(rate),
        targets(random_symbols(s.columns, s.symbols, 7)),
        weights(random<Scalar>(s.hidden, s.symbols, 1, scale, 3)),
        bias(random<Scalar>(s.symbols, 1, 2, scale)),
        states(random<Scalar>(s.hidden, s.columns, 3, 1, 2)),
        seeds(random<Scalar>(s.columns, 1, 4)),
        dweights(random<Scalar>(s.hidden, s.symbols, 5, 1, 1)),
        dbias(random<Scalar>(s.symbols, 1, 6)),
        dstates(random<Scalar>(s.hidden, s.columns, 8, 1, 5)) {}
};

/// What both passes give on a team. Gradients are added to those of the problem.
template <class Scalar>
struct OutputResults {
  Matrix<Scalar> nll, dweights, dbias, dstates;

  OutputResults(const OutputProblem<Scalar>& p, vc::Team& team, bool has_bias = true)
      : nll(p.sizes.columns, 1), dweights(p.dweights), dbias(p.dbias), dstates(p.dstates) {
    vc::Arena arena;
    const auto [hidden, symbols, columns] = p.sizes;
    using Softmax = kernels::BlockedSoftmax<Scalar>;
    const Softmax softmax(columns, symbols, true,
                          arena.allocate<Scalar>(Softmax::size(columns, symbols, true)));
    const kernels::OutputLayer<Scalar> layer{p.weights.view(), has_bias ? p.bias.data() : nullptr};
    auto* scratch = arena.allocate<Scalar>(
        std::max(kernels::packed_size<Scalar>(columns, hidden),
                 kernels::linear_cross_entropy_backward_scratch<Scalar>(hidden, columns)));
    const auto rate = static_cast<Scalar>(p.smoothing);
    kernels::linear_cross_entropy_forward<Scalar>(layer, p.states.view(), p.targets, rate, softmax,
                                                  nll.data(), scratch, team);
    kernels::linear_cross_entropy_backward<Scalar>(
        layer, p.states.view(), p.targets, rate, softmax, p.seeds.data(),
        {dweights.view(), has_bias ? dbias.data() : nullptr, dstates.view()}, scratch, team);
    for (const auto* result : {&nll, &dweights, &dbias, &dstates}) CHECK(result->gaps_untouched());
  }
};

/// The same by the twin.
struct OutputTwin {
  Matrix<double> nll, dweights, dbias, dstates;

  template <class Scalar>
  explicit OutputTwin(const OutputProblem<Scalar>& p, bool has_bias = true)
      : nll(p.sizes.columns, 1), dweights(p.dweights), dbias(p.dbias), dstates(p.dstates) {
    const Matrix<double> weights(p.weights), bias(p.bias), states(p.states), seeds(p.seeds);
    const double* known = has_bias ? bias.data() : nullptr;
    kernels::naive::linear_cross_entropy_forward(weights.view(), known, states.view(), p.targets,
                                                 p.smoothing, nll.data());
    kernels::naive::linear_cross_entropy_backward(
        weights.view(), known, states.view(), p.targets, p.smoothing, seeds.data(), dweights.view(),
        has_bias ? dbias.data() : nullptr, dstates.view());
  }
};

/// Less than a block, some blocks and a rest, whole blocks; columns of less than a vector and of
/// some panels.
const std::vector<OutputSizes> output_sizes{{5, 1, 3},    {3, 7, 1},    {20, 37, 50}, {4, 240, 9},
                                            {7, 241, 33}, {9, 500, 55}, {1, 480, 2}};

}  // namespace

TEST_CASE_TEMPLATE("linear cross-entropy: against the naive twin", Scalar, float, double) {
  vc::Team team(2);
  for (const OutputSizes& sizes : output_sizes) {
    for (const double smoothing : {0.0, 0.2}) {
      for (const double scale : {1.0, 12.0}) {
        const OutputProblem<Scalar> problem(sizes, smoothing, scale);
        const OutputResults<Scalar> found(problem, team);
        const OutputTwin twin(problem);
        CAPTURE(sizes.symbols);
        CAPTURE(sizes.columns);
        CAPTURE(smoothing);
        CAPTURE(scale);
        // A logit is a sum of up to 20 products of numbers up to `scale`.
        const double allowed = roundings<Scalar>(40 + 40 * scale);
        CHECK(difference(found.nll, twin.nll) < allowed);
        CHECK(difference(found.dweights, twin.dweights) < allowed);
        CHECK(difference(found.dbias, twin.dbias) < allowed);
        CHECK(difference(found.dstates, twin.dstates) < allowed * scale);
      }
    }
  }
}

TEST_CASE_TEMPLATE("linear cross-entropy: without a bias", Scalar, float, double) {
  vc::Team team(1);
  const OutputProblem<Scalar> problem({9, 300, 20}, 0, 1);
  const OutputResults<Scalar> found(problem, team, false);
  const OutputTwin twin(problem, false);
  CHECK(difference(found.nll, twin.nll) < roundings<Scalar>(80));
  CHECK(difference(found.dweights, twin.dweights) < roundings<Scalar>(80));
  CHECK(difference(found.dstates, twin.dstates) < roundings<Scalar>(80));
  CHECK(same_bits(found.dbias, problem.dbias));
}

TEST_CASE_TEMPLATE("linear cross-entropy: the same bits on any number of threads", Scalar, float,
                   double) {
  vc::Team alone(1);
  for (const OutputSizes& sizes : output_sizes) {
    const OutputProblem<Scalar> problem(sizes, 0.1, 1);
    const OutputResults<Scalar> expected(problem, alone);
    for (const int threads : {2, 3}) {
      vc::Team team(threads);
      const OutputResults<Scalar> found(problem, team);
      CAPTURE(sizes.symbols);
      CAPTURE(threads);
      CHECK(same_bits(found.nll, expected.nll));
      CHECK(same_bits(found.dweights, expected.dweights));
      CHECK(same_bits(found.dbias, expected.dbias));
      CHECK(same_bits(found.dstates, expected.dstates));
    }
  }
}

TEST_CASE_TEMPLATE("linear cross-entropy: the same bits whether exponentials are kept", Scalar,
                   float, double) {
  vc::Team team(1);
  vc::Arena arena;
  const OutputProblem<Scalar> problem({9, 500, 55}, 0.1, 1);
  const OutputResults<Scalar> kept(problem, team);
  using Softmax = kernels::BlockedSoftmax<Scalar>;
  const Softmax softmax(55, 500, false, arena.allocate<Scalar>(Softmax::size(55, 500, false)));
  Matrix<Scalar> nll(55, 1);
  kernels::linear_cross_entropy_forward<Scalar>(
      {problem.weights.view(), problem.bias.data()}, problem.states.view(), problem.targets,
      Scalar(0.1), softmax, nll.data(), arena.allocate<Scalar>(kernels::packed_size<Scalar>(55, 9)),
      team);
  CHECK(same_bits(nll, kept.nll));
  CHECK(nll.gaps_untouched());
}

TEST_CASE_TEMPLATE("linear cross-entropy: logits of any size", Scalar, float, double) {
  vc::Team team(1);
  constexpr Scalar infinity = std::numeric_limits<Scalar>::infinity();
  OutputProblem<Scalar> problem({1, 500, 3}, 0, 0);
  problem.targets = {1, 499, 300};
  for (Index n = 0; n < 3; ++n) problem.seeds.view()(n, 0) = 1;
  // A whole block that cannot be, two great logits in different blocks, and one more that cannot
  // be.
  auto bias = problem.bias.view();
  for (Index v = 0; v < 240; ++v) bias(v, 0) = -infinity;
  bias(1, 0) = bias(499, 0) = Scalar(1e30);
  bias(300, 0) = -infinity;
  const OutputResults<Scalar> found(problem, team);
  const double half = std::log(2.0);
  CHECK(found.nll.view()(0, 0) == doctest::Approx(half).epsilon(1e-6));
  CHECK(found.nll.view()(1, 0) == doctest::Approx(half).epsilon(1e-6));
  CHECK(found.nll.view()(2, 0) == infinity);
  // By each target: -1/2 + 1/2 + 1/2.
  CHECK(found.dbias.view()(1, 0) - problem.dbias.view()(1, 0) == doctest::Approx(0.5));
  CHECK(same_bits<Scalar>(found.dbias.view().middle_rows(2, 200),
                          problem.dbias.view().middle_rows(2, 200)));

  problem.targets = {2, 2, vc::no_symbol};
  for (Index v = 0; v < 500; ++v) bias(v, 0) = v < 240 ? -infinity : Scalar(0);
  bias(2, 0) = 0;
  const OutputResults<Scalar> others(problem, team);
  CHECK(others.nll.view()(0, 0) == doctest::Approx(std::log(261.0)).epsilon(1e-6));
  CHECK(others.nll.view()(2, 0) == 0);
}

TEST_CASE("linear cross-entropy: what is not a number is not hidden") {
  vc::Team team(1);
  OutputProblem<float> problem({4, 300, 2}, 0, 1);
  problem.targets = {3, 4};
  problem.weights.view()(2, 270) = std::numeric_limits<float>::quiet_NaN();
  const OutputResults<float> found(problem, team);
  CHECK(std::isnan(found.nll.view()(0, 0)));
  CHECK(std::isnan(found.nll.view()(1, 0)));
}
