// The von Mises-Fisher posterior: head, sample, KL, densities, and what its gradient is.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include <vaecollapse/autodiff/ops/arithmetic.hpp>
#include <vaecollapse/autodiff/tape.hpp>
#include <vaecollapse/autodiff/workspace.hpp>
#include <vaecollapse/core/team.hpp>
#include <vaecollapse/latent/concepts.hpp>
#include <vaecollapse/latent/von_mises_fisher.hpp>

#include "support/values.hpp"

namespace vc = vaecollapse;
using vaecollapse_test::column;
using vaecollapse_test::values;
using vc::Index;

static_assert(vc::PosteriorFamily<vc::VonMisesFisherHead>);

namespace {

constexpr Index input = 4;

std::vector<std::uint32_t> numbered(Index count) {
  std::vector<std::uint32_t> rows(static_cast<std::size_t>(count));
  for (std::size_t i = 0; i < rows.size(); ++i) rows[i] = static_cast<std::uint32_t>(i);
  return rows;
}

template <class Scalar>
double cosine(vc::View<const Scalar> a, vc::View<const Scalar> b, Index column) {
  double sum = 0;
  for (Index d = 0; d < a.rows; ++d) {
    sum += static_cast<double>(a(d, column)) * static_cast<double>(b(d, column));
  }
  return sum;
}

struct Model {
  vc::Layout layout;
  vc::VonMisesFisherHead head;
  vc::Parameters<double> parameters;
  vc::Workspace<double> cx{parameters};

  Model(Index latent, double kappa)
      : head(layout, "posterior", {input, latent, kappa}), parameters(layout, vc::Seed{4}) {}

  /// Columns told by the numbers of their rows.
  vc::Var<double, 2> code(const std::vector<std::uint32_t>& rows, double scale = 1) {
    const auto made = cx.make<2>(vc::Shape<2>{{input, Index(rows.size())}});
    for (Index b = 0; b < made.columns(); ++b) {
      for (Index i = 0; i < input; ++i) {
        const auto row = static_cast<double>(rows[static_cast<std::size_t>(b)]);
        made.value_view()(i, b) = scale * std::sin(1 + row + 2.5 * static_cast<double>(i));
      }
    }
    return made;
  }
};

/// Mean and standard error.
struct Average {
  double sum = 0, squares = 0, count = 0;

  void add(double x) {
    sum += x;
    squares += x * x;
    ++count;
  }
  double mean() const { return sum / count; }
  double error() const { return std::sqrt((squares / count - mean() * mean()) / count); }
};

}  // namespace

TEST_CASE("VonMisesFisherHead: one linear head, divided by its length") {
  Model model(6, 20);
  CHECK(model.head.latent() == 6);
  CHECK(model.head.kl_groups() == 1);
  CHECK(model.layout.entries().size() == 2);
  CHECK(model.layout.find("posterior.mu.weight")->shape == vc::AnyShape(vc::Shape<2>{{input, 6}}));
  CHECK(model.layout.find("posterior.mu.bias") != nullptr);
  const auto q = model.head.head(model.cx, model.code({3, 8}));
  for (Index b = 0; b < 2; ++b) CHECK(std::abs(cosine(q.mu.view(), q.mu.view(), b) - 1) < 1e-14);
  CHECK(model.head.mean(q).data() == q.mu.data());
  // Twice the code without the bias is the same direction.
  for (double& bias : model.parameters.values(*model.layout.find("posterior.mu.bias"))) bias = 0;
  const auto once = values(model.head.head(model.cx, model.code({3, 8})).mu);
  const auto twice = values(model.head.head(model.cx, model.code({3, 8}, 2)).mu);
  CHECK(vaecollapse_test::greatest_difference(once, twice) < 1e-15);
}

