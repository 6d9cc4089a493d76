// Batch normalisation of the means: the bound on the rate of a batch in training, and what holds
// outside of training.
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include <vaecollapse/autodiff/gradcheck.hpp>
#include <vaecollapse/autodiff/tape.hpp>
#include <vaecollapse/autodiff/workspace.hpp>
#include <vaecollapse/core/statistics.hpp>
#include <vaecollapse/latent/transform/batch_norm.hpp>
#include <vaecollapse/latent/transform/transformed_head.hpp>

#include "support/values.hpp"

namespace vc = vaecollapse;
using vaecollapse_test::values;
using vc::Index;

namespace {

static_assert(vc::HeadTransform<vc::BatchNormMean<0.6>> && vc::HeadTransform<vc::BatchNormMean<>>);

constexpr Index input = 5;
constexpr double epsilon = 1e-5;

/// A posterior with normalised means, and the code of a batch as one more parameter.
struct Model {
  vc::Layout layout;
  vc::Slot<2> code;
  vc::GaussianHead head;
  vc::TransformedHead<vc::GaussianHead, vc::BatchNormMean<>> posterior;
  vc::Parameters<double> parameters;

  Model(Index latent, Index batch, double gamma, std::uint64_t seed = 4)
      : code(layout.add("code", vc::Shape<2>{{input, batch}}, vc::Init::normal(1))),
        head(layout, "posterior", {input, latent}),
        posterior(layout, "posterior.transform", head, vc::BatchNormMean<>{gamma}),
        parameters(layout, vc::Seed{seed}) {}

  std::span<double> entry(const std::string& name) {
    return parameters.values(*parameters.layout().find("posterior.transform." + name));
  }
};

/// Mean and biased variance of each row.
struct Moments {
  std::vector<double> mean, variance;

  explicit Moments(const vc::Var<double, 2>& x)
      : mean(std::size_t(x.rows())), variance(mean.size()) {
    const auto columns = static_cast<double>(x.columns());
    for (std::size_t d = 0; d < mean.size(); ++d) {
      for (Index b = 0; b < x.columns(); ++b) mean[d] += x.view()(Index(d), b) / columns;
      for (Index b = 0; b < x.columns(); ++b) {
        variance[d] += std::pow(x.view()(Index(d), b) - mean[d], 2) / columns;
      }
    }
  }
};

/// 1/2 sum_d (gamma^2 v_d / (v_d + epsilon) + b_d^2).
double bound(const Moments& of, double gamma, std::span<const double> bias) {
  double sum = 0;
  for (std::size_t d = 0; d < bias.size(); ++d) {
    const double v = of.variance[d];
    sum += 0.5 * (gamma * gamma * v / (v + epsilon) + bias[d] * bias[d]);
  }
  return sum;
}

struct Rates {
  double kl, of_means, bound;
};

/// The mean KL of the batch in a mode, the part of it that mu pays, and the bound.
Rates rates(Model& model, double gamma, vc::Mode mode) {
  vc::Workspace<double> cx(model.parameters);
  const auto code = cx.parameter(model.code);
  const auto q = model.posterior.head(cx, code, mode);
  const auto columns = static_cast<double>(code.columns());
  Rates found{0, 0, bound(Moments(model.head.head(cx, code).mu), gamma, model.entry("bias"))};
  for (const double kl : values(model.posterior.kl(cx, q, q.mu))) found.kl += kl / columns;
  for (const double mu : values(q.mu)) found.of_means += 0.5 * mu * mu / columns;
  return found;
}

}  // namespace

