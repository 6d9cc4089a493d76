#include <cmath>
#include <limits>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include <vaecollapse/kernels/softmax_cross_entropy.hpp>

#include "support.hpp"

namespace vc = vaecollapse;
namespace kernels = vaecollapse::kernels;
using namespace kernel_test;

namespace {

/// Forward and backward in one go.
template <class Scalar>
struct CrossEntropy {
  Matrix<Scalar> nll, normaliser, dlogits;

  CrossEntropy(const Matrix<Scalar>& logits, const std::vector<Symbol>& targets,
               const Matrix<Scalar>& seeds, const Matrix<Scalar>& dlogits_before)
      : nll(logits.columns(), 1, 1), normaliser(logits.columns(), 1, 1), dlogits(dlogits_before) {
    kernels::softmax_cross_entropy_forward(logits.view(), targets, nll.data(), normaliser.data());
    kernels::softmax_cross_entropy_backward(
        logits.view(), targets, std::as_const(normaliser).data(), seeds.data(), dlogits.view());
    for (const auto* result : {&nll, &normaliser, &dlogits}) CHECK(result->gaps_untouched());
  }
};

}  // namespace

TEST_CASE_TEMPLATE("softmax cross-entropy: against the naive twin", Scalar, float, double) {
  for (Index symbols = 1; symbols <= 40; ++symbols) {
    const Index count = 1 + symbols % 9;
    for (const double scale : {1.0, 30.0}) {
      const auto seed = static_cast<std::uint32_t>(symbols);
      const auto targets = random_symbols(count, symbols, seed);
      const auto logits = random<Scalar>(symbols, count, seed, scale, 2);
      const auto seeds = random<Scalar>(count, 1, seed + 1);
      const auto before = random<Scalar>(symbols, count, seed + 2, 1, 1);
      const CrossEntropy<Scalar> found(logits, targets, seeds, before);

      const Matrix<double> exact_logits(logits), exact_seeds(seeds);
      Matrix<double> nll(count, 1, 1), dlogits(before);
      kernels::naive::softmax_cross_entropy_forward(exact_logits.view(), targets, nll.data());
      kernels::naive::softmax_cross_entropy_backward(exact_logits.view(), targets,
                                                     exact_seeds.data(), dlogits.view());
      CAPTURE(symbols);
      CAPTURE(scale);
      CHECK(difference(found.nll, nll) < roundings<Scalar>(10 + 4 * scale));
      CHECK(difference(found.dlogits, dlogits) < roundings<Scalar>(10 + 4 * scale));
    }
  }
}

TEST_CASE_TEMPLATE("softmax cross-entropy: a masked target costs nothing and passes no gradient",
                   Scalar, float, double) {
  const auto logits = random<Scalar>(5, 2, 1), seeds = random<Scalar>(2, 1, 2);
  const CrossEntropy<Scalar> found(logits, {vc::no_symbol, 3}, seeds, Matrix<Scalar>(5, 2));
  CHECK(found.nll.view()(0, 0) == 0);
  CHECK(found.nll.view()(1, 0) > 0);
  for (Index i = 0; i < 5; ++i) CHECK(found.dlogits.view()(i, 0) == 0);
  CHECK(found.dlogits.view()(3, 1) != 0);
}

TEST_CASE_TEMPLATE("softmax cross-entropy: logits of any size", Scalar, float, double) {
  Matrix<Scalar> logits(3, 4), seeds(4, 1);
  const Scalar columns[4][3] = {{1000, 0, -1000},
                                {-1000, -1000, -1000},
                                {Scalar(1e30), 0, 0},
                                {0, -std::numeric_limits<Scalar>::infinity(), 0}};
  for (Index j = 0; j < 4; ++j) {
    for (Index i = 0; i < 3; ++i) logits.view()(i, j) = columns[j][i];
    seeds.view()(j, 0) = 1;
  }
  const CrossEntropy<Scalar> found(logits, {1, 2, 0, 2}, seeds, Matrix<Scalar>(3, 4));
  CHECK(found.nll.view()(0, 0) == 1000);
  CHECK(found.nll.view()(1, 0) == doctest::Approx(std::log(3.0)).epsilon(1e-3));
  CHECK(found.nll.view()(2, 0) == 0);
  CHECK(found.nll.view()(3, 0) == doctest::Approx(std::log(2.0)).epsilon(1e-6));
  CHECK(found.dlogits.view()(0, 0) == 1);
  CHECK(found.dlogits.view()(1, 0) == -1);
  CHECK(found.dlogits.view()(1, 3) == 0);
  CHECK(found.dlogits.view()(2, 3) == doctest::Approx(-0.5));
}

TEST_CASE_TEMPLATE("softmax cross-entropy: the gradient of a column sums to zero", Scalar, float,
                   double) {
  const Index symbols = 37;
  const auto logits = random<Scalar>(symbols, 1, 3, 4), seeds = random<Scalar>(1, 1, 4);
  const CrossEntropy<Scalar> found(logits, {20}, seeds, Matrix<Scalar>(symbols, 1));
  double sum = 0;
  for (Index i = 0; i < symbols; ++i) sum += static_cast<double>(found.dlogits.view()(i, 0));
  CHECK(std::abs(sum) < roundings<Scalar>(20));
}

TEST_CASE_TEMPLATE("smoothed labels: against their definition, a masked one among them", Scalar,
                   float, double) {
  for (Index symbols = 1; symbols <= 40; ++symbols) {
    const Index count = 2 + symbols % 9;
    for (const double rate : {0.1, 0.7}) {
      const auto seed = static_cast<std::uint32_t>(symbols);
      auto targets = random_symbols(count, symbols, seed);
      targets.front() = vc::no_symbol;
      const auto logits = random<Scalar>(symbols, count, seed, 5, 2);
      const auto seeds = random<Scalar>(count, 1, seed + 1);
      const auto before = random<Scalar>(symbols, count, seed + 2, 1, 1);
      CrossEntropy<Scalar> found(logits, targets, seeds, before);
      kernels::smooth_labels_forward(logits.view(), targets, Scalar(rate), found.nll.data());
      kernels::smooth_labels_backward(targets, Scalar(rate), seeds.data(), found.dlogits.view());

      const Matrix<double> exact_logits(logits), exact_seeds(seeds);
      Matrix<double> nll(count, 1, 1), dlogits(before);
      kernels::naive::smoothed_cross_entropy_forward(exact_logits.view(), targets, rate,
                                                     nll.data());
      kernels::naive::smoothed_cross_entropy_backward(exact_logits.view(), targets, rate,
                                                      exact_seeds.data(), dlogits.view());
      CAPTURE(symbols);
      CAPTURE(rate);
      CHECK(difference(found.nll, nll) < roundings<Scalar>(60));
      CHECK(difference(found.dlogits, dlogits) < roundings<Scalar>(60));
      CHECK(found.nll.gaps_untouched());
      CHECK(found.dlogits.gaps_untouched());
    }
  }
}

TEST_CASE("softmax cross-entropy: what is not a number is not hidden") {
  Matrix<float> logits = random<float>(20, 1, 1);
  logits.view()(17, 0) = std::numeric_limits<float>::quiet_NaN();
  float nll = 0, normaliser = 0;
  kernels::softmax_cross_entropy_forward(std::as_const(logits).view(), std::vector<Symbol>{3}, &nll,
                                         &normaliser);
  CHECK(std::isnan(nll));
}