TEST_CASE("VonMisesFisherHead: samples lie on the sphere, by their rows, steps and numbers") {
  Model model(6, 20);
  const auto draw = [&](const std::vector<std::uint32_t>& rows, std::uint64_t step,
                        std::uint32_t number = 0) {
    const auto q = model.head.head(model.cx, model.code(rows));
    return model.head.sample(model.cx, q, vc::Draws(1, step), rows, number);
  };
  const auto z = draw({3, 8, 5}, 2), permuted = draw({5, 3}, 2);
  for (Index b = 0; b < 3; ++b) CHECK(std::abs(cosine(z.view(), z.view(), b) - 1) < 1e-14);
  CHECK(column(permuted, 0) == column(z, 2));
  CHECK(column(permuted, 1) == column(z, 0));
  CHECK(values(draw({3, 8, 5}, 3)) != values(z));
  CHECK(values(draw({3, 8, 5}, 2, 1)) != values(z));
  const auto q = model.head.head(model.cx, model.code({3, 8, 5}));
  const auto w = model.head.concentration().draw(vc::Draws(1, 2), vc::Stream::latent, 8, 0);
  CHECK(std::abs(cosine(q.mu.view(), z.view(), 1) - w.along) < 1e-14);
  CHECK_THROWS_WITH_AS(model.head.sample(model.cx, q, vc::Draws(1, 2), numbered(2)),
                       "von_mises_fisher_sample: mu is [6 x 3], corpus rows is [2]: there must be "
                       "a corpus row for each column",
                       vc::ShapeError);
}

TEST_CASE("VonMisesFisherHead: samples have the mean and the second moments of the distribution") {
  constexpr Index batch = 20000;
  for (const Index latent : {2, 3, 8}) {
    Model model(latent, 4);
    const std::vector<std::uint32_t> same(batch, 7);
    const auto q = model.head.head(model.cx, model.code(same));
    const auto z = model.head.sample(model.cx, q, vc::Draws(1, 2), numbered(batch));
    const double mean = model.head.concentration().mean_cosine();
    const double sideways = mean / 4;  // the variance of z' v, v at right angles to mu: A / kappa
    CAPTURE(latent);
    for (Index i = 0; i < latent; ++i) {
      const double mu_i = q.mu.view()(i, 0);
      Average first;
      for (Index b = 0; b < batch; ++b) first.add(z.view()(i, b));
      // Six standard errors, here and below: a false alarm in 5e8 sets of draws.
      CHECK(std::abs(first.mean() - mean * mu_i) < 6 * first.error());
      for (Index j = 0; j <= i; ++j) {
        const double mu_j = q.mu.view()(j, 0);
        const double along = 1 - static_cast<double>(latent - 1) * sideways;  // E (mu' z)^2
        const double expected = (i == j ? sideways : 0) + (along - sideways) * mu_i * mu_j;
        Average second;
        for (Index b = 0; b < batch; ++b) second.add(z.view()(i, b) * z.view()(j, b));
        CHECK(std::abs(second.mean() - expected) < 6 * second.error());
      }
    }
  }
}

TEST_CASE("VonMisesFisherHead: the KL is one number without a gradient, and E log q - log p") {
  constexpr Index batch = 20000;
  for (const Index latent : {2, 3, 33}) {
    Model model(latent, 12);
    vc::Tape<double> tape(model.parameters);
    const auto code = tape.make<2>(vc::Shape<2>{{input, batch}});
    for (Index i = 0; i < code.size(); ++i) code.data()[i] = std::sin(static_cast<double>(i));
    const auto q = model.head.head(tape, code);
    const auto z = model.head.sample(tape, q, vc::Draws(1, 2), numbered(batch));
    const std::size_t nodes = tape.size();
    const auto kl = model.head.kl(tape, q, z);
    CHECK(tape.size() == nodes);
    CHECK(kl.shape() == vc::Shape<2>{{1, batch}});
    CHECK(kl.has_gradient());
    const double expected = model.head.concentration().kl();
    for (const double one : values(kl)) CHECK(one == expected);

    const auto log_q = model.head.log_density(tape, q, z), log_p = model.head.log_prior(tape, z);
    Average ratio;
    for (Index b = 0; b < batch; ++b) ratio.add(log_q.data()[b] - log_p.data()[b]);
    CAPTURE(latent);
    CHECK(std::abs(ratio.mean() - expected) < 6 * ratio.error());
  }
}