TEST_CASE("BatchNormMean: mu by the formula, logvar as it was, and the entries' names") {
  Model model(3, 7, 0.6);
  const auto bias = model.entry("bias");
  bias[1] = 0.4;
  vc::Workspace<double> cx(model.parameters);
  const auto code = cx.parameter(model.code);
  const auto plain = model.head.head(cx, code);
  const auto q = model.posterior.head(cx, code, vc::Mode::train);
  const Moments of(plain.mu);
  for (Index b = 0; b < 7; ++b) {
    for (std::size_t d = 0; d < 3; ++d) {
      const double normal =
          (plain.mu.view()(Index(d), b) - of.mean[d]) / std::sqrt(of.variance[d] + epsilon);
      CHECK(std::abs(q.mu.view()(Index(d), b) - (0.6 * normal + bias[d])) < 1e-12);
    }
  }
  CHECK(values(q.logvar) == values(plain.logvar));
  CHECK(model.entry("running_mean")[0] == 0);
  CHECK(model.entry("running_var")[0] == 1);
}

TEST_CASE(
    "BatchNormMean: on a batch of training the means pay the bound exactly, and the KL more") {
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    CAPTURE(seed);
    const double gamma = 0.1 * double(1 + seed % 12);
    Model model(1 + Index(seed % 9), 2 + Index(seed % 5), gamma, seed);
    const auto bias = model.entry("bias");
    for (std::size_t d = 0; d < bias.size(); ++d) bias[d] = 0.3 * std::sin(double(seed + d));
    // The variance of some means near epsilon, and that of others far below it.
    const auto weights = model.parameters.values(*model.layout.find("posterior.mu.weight"));
    for (double& weight : weights) weight *= std::pow(10.0, -double(seed % 6));
    const Rates found = rates(model, gamma, vc::Mode::train);
    CHECK(std::abs(found.of_means - found.bound) < 1e-12);
    CHECK(found.kl >= found.bound - 1e-12);
  }
}

TEST_CASE("BatchNormMean: the nats of 32 dimensions, as published") {
  struct Known {
    double gamma, nats;
  };
  for (const Known known : {Known{0.5, 4.0}, Known{0.6, 5.8}, Known{0.7, 7.8}, Known{0.9, 13.0}}) {
    CAPTURE(known.gamma);
    Model model(32, 64, known.gamma);
    const Rates found = rates(model, known.gamma, vc::Mode::train);
    CHECK(std::abs(found.bound - known.nats) < 0.05);
    CHECK(found.kl > found.bound);
  }
}

TEST_CASE("BatchNormMean: neither evaluation nor a batch of one is under the bound") {
  Model model(4, 1, 0.7);
  // The running mean is the mean of the only row, so mu is 0 whatever gamma is, and with logvar 0
  // nothing is paid.
  vc::Workspace<double> cx(model.parameters);
  const auto mu = values(model.head.head(cx, cx.parameter(model.code)).mu);
  std::copy(mu.begin(), mu.end(), model.entry("running_mean").begin());
  for (const char* name : {"posterior.logvar.weight", "posterior.logvar.bias"}) {
    const auto numbers = model.parameters.values(*model.layout.find(name));
    std::fill(numbers.begin(), numbers.end(), 0.0);
  }
  for (const vc::Mode mode : {vc::Mode::evaluate, vc::Mode::train}) {
    CHECK(rates(model, 0.7, mode).kl < 1e-12);
  }
}

TEST_CASE("BatchNormMean: a row's evaluation does not depend on the rows beside it") {
  Model many(3, 6, 0.6), one(3, 1, 0.6);
  for (const char* name : {"posterior.mu.weight", "posterior.logvar.weight",
                           "posterior.transform.running_mean", "posterior.transform.running_var"}) {
    const auto from = many.parameters.values(*many.layout.find(name));
    const auto to = one.parameters.values(*one.layout.find(name));
    for (std::size_t i = 0; i < to.size(); ++i) {
      from[i] += 0.1 * double(i);
      to[i] = from[i];
    }
  }
  const auto columns = many.parameters.values(*many.layout.find("code"));
  std::copy_n(columns.begin() + 4 * input, input,
              one.parameters.values(*one.layout.find("code")).begin());
  vc::Workspace<double> all(many.parameters), alone(one.parameters);
  const auto mu = values(many.posterior.head(all, all.parameter(many.code)).mu);
  CHECK(values(one.posterior.head(alone, alone.parameter(one.code)).mu) ==
        std::vector<double>(mu.begin() + 12, mu.begin() + 15));
}

