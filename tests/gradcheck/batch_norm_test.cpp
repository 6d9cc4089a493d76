// Batch normalisation against central differences, of the batch and of given moments.
#include <cmath>

#include <doctest/doctest.h>

#include <vaecollapse/autodiff/eigen.hpp>
#include <vaecollapse/autodiff/ops/batch_norm.hpp>

#include "support.hpp"

using namespace gradcheck_test;

namespace {

/// Moments that are no parameters, since backward leaves something else in their gradients.
vc::RunningMoments<double> moments(Tape& tape) {
  Eigen::Tensor<double, 1> mean(3), variance(3);
  for (Index d = 0; d < 3; ++d) {
    mean(d) = 0.3 * static_cast<double>(d) - 0.2;
    variance(d) = 0.4 + 0.5 * static_cast<double>(d);
  }
  return {tape.constant(mean), tape.constant(variance)};
}

void check_mode(vc::Mode mode, Index rows) {
  vc::Layout layout;
  const auto x = matrix(layout, "x", 3, rows);
  const auto shift = vector(layout, "shift", 3);
  check(layout, [&](Tape& t) {
    return vc::batch_norm(t, t.parameter(x), t.parameter(shift), moments(t), mode, {.scale = 0.6});
  });
}

}  // namespace

TEST_CASE("gradcheck: batch normalisation in training, through mean and variance") {
  check_mode(vc::Mode::train, 5);
}

TEST_CASE("gradcheck: batch normalisation in evaluation") { check_mode(vc::Mode::evaluate, 5); }

TEST_CASE("gradcheck: batch normalisation of a batch of one, in training") {
  check_mode(vc::Mode::train, 1);
}