TEST_CASE("VonMisesFisherHead: densities in double are those of the tape") {
  vc::Layout layout;
  const vc::VonMisesFisherHead head(layout, "posterior", {input, 33, 50});
  const vc::Parameters<float> parameters(layout, vc::Seed{4});
  vc::Workspace<float> cx(parameters);
  const auto code = cx.make<2>(vc::Shape<2>{{input, 5}});
  for (Index i = 0; i < code.size(); ++i) code.data()[i] = std::sin(static_cast<float>(i));
  const auto q = head.head(cx, code);
  const auto z = head.sample(cx, q, vc::Draws(1, 2), numbered(5));
  const auto log_q = head.log_density(cx, q, z), log_p = head.log_prior(cx, z);
  std::array<double, 5> exact{}, exact_prior{};
  head.log_density(cx, q, z, exact);
  head.log_prior(cx, z, exact_prior);
  for (std::size_t b = 0; b < exact.size(); ++b) {
    const double expected = head.concentration().log_normaliser() +
                            50 * cosine(q.mu.view(), z.view(), static_cast<Index>(b));
    CHECK(exact[b] == doctest::Approx(expected).epsilon(1e-14));
    CHECK(log_q.data()[b] == doctest::Approx(exact[b]).epsilon(1e-5));
    CHECK(exact_prior[b] == head.concentration().log_uniform());
    CHECK(log_p.data()[b] == doctest::Approx(exact_prior[b]));
  }
}

TEST_CASE("VonMisesFisherHead: draws of the prior are uniform on the sphere") {
  constexpr Index batch = 20000, latent = 3;
  Model model(latent, 50);
  std::vector<double> numbers(static_cast<std::size_t>(latent * batch));
  const vc::View<double> z(numbers.data(), latent, batch);
  model.head.sample_prior(model.cx, vc::Draws(1, 2), numbered(batch), z);
  Average square, product;
  std::array<Average, latent> first{};
  for (Index b = 0; b < batch; ++b) {
    CHECK(std::abs(cosine<double>(z, z, b) - 1) < 1e-14);
    for (Index d = 0; d < latent; ++d) first[static_cast<std::size_t>(d)].add(z(d, b));
    square.add(z(0, b) * z(0, b));
    product.add(z(0, b) * z(1, b));
  }
  for (const Average& one : first) CHECK(std::abs(one.mean()) < 6 * one.error());
  CHECK(std::abs(square.mean() - 1.0 / 3) < 6 * square.error());
  CHECK(std::abs(product.mean()) < 6 * product.error());
}

TEST_CASE("VonMisesFisherHead: the gradient's mean is the gradient of the mean") {
  // E [c' z + (c' z)^2] = A c' mu + s + (1 - Z s) (c' mu)^2 with s = A / kappa and |c| = 1.
  constexpr Index batch = 20000;
  constexpr double kappa = 2;
  for (const Index latent : {2, 3, 5}) {
    vc::Layout layout;
    const auto x = layout.add("x", vc::Shape<2>{{latent, batch}}, vc::Init::zeros());
    const vc::VonMisesFisherHead head(layout, "posterior", {input, latent, kappa});
    vc::Parameters<double> parameters(layout);
    for (Index i = 0; i < latent * batch; ++i) {
      parameters.values()[static_cast<std::size_t>(i)] = i % latent == 0 ? 1.5 : -0.5;
    }
    vc::Tape<double> tape(parameters);
    const vc::VonMisesFisher<double> q{vc::direction(tape, tape.parameter(x))};
    const auto z = head.sample(tape, q, vc::Draws(1, 2), numbered(batch));
    for (Index b = 0; b < batch; ++b) {
      z.gradient_view()(1, b) = 1 + 2 * z.view()(1, b);  // c is the second axis
    }
    tape.run_backward();
    const double mean = head.concentration().mean_cosine(), sideways = mean / kappa;
    const double mu_c = q.mu.view()(1, 0);
    const double by_mu_c = mean + 2 * (1 - static_cast<double>(latent) * sideways) * mu_c;
    double length = 0;
    for (Index d = 0; d < latent; ++d) length += std::pow(d == 0 ? 1.5 : 0.5, 2);
    length = std::sqrt(length);
    for (Index d = 0; d < latent; ++d) {
      Average found;
      for (Index b = 0; b < batch; ++b) {
        found.add(parameters.gradients()[static_cast<std::size_t>(b * latent + d)]);
      }
      const double expected = by_mu_c * ((d == 1 ? 1 : 0) - mu_c * q.mu.view()(d, 0)) / length;
      CAPTURE(latent);
      CAPTURE(d);
      CHECK(std::abs(found.mean() - expected) < 6 * found.error());
    }
  }
}