TEST_CASE("BatchNormMean: running moments approach those of the batches by a tenth a step") {
  Model model(3, 6, 0.6);
  vc::Tape<double> tape(model.parameters);
  std::vector<double> mean, variance;
  constexpr int steps = 5;
  for (int step = 0; step < steps; ++step) {
    const vc::Scope scope(tape);
    const auto code = tape.parameter(model.code);
    const Moments of(model.head.head(tape, code).mu);
    mean = of.mean;
    variance = of.variance;
    model.parameters.zero_gradients();
    model.posterior.head(tape, code, vc::Mode::train);
    tape.run_backward();
    vc::update_statistics(model.parameters);
  }
  const double left = std::pow(0.9, steps);
  for (std::size_t d = 0; d < 3; ++d) {
    const double unbiased = variance[d] * 6 / 5;
    CHECK(std::abs(model.entry("running_mean")[d] - mean[d] * (1 - left)) < 1e-12);
    CHECK(std::abs(model.entry("running_var")[d] - (unbiased + (1 - unbiased) * left)) < 1e-12);
  }
}

TEST_CASE(
    "BatchNormMean: a forward pass without a backward one, an evaluation and a batch of one "
    "leave the running moments") {
  for (const Index batch : {1, 6}) {
    Model model(3, batch, 0.6);
    vc::Tape<double> tape(model.parameters);
    const auto pass = [&](vc::Mode mode, bool backward) {
      const vc::Scope scope(tape);
      model.posterior.head(tape, tape.parameter(model.code), mode);
      if (backward) tape.run_backward();
    };
    pass(vc::Mode::train, false);
    pass(vc::Mode::evaluate, true);
    if (batch == 1) pass(vc::Mode::train, true);
    vc::update_statistics(model.parameters);
    for (std::size_t d = 0; d < 3; ++d) {
      CHECK(model.entry("running_mean")[d] == 0);
      CHECK(model.entry("running_var")[d] == 1);
    }
  }
}

TEST_CASE("BatchNormMean: both forms are one, and gamma has a range") {
  vc::Layout one_layout, other_layout;
  const vc::TransformedHead one(one_layout, "t", vc::GaussianHead(one_layout, "p", {input, 2}),
                                vc::BatchNormMean<0.6>{});
  const vc::TransformedHead other(other_layout, "t",
                                  vc::GaussianHead(other_layout, "p", {input, 2}),
                                  vc::AnyHeadTransform(vc::BatchNormMean<>{0.6}));
  const vc::Parameters<float> parameters(one_layout, vc::Seed{1});
  vc::Workspace<float> cx(parameters);
  const auto code = cx.make<2>(vc::Shape<2>{{input, 3}});
  for (Index i = 0; i < code.size(); ++i) code.data()[i] = std::sin(float(i));
  CHECK(values(one.head(cx, code, vc::Mode::train).mu) ==
        values(other.head(cx, code, vc::Mode::train).mu));
  for (const double gamma : {0.0, -0.5, 1e4, std::nan("")}) {
    CHECK_THROWS_AS(vc::BatchNormMean<>{gamma}, vc::Error);
  }
  CHECK_THROWS_AS(vc::BatchNormMean<0.6>({.epsilon = 0}), vc::Error);
  CHECK_THROWS_AS(vc::BatchNormMean<0.6>({.momentum = 1.5}), vc::Error);
  CHECK_THROWS_WITH_AS(vc::BatchNormMean<>{-0.5},
                       "BatchNormMean: gamma is -0.500000, it must be above 0 and at most 1000",
                       vc::Error);
}
