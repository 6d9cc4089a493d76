#include <cmath>
#include <utility>

#include <doctest/doctest.h>

#include <vaecollapse/kernels/bag_cross_entropy.hpp>

#include "support.hpp"

namespace kernels = vaecollapse::kernels;
using namespace kernel_test;

namespace {

/// Counts from 0 to 3, which both precisions hold exactly.
template <class Scalar>
Matrix<Scalar> random_bag(Index symbols, Index count, std::uint32_t seed) {
  Numbers numbers(seed);
  Matrix<Scalar> bag(symbols, count, 1);
  for (Index n = 0; n < count; ++n) {
    for (Index v = 0; v < symbols; ++v) bag.view()(v, n) = static_cast<Scalar>(numbers.below(4));
  }
  return bag;
}

}  // namespace

TEST_CASE_TEMPLATE("bag cross-entropy: against the naive twin", Scalar, float, double) {
  for (Index symbols = 1; symbols <= 40; ++symbols) {
    const Index count = 1 + symbols % 5;
    const auto seed = static_cast<std::uint32_t>(symbols);
    const auto logits = random<Scalar>(symbols, count, seed, 5, 2);
    const auto bag = random_bag<Scalar>(symbols, count, seed);
    const auto seeds = random<Scalar>(count, 1, seed + 1);
    Matrix<Scalar> loss(count, 1, 1), normaliser(count, 1, 1);
    auto dlogits = random<Scalar>(symbols, count, seed + 2, 1, 1);
    const Matrix<double> exact_logits(logits), exact_bag(bag), exact_seeds(seeds);
    Matrix<double> exact_loss(count, 1, 1), exact_dlogits(dlogits);

    kernels::bag_cross_entropy_forward(logits.view(), bag.view(), loss.data(), normaliser.data());
    kernels::bag_cross_entropy_backward(logits.view(), bag.view(), std::as_const(normaliser).data(),
                                        seeds.data(), dlogits.view());
    kernels::naive::bag_cross_entropy_forward(exact_logits.view(), exact_bag.view(),
                                              exact_loss.data());
    kernels::naive::bag_cross_entropy_backward(exact_logits.view(), exact_bag.view(),
                                               exact_seeds.data(), exact_dlogits.view());
    CAPTURE(symbols);
    // A loss is a difference of two sums of up to 3 x 40 terms.
    CHECK(difference(loss, exact_loss) < roundings<Scalar>(60));
    CHECK(difference(dlogits, exact_dlogits) < roundings<Scalar>(300));
    for (const auto* result : {&loss, &normaliser, &dlogits}) CHECK(result->gaps_untouched());
  }
}

TEST_CASE("bag cross-entropy: values by hand; an empty bag costs nothing") {
  // softmax is (1/4, 3/4); the first bag holds symbol 0 once and symbol 1 twice.
  Matrix<double> logits(2, 2), bag(2, 2), loss(2, 1), normaliser(2, 1), seeds(2, 1), dlogits(2, 2);
  for (Index n = 0; n < 2; ++n) logits.view()(1, n) = std::log(3.0);
  bag.view()(0, 0) = 1;
  bag.view()(1, 0) = 2;
  seeds.view()(0, 0) = seeds.view()(1, 0) = 1;
  kernels::bag_cross_entropy_forward(std::as_const(logits).view(), std::as_const(bag).view(),
                                     loss.data(), normaliser.data());
  kernels::bag_cross_entropy_backward(std::as_const(logits).view(), std::as_const(bag).view(),
                                      std::as_const(normaliser).data(), std::as_const(seeds).data(),
                                      dlogits.view());
  CHECK(loss.data()[0] == doctest::Approx(-std::log(0.25) - 2 * std::log(0.75)));
  CHECK(std::abs(loss.data()[1]) < 1e-15);
  CHECK(dlogits.view()(0, 0) == doctest::Approx(3 * 0.25 - 1));
  CHECK(dlogits.view()(1, 0) == doctest::Approx(3 * 0.75 - 2));
  CHECK(dlogits.view()(0, 1) == 0);
  CHECK(dlogits.view()(1, 1) == 0);
}
