// Every op that is not recurrent against central differences.
#include <array>
#include <span>
#include <vector>

#include <doctest/doctest.h>

#include <vaecollapse/autodiff/eigen.hpp>
#include <vaecollapse/autodiff/ops/activation.hpp>
#include <vaecollapse/autodiff/ops/affine.hpp>
#include <vaecollapse/autodiff/ops/arithmetic.hpp>
#include <vaecollapse/autodiff/ops/contributions.hpp>
#include <vaecollapse/autodiff/ops/embedding.hpp>
#include <vaecollapse/autodiff/ops/gaussian.hpp>
#include <vaecollapse/autodiff/ops/linear_cross_entropy.hpp>
#include <vaecollapse/autodiff/ops/shape.hpp>
#include <vaecollapse/autodiff/ops/softmax_cross_entropy.hpp>

#include "support.hpp"

using namespace gradcheck_test;
using Contribution = vc::Contribution<double>;

TEST_CASE("gradcheck: affine") {
  vc::Layout layout;
  const auto weights = matrix(layout, "weights", 5, 3), x = matrix(layout, "x", 5, 4);
  const auto bias = vector(layout, "bias", 3);
  check(layout, [&](Tape& t) {
    return vc::affine(t, t.parameter(weights), t.parameter(bias), t.parameter(x));
  });
}

TEST_CASE("gradcheck: tanh, of any rank") {
  vc::Layout layout;
  const auto x = matrix(layout, "x", 5, 4);
  const auto v = vector(layout, "v", 3);
  check(layout, [&](Tape& t) { return vc::tanh(t, t.parameter(x)); });
  check(layout, [&](Tape& t) { return vc::tanh(t, t.parameter(v)); });
}

TEST_CASE("gradcheck: soft clamp, inside, at and beyond its bounds") {
  vc::Layout layout;
  const auto x = vector(layout, "x", 9);
  const std::vector<double> values{-40, -2.5, -2, -1.9, 0, 1.4, 1.5, 3, 60};
  check(
      layout, [&](Tape& t) { return vc::soft_clamp(t, t.parameter(x), -2, 1.5); }, values);
}

TEST_CASE("gradcheck: add, of different values and of one value twice") {
  vc::Layout layout;
  const auto a = matrix(layout, "a", 3, 4), b = matrix(layout, "b", 3, 4);
  check(layout, [&](Tape& t) { return vc::add(t, t.parameter(a), t.parameter(b)); });
  check(layout, [&](Tape& t) {
    const auto x = vc::tanh(t, t.parameter(a));
    return vc::add(t, x, x);
  });
}

TEST_CASE("gradcheck: weighted sum") {
  vc::Layout layout;
  const auto x = matrix(layout, "x", 3, 4);
  std::vector<double> weights(12);
  for (std::size_t i = 0; i < weights.size(); ++i) weights[i] = static_cast<double>(i) - 4.5;
  check(layout, [&](Tape& t) { return vc::weighted_sum(t, t.parameter(x), weights); });
}

TEST_CASE("gradcheck: gather, with symbols that are none") {
  const Ragged batch;
  vc::Layout layout;
  const auto table = matrix(layout, "table", 3, Ragged::symbols);
  check(layout, [&](Tape& t) {
    return vc::gather(t, vc::Embedded<double>{t.parameter(table), batch.symbols_of_plan()}).columns;
  });
}

TEST_CASE("gradcheck: tag sum, with a row without tags") {
  const Ragged batch;
  vc::Layout layout;
  const auto table = matrix(layout, "table", 3, Ragged::tags);
  check(layout, [&](Tape& t) { return vc::tag_sum(t, t.parameter(table), batch.tag_sets()); });
}

TEST_CASE("gradcheck: affine sum of each kind of contribution, and of all") {
  const Ragged batch;
  vc::Layout layout;
  const auto step = matrix(layout, "step", 2, Ragged::columns);
  const auto table = matrix(layout, "table", 3, Ragged::symbols);
  const auto row = matrix(layout, "row", 4, Ragged::rows);
  const auto bias = vector(layout, "bias", 6);
  const auto weights =
      std::array{matrix(layout, "for step", 2, 6), matrix(layout, "for table", 3, 6),
                 matrix(layout, "for row", 4, 6), matrix(layout, "for all", 11, 6)};
  const auto parts = [&](Tape& t) {
    return std::array{Contribution::per_step(t.parameter(step)),
                      Contribution::per_symbol({t.parameter(table), batch.symbols_of_plan()}),
                      Contribution::per_row(t.parameter(row))};
  };
  for (std::size_t kind = 0; kind < 3; ++kind) {
    CAPTURE(kind);
    check(layout, [&](Tape& t) {
      const std::array alone{parts(t)[kind]};
      return vc::affine_sum(t, t.parameter(weights[kind]), t.parameter(bias), alone, batch.plan)
          .columns;
    });
  }
  check(layout, [&](Tape& t) {
    // In another order, and one of them twice.
    const auto p = parts(t);
    const std::array all{p[2], p[0], p[1], p[0]};
    return vc::affine_sum(t, t.parameter(weights[3]), t.parameter(bias), all, batch.plan).columns;
  });
}

