// What the tests of the optimisers share: parameters of a given size, and a run over stored steps.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <optional>
#include <span>

#include <doctest/doctest.h>

#include <vaecollapse/core/parameters.hpp>
#include <vaecollapse/optim/clip.hpp>
#include <vaecollapse/optim/concepts.hpp>

namespace vaecollapse::test {

/// One vector of parameters, all zero.
template <class Scalar>
Parameters<Scalar> parameters_of(Index size) {
  Layout layout;
  layout.add("w", Shape<1>{{size}}, Init::zeros());
  return Parameters<Scalar>(layout);
}

/// Stored steps of an optimiser, from tests/reference/optimisers.hpp.
struct StoredSteps {
  std::size_t size;
  std::span<const double> start, gradients, values;
  std::span<const double> learning_rates = {};
  std::span<const double> norms = {};
  double max_norm = 0;
};

template <class Scalar>
void check_near(std::span<const Scalar> found, std::span<const double> expected, double tolerance) {
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const double difference = static_cast<double>(found[i]) - expected[i];
    CHECK(std::abs(difference) <= tolerance * (1 + std::abs(expected[i])));
  }
}

/// Makes the stored steps and compares the values after each.
template <class Scalar, class Optimiser>
void check_stored(Optimiser& optimiser, const StoredSteps& stored, double tolerance) {
  const auto cast = [](double number) { return static_cast<Scalar>(number); };
  Parameters<Scalar> parameters = parameters_of<Scalar>(static_cast<Index>(stored.size));
  std::transform(stored.start.begin(), stored.start.end(), parameters.values().begin(), cast);
  for (std::size_t step = 0; step * stored.size < stored.gradients.size(); ++step) {
    const auto gradients = stored.gradients.subspan(step * stored.size, stored.size);
    std::transform(gradients.begin(), gradients.end(), parameters.gradients().begin(), cast);
    StepOptions now;
    if (!stored.learning_rates.empty()) now.learning_rate = stored.learning_rates[step];
    if (!stored.norms.empty()) {
      const Clipped clipped = clip_by_norm(parameters, stored.max_norm);
      CHECK(clipped.norm == doctest::Approx(stored.norms[step]).epsilon(tolerance));
      now.gradient_scale = clipped.scale;
    }
    optimiser.step(parameters, now);
    check_near<Scalar>(parameters.values(), stored.values.subspan(step * stored.size, stored.size),
                       tolerance);
    for (const Scalar gradient : parameters.gradients()) CHECK(gradient == 0);
  }
}

}  // namespace vaecollapse::test