TEST_CASE("VonMisesFisherHead: the same bits with one, two and three threads") {
  vc::Layout layout;
  const vc::VonMisesFisherHead head(layout, "posterior", {70, 33, 50});
  std::vector<float> bits;
  for (const int threads : {1, 2, 3}) {
    vc::Team team(threads);
    vc::Parameters<float> parameters(layout, vc::Seed{4});
    vc::Tape<float> tape(parameters, team);
    const auto code = tape.make<2>(vc::Shape<2>{{70, 150}});
    for (Index i = 0; i < code.size(); ++i) code.data()[i] = std::sin(static_cast<float>(i));
    const auto q = head.head(tape, code);
    const auto z = head.sample(tape, q, vc::Draws(1, 2), numbered(150));
    const auto density = head.log_density(tape, q, z);
    for (Index d = 0; d < z.size(); ++d) z.gradient_data()[d] = std::cos(static_cast<float>(d));
    for (Index b = 0; b < 150; ++b) density.gradient_data()[b] = 0.25f;
    tape.run_backward();
    std::vector<float> found = values(z);
    found.insert(found.end(), parameters.gradients().begin(), parameters.gradients().end());
    if (threads == 1) bits = found;
    CHECK(found == bits);
  }
  CHECK(std::any_of(bits.begin() + 33 * 150, bits.end(), [](float x) { return x != 0; }));
}

TEST_CASE("VonMisesFisherHead: an output of zero is the first axis, and learns nothing") {
  Model model(3, 10);
  for (double& value : model.parameters.values()) value = 0;
  vc::Tape<double> tape(model.parameters);
  const auto code = tape.make<2>(vc::Shape<2>{{input, 2}});
  std::fill_n(code.data(), code.size(), 1.0);
  const auto q = model.head.head(tape, code);
  CHECK(column(q.mu, 1) == std::vector<double>{1, 0, 0});
  const auto z = model.head.sample(tape, q, vc::Draws(1, 2), numbered(2));
  std::fill_n(z.gradient_data(), z.size(), 1.0);
  tape.run_backward();
  for (const double gradient : model.parameters.gradients()) CHECK(gradient == 0);
}

TEST_CASE("VonMisesFisherHead: sizes that do not fit are refused") {
  vc::Layout layout;
  CHECK_THROWS_WITH_AS(vc::VonMisesFisherHead(layout, "posterior", {input, 1, 5}),
                       "von Mises-Fisher: latent is 1: it must be in [2, 4096]", vc::Error);
  CHECK(layout.entries().empty());
  const vc::Parameters<double> none{vc::Layout()};
  vc::Workspace<double> cx(none);
  const auto mu = cx.make<2>(vc::Shape<2>{{3, 2}}), z = cx.make<2>(vc::Shape<2>{{4, 2}});
  CHECK_THROWS_WITH_AS(vc::von_mises_fisher_log_density(cx, mu, z, 1, 0),
                       "von_mises_fisher_log_density: mu is [3 x 2], z is [4 x 2]: the shapes must "
                       "be equal",
                       vc::ShapeError);
}