TEST_CASE("gradcheck: cross-entropy, with masked targets and an empty row") {
  const Ragged batch;
  vc::Layout layout;
  const auto logits = matrix(layout, "logits", Ragged::symbols, Ragged::columns);
  check(layout, [&](Tape& t) {
    return vc::cross_entropy(t, vc::Sequence<double>{t.parameter(logits), &batch.plan},
                             batch.symbols_of_plan());
  });
}

TEST_CASE("gradcheck: cross-entropy of smoothed labels, with masked targets and an empty row") {
  const Ragged batch;
  vc::Layout layout;
  const auto logits = matrix(layout, "logits", Ragged::symbols, Ragged::columns);
  check(layout, [&](Tape& t) {
    return vc::cross_entropy(t, vc::Sequence<double>{t.parameter(logits), &batch.plan},
                             batch.symbols_of_plan(), 0.3);
  });
}

TEST_CASE("gradcheck: linear cross-entropy, with masked targets and an empty row") {
  const Ragged batch;
  vc::Layout layout;
  const auto weights = matrix(layout, "weights", 3, Ragged::symbols);
  const auto bias = vector(layout, "bias", Ragged::symbols);
  const auto states = matrix(layout, "states", 3, Ragged::columns);
  check(layout, [&](Tape& t) {
    return vc::linear_cross_entropy(t, t.parameter(weights), t.parameter(bias),
                                    vc::Sequence<double>{t.parameter(states), &batch.plan},
                                    batch.symbols_of_plan());
  });
}

TEST_CASE("gradcheck: linear cross-entropy of smoothed labels over some blocks, without a bias") {
  Ragged batch;
  for (std::size_t n = 0; n < batch.ids.size(); n += 2) {
    if (batch.ids[n] != vc::no_symbol) batch.ids[n] += 240;
  }
  vc::Layout layout;
  const auto weights = matrix(layout, "weights", 2, 250);
  const auto states = matrix(layout, "states", 2, Ragged::columns);
  check(layout, [&](Tape& t) {
    return vc::linear_cross_entropy(t, t.parameter(weights),
                                    vc::Sequence<double>{t.parameter(states), &batch.plan},
                                    batch.symbols_of_plan(), 0.3);
  });
}

TEST_CASE("gradcheck: Gaussian sample and KL") {
  vc::Layout layout;
  const auto mu = matrix(layout, "mu", 3, 4), logvar = matrix(layout, "logvar", 3, 4);
  std::vector<double> noise(12);
  for (std::size_t i = 0; i < noise.size(); ++i) noise[i] = 0.3 * static_cast<double>(i) - 1.7;
  check(layout, [&](Tape& t) {
    return vc::gaussian_sample(t, t.parameter(mu), t.parameter(logvar),
                               vc::View<const double>(noise.data(), 3, 4));
  });
  check(layout, [&](Tape& t) { return vc::gaussian_kl(t, t.parameter(mu), t.parameter(logvar)); });
}

TEST_CASE("gradcheck: constants take part and get no gradient") {
  vc::Layout layout;
  const auto x = matrix(layout, "x", 3, 4);
  const auto bias = vector(layout, "bias", 3);
  Eigen::Tensor<double, 2> c(3, 4), square(3, 3);
  Eigen::Tensor<double, 1> offset(3);
  c.setConstant(0.3);
  square.setConstant(-0.7);
  square(1, 2) = 2;
  offset.setConstant(1.5);
  check(layout, [&](Tape& t) { return vc::add(t, t.constant(c), t.parameter(x)); });
  check(layout, [&](Tape& t) { return vc::concatenate(t, t.parameter(x), t.constant(c)); });
  check(layout, [&](Tape& t) {
    return vc::affine(t, t.constant(square), t.parameter(bias), t.constant(c));
  });
  check(layout, [&](Tape& t) {
    return vc::affine(t, t.constant(square), t.constant(offset), t.parameter(x));
  });
  check(layout, [&](Tape& t) { return vc::gaussian_kl(t, t.constant(c), t.parameter(x)); });
  check(layout, [&](Tape& t) { return vc::gaussian_kl(t, t.parameter(x), t.constant(c)); });
  check(layout, [&](Tape& t) {
    return vc::gaussian_sample(t, t.constant(c), t.parameter(x),
                               vc::View<const double>(c.data(), 3, 4));
  });
  check(layout, [&](Tape& t) {
    const std::array inputs{Contribution::per_row(vc::tanh(t, t.constant(c)))};
    const vc::SequencePlan& plan = t.own(vc::SequencePlan(std::vector<Index>{1, 2, 0, 1}));
    return vc::affine_sum(t, t.constant(square), t.parameter(bias), inputs, plan).columns;
  });
}
